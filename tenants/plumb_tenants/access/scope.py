"""Row scope as a condition for a service's own SQL: which rows a permission reaches for an actor."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.errors import Forbidden
from plumb_platform.permissions import Grants, Permission, grants_of
from plumb_platform.resources import Resource, While
from plumb_tenants.access.conditions import Conditions, is_veiled
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


class JoinsUsed(Mapping[str, str]):
    """The aliases of a statement that has only the resource's own table; learns which joins were asked for."""

    def __init__(self, alias: str, resource: Resource) -> None:
        self._aliases = {"row": alias} | {join.alias: f"{alias}_{join.alias}" for join in resource.joins}
        self.used: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.used.add(name)
        return self._aliases[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._aliases)

    def __len__(self) -> int:
        return len(self._aliases)


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
    condition = Conditions(grants.of(permission), resource, aliases, bind, is_veiled(resource, grants)).row
    return joined(condition, resource, aliases), bind.values


def joined(condition: str, resource: Resource, aliases: JoinsUsed) -> str:
    """Return the condition for a statement that lacks the joins it needs: they are made beside the row."""
    joins = [join for join in resource.joins if join.alias in aliases.used]
    if not joins:
        return condition
    source = " ".join(join.sql.format_map(aliases) for join in joins)
    return f"exists (select from (select 1) as beside {source} where {condition})"


@cache
def placed(permission: Permission, *, own: tuple[str | While, ...] = (), unit: str | None = None) -> Resource:
    """Return a resource that only says where row scope starts, for rows whose fields no matrix names."""
    word = permission.value.partition(":")[0]
    return Resource(type_name=word, doc="", table=word, read=permission, columns=(), own=own, unit=unit)
