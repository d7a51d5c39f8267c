"""Row scope as a condition for a service's own SQL: which rows a permission reaches for an actor."""

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.errors import Forbidden
from plumb_platform.permissions import Grants, Permission, grants_of
from plumb_platform.resources import Resource, While
from plumb_tenants.access.beside import JoinsUsed, joined
from plumb_tenants.access.conditions import conditions_of
from plumb_tenants.access.filters import Bound, Start


def starts_of(grants: Grants) -> dict[Start, UUID | date]:
    """Return where row scope starts from for somebody now."""
    return {
        Start.PERSON: grants.person_id,
        Start.UNIT: grants.unit_id,
        Start.MEMBERSHIP: grants.membership_id,
        Start.TODAY: grants.day(now()),
    }


class Placeholders:
    """Allots `$n` from a first number on, and keeps the values in their order."""

    def __init__(self, grants: Grants, first: int) -> None:
        self._starts = starts_of(grants)
        self._places: dict[Bound, str] = {}
        self._first = first
        self.values: list[Any] = []

    def __call__(self, bound: Bound) -> str:
        """Return the placeholder of a value, the same for the same value."""
        if bound not in self._places:
            self._places[bound] = f"${self._first + len(self.values)}"
            self.values.append(self._starts[bound] if isinstance(bound, Start) else bound)
        return self._places[bound]


async def sql_scope(
    actor: Actor, permission: Permission, resource: Resource, *, alias: str, first: int = 1
) -> tuple[str, list[Any]]:
    """Return an SQL condition and its values for the rows that the permission reaches, or raise Forbidden without any grant.

    `alias` is the statement's name for the resource's table; placeholders count from `first`.
    """
    grants = await grants_of(actor)
    if not grants.allows(permission):
        raise Forbidden(permission=permission.value)
    bind, aliases = Placeholders(grants, first), JoinsUsed(alias, resource)
    condition = conditions_of(grants, permission, resource, aliases, bind).row
    return joined(condition, resource, aliases), bind.values


@cache
def placed(permission: Permission, *, own: tuple[str | While, ...] = (), unit: str | None = None) -> Resource:
    """Return a resource that only says where row scope starts, for rows whose fields no matrix names."""
    word = permission.value.partition(":")[0]
    return Resource(type_name=word, doc="", table=word, read=permission, columns=(), own=own, unit=unit)
