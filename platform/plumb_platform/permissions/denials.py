"""Denials: what a role that denies takes from those who get it, and opens to those from whom it is taken back (C56, C95)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.errors import Refused
from plumb_platform.permissions.assignments import IN_FORCE, MEETS, MET_BY, TODAY
from plumb_platform.permissions.granting import Held, RoleNotGrantable

_MET = f"""
select distinct array(
  select jsonb_array_elements_text(m.roles)
  union select a.role from role_assignment a where a.id <> $2 and {IN_FORCE} and {MEETS} order by 1) as roles
from role_assignment given join person p on p.active and {MET_BY} join membership m on m.person_id = p.id and m.active
cross join {TODAY} where given.id = $2
"""


class DelegationTakes(Refused):
    """Who acts for somebody can do more, and never less, than before."""

    code = "DELEGATION_TAKES"
    zh = "角色“{role}”会使受托人失去自己已有的权限（{permission}），因此不能委托给此人；请委托其他角色，或请管理员分配该角色。"
    en = (
        "The role {role} would take from that person what they may do themselves ({permission}): delegate another role, or ask "
        "an administrator to assign it."
    )


async def refuse_denied(held: Sequence[Held], role: str, assignment_id: UUID, *, field: str) -> None:
    """Raise RoleNotGrantable where an assignment's denials stand between what somebody has beside it and what the actor lacks.

    `held` is what the actor held before the assignment was written, or before it is revoked.
    """
    for each, roles in await _met(held, role, assignment_id):
        if lacking := each.lifts(roles, frozenset({role})):
            raise RoleNotGrantable(field=field, role=role, permission=lacking)


async def refuse_taking(held: Sequence[Held], role: str, assignment_id: UUID, *, field: str) -> None:
    """Raise DelegationTakes where a role that was just delegated denies its holder what they have without it."""
    for each, roles in await _met(held, role, assignment_id):
        if taken := replace(each, pairs={}).lifts(roles, frozenset({role})):
            raise DelegationTakes(field=field, role=role, permission=taken)


async def _met(held: Sequence[Held], role: str, assignment_id: UUID) -> list[tuple[Held, frozenset[str]]]:
    """Return the sets of roles that members whom the assignment is for have beside it, under each matrix in which it denies."""
    denied = [each for each in held if each.denying(frozenset({role}))]
    sets = [frozenset(row["roles"]) for row in await fetch(_MET, now(), assignment_id)] if denied else []
    return [(each, roles) for each in denied for roles in sets]
