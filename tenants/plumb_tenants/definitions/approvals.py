"""Who must approve a version, decided without any I/O: each role by a member of its own (C40)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

Held = Mapping[UUID, frozenset[str]]
"""Roles by member."""


def missing_roles(roles: Sequence[str], held: Held) -> list[str]:
    """Return the roles that nobody is left to stand for, when each member stands for one role only.

    As many roles as possible are stood for (Kuhn's augmenting paths); which of several could be missing is not fixed.
    """
    standing: dict[str, UUID] = {}

    def found(role: str, tried: set[UUID]) -> bool:
        for member, theirs in held.items():
            if role not in theirs or member in tried:
                continue
            tried.add(member)
            other = next((each for each, who in standing.items() if who == member), None)
            if other is None or found(other, tried):
                standing[role] = member
                return True
        return False

    return [role for role in roles if not found(role, set())]


def always_approvable(roles: Sequence[str], held: Held, *, own_change: bool) -> bool:
    """Return whether the roles can be stood for whoever edits: without `own_change` any one member may be the editor."""
    if own_change:
        return not missing_roles(roles, held)
    return all(not missing_roles(roles, without(held, {member})) for member in held) and not missing_roles(roles, held)


def without(held: Held, members: set[UUID]) -> dict[UUID, frozenset[str]]:
    """Return the roles of all but some members."""
    return {member: roles for member, roles in held.items() if member not in members}
