"""What an actor's roles grant, read from the permission table in the request's own transaction."""

from collections.abc import Mapping
from dataclasses import dataclass

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import Forbidden
from plumb_platform.permissions.catalogue import Permission, Scope


@dataclass(frozen=True, slots=True)
class Grants:
    """The widest scope of each permission that the roles and the token's scopes leave."""

    scopes: Mapping[str, Scope]

    def scope(self, permission: Permission) -> Scope:
        """Return how far the permission reaches; NONE when it is not granted."""
        return self.scopes.get(permission.value, Scope.NONE)

    def allows(self, permission: Permission) -> bool:
        """Return whether the permission reaches any row at all."""
        return self.scope(permission) > Scope.NONE


_SYSTEM = Grants({permission.value: Scope.COMPANY for permission in Permission})


async def grants_of(actor: Actor) -> Grants:
    """Return the actor's grants; the system holds all, a token only what its scopes name."""
    if "system" in actor.roles:
        return _SYSTEM
    rows = await fetch("select permission, scope from role_permission where role = any($1)", sorted(actor.roles))
    widest: dict[str, Scope] = {}
    for row in rows:
        name, scope = row["permission"], Scope[row["scope"]]
        if actor.scopes is None or name in actor.scopes:
            widest[name] = max(scope, widest.get(name, Scope.NONE))
    return Grants(widest)


async def require(actor: Actor, permission: Permission) -> Scope:
    """Return the scope of the permission, or raise Forbidden when the actor has none."""
    scope = (await grants_of(actor)).scope(permission)
    if scope is Scope.NONE:
        raise Forbidden(permission=permission.value)
    return scope
