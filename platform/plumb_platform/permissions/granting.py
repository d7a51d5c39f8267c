"""Granting: nobody gives a role, or widens one, beyond what they hold themselves (C95)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.errors import Refused
from plumb_platform.permissions.assignments import MEETS, TODAY
from plumb_platform.permissions.judge import verdict
from plumb_platform.permissions.pairs import exceeding
from plumb_platform.permissions.reading import grants_of, grants_of_own, matrix_in_force, rules_of

_TO_COME = "a.revoked_at is null and (a.ends_on is null or a.ends_on >= d.today) and a.delegated_by is null"
_ASSIGNED = f"select distinct a.role from role_assignment a cross join {TODAY} where {_TO_COME} order by 1"
_HOLDING = f"""select p.id, a.role from person p cross join {TODAY} join role_assignment a on {MEETS}
where p.active and a.role = any($2) and {_TO_COME}"""
Holding = frozenset[tuple[UUID, str]]


class RoleNotGrantable(Refused):
    """Nobody grants what they lack, nor takes it from others, as by ending their membership (C95)."""

    code = "ROLE_NOT_GRANTABLE"
    zh = (
        "您不能授予或收回角色“{role}”，也不能停用持有它的人："
        "该角色不存在，或包含您自己没有、或仅受他人委托而有的权限（{permission}）。请由拥有该权限的人处理。"
    )
    en = (
        "You can neither grant nor take back the role {role}, nor deactivate who holds it: it does not exist, or it holds what "
        "you lack or were only delegated ({permission}). Ask somebody who holds that."
    )


async def refuse_unheld(actor: Actor, role: str, *, field: str = "roles", takes: bool = False) -> None:
    """Raise RoleNotGrantable unless the actor holds, at least as wide, all that the role grants.

    To give a role on, its rights must be the actor's own and not delegated to them; a role that the matrix does not have is
    refused. Who `takes` one may do so by what was delegated, and a role that the matrix does not have grants nothing.
    """
    lacking = await _unheld(actor, role, takes=takes)
    if lacking is not None:
        raise RoleNotGrantable(field=field, role=role, permission=lacking)


async def _unheld(actor: Actor, role: str, *, takes: bool = False) -> str | None:
    """Return a permission that the role holds beyond the actor, `-` for an unknown role, None when there is none."""
    held = await grants_of(actor) if takes else await grants_of_own(actor)
    rules = [rule for rule in await rules_of(await matrix_in_force()) if rule.role == role]
    if not rules and not takes:
        return "-"
    granted = verdict(actor.tenant_id, rules, frozenset({role})).items()
    return next((name for name, pairs in granted if exceeding(pairs, held.pairs.get(name, ()))), None)


async def held_beyond(actor: Actor) -> Holding:
    """Return who is assigned, by themselves or by grade, position or unit, a role that the actor cannot give.

    Read before and after people change, it shows whom the change gave such a role (`refuse_gained`).
    """
    roles = [row["role"] for row in await fetch(_ASSIGNED, now())]
    beyond = [role for role in roles if await _unheld(actor, role) not in (None, "-")]
    return frozenset((row["id"], row["role"]) for row in await fetch(_HOLDING, now(), beyond)) if beyond else frozenset()


async def refuse_gained(actor: Actor, before: Holding, *, field: str) -> None:
    """Raise RoleNotGrantable when somebody holds a role now that they did not hold `before` and the actor cannot give."""
    for _, role in sorted(await held_beyond(actor) - before):
        raise RoleNotGrantable(field=field, role=role, permission=await _unheld(actor, role) or "-")
