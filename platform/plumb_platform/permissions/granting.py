"""Granting: nobody gives a role, or widens one, beyond what they hold themselves (C95)."""

from plumb_platform.actor import Actor
from plumb_platform.errors import Refused
from plumb_platform.permissions.judge import verdict
from plumb_platform.permissions.pairs import exceeding
from plumb_platform.permissions.reading import grants_of, matrix_in_force, rules_of


class RoleNotGrantable(Refused):
    """Nobody grants what they lack (C95)."""

    code = "ROLE_NOT_GRANTABLE"
    zh = "您不能授予角色“{role}”：该角色不存在，或包含您自己没有的权限（{permission}）。"
    en = "You cannot grant the role {role}: it does not exist, or it holds what you lack ({permission})."


async def refuse_unheld(actor: Actor, role: str, *, field: str = "roles", unknown_is_nothing: bool = False) -> None:
    """Raise RoleNotGrantable unless the actor holds, at least as wide, all that the role grants.

    A role that the matrix does not have is refused, unless `unknown_is_nothing`: it grants nothing.
    """
    held = await grants_of(actor)
    rules = [rule for rule in await rules_of(await matrix_in_force()) if rule.role == role]
    if not rules and not unknown_is_nothing:
        raise RoleNotGrantable(field=field, role=role, permission="-")
    for permission, pairs in verdict(actor.tenant_id, rules, frozenset({role})).items():
        if exceeding(pairs, held.pairs.get(permission, ())):
            raise RoleNotGrantable(field=field, role=role, permission=permission)
