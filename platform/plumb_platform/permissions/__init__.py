"""Permissions: the catalogue of acts, the scopes a grant may have, and what an actor's roles grant."""

from plumb_platform.permissions.catalogue import DEFAULT_ROLES, Permission, Role, Scope
from plumb_platform.permissions.grants import Grants
from plumb_platform.permissions.pairs import Pair
from plumb_platform.permissions.reading import grants_of, hold_grants, kept_grants, reaches_whole, require

__all__ = [
    "DEFAULT_ROLES",
    "Grants",
    "Pair",
    "Permission",
    "Role",
    "Scope",
    "grants_of",
    "hold_grants",
    "kept_grants",
    "reaches_whole",
    "require",
]
