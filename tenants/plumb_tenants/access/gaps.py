"""Gaps of a matrix: permissions that the product has and no role of the matrix mentions, as after an upgrade."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.errors import InvalidInput, NotFound
from plumb_platform.permissions import Permission, Scope, grants_of
from plumb_platform.permissions.members import members_holding
from plumb_platform.permissions.reading import matrix_in_force, rules_of
from plumb_platform.permissions.rules import Rule, default_rules
from plumb_platform.telling import Sentence
from plumb_tenants.notifications.service import notify

KEEPING = (Permission.DEFINITION_PUBLISH, Permission.DEFINITION_WRITE, Permission.ROLE_READ)
"""What somebody holds over the whole company who keeps its matrix; giving roles (`role:assign`) is the administrators' alone."""
NAMED = 5
"""So many permissions a message names; `matrixGaps` lists all."""


class MatrixPermissionMissing(InvalidInput):
    """Nobody can do what no role mentions; a scope of NONE says that this is meant."""

    code = "MATRIX_PERMISSION_MISSING"
    zh = "没有任何角色提到权限 {permission}，因此无人可用；随附矩阵授予：{shipped}。请授权，或以范围 NONE 表明不授予。"
    en = (
        "No role mentions the permission {permission}, so that nobody has it; the shipped matrix grants it to: {shipped}. "
        "Grant it, or say by the scope NONE that nobody shall have it."
    )


@dataclass(frozen=True, slots=True)
class Gap:
    """A permission that no role mentions, with the roles and scopes of the shipped matrix."""

    permission: Permission
    shipped: tuple[tuple[str, Scope], ...]

    @property
    def problem(self) -> MatrixPermissionMissing:
        """Return what there is to say about it."""
        said = ", ".join(f"{role} {scope.name}" for role, scope in self.shipped) or "-"
        return MatrixPermissionMissing(field="roles", permission=self.permission.value, shipped=said)


def gaps_of(rules: Iterable[Rule]) -> tuple[Gap, ...]:
    """Return the gaps of a matrix, by the name of their permission; whatever names a permission closes its gap, a denial too."""
    mentioned = {rule.permission for rule in rules}
    return tuple(Gap(each, _shipped(each)) for each in sorted(Permission) if each.value not in mentioned)


async def matrix_gaps(actor: Actor) -> tuple[Gap, ...]:
    """Return the gaps of the matrix in force. Raises NotFound without a company-wide `role:read`."""
    if not (await grants_of(actor)).reaches_all(Permission.ROLE_READ):
        raise NotFound
    return await standing_gaps()


async def standing_gaps() -> tuple[Gap, ...]:
    """Return the gaps of the open company's matrix in force, whoever asks."""
    return gaps_of(await rules_of(await matrix_in_force()))


async def tell_gaps(actor: Actor) -> int:
    """Tell those who keep the matrix of its gaps, once for the same gaps; return how many were told.

    Whoever may read all roles and publish matrices can list the gaps and mend them; who only reads, as an auditor does, cannot.
    """
    gaps = await standing_gaps()
    if not gaps:
        return 0
    names = [each.permission.value for each in gaps]
    listed = "、".join(names[:NAMED]), ", ".join(names[:NAMED])
    told = await notify(
        actor,
        members=[each.id for each in await members_holding(actor, *KEEPING)],
        kind="matrix.gaps",
        object_type="Company",
        object_id=actor.tenant_id,
        said=Sentence(
            zh="权限矩阵未提到 {count} 项权限，因此无人可用：{listed_zh}。请用 matrixGaps 查看全部，并授权或写明 NONE。",
            en="The matrix does not mention {count} permissions, so that nobody has them: {listed_en}. "
            "List them by matrixGaps, and grant each or say NONE.",
            count=len(names),
            listed_zh=listed[0],
            listed_en=listed[1],
        ),
        once=f"matrix-gaps:{sha256(' '.join(names).encode()).hexdigest()}",
    )
    if told:
        await record(actor, "matrix.gaps", "company", actor.tenant_id, after={"permissions": names, "told": told})
    return told


def _shipped(permission: Permission) -> tuple[tuple[str, Scope], ...]:
    rules = [rule for rule in default_rules() if rule.permission == permission.value and rule.pair.scope]
    return tuple(sorted((rule.role, rule.pair.scope) for rule in rules))
