"""Peer b: strawberry over Tortoise with one DataLoader for each relation, new for each request."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.types import Info
from tortoise import Model

from benchmarks.reads import peer_models as rows
from benchmarks.reads.peer_changes import Mutation
from benchmarks.reads.peer_types import Connection, OrgUnit, Person, page_of


def _by_id(model: type[Model]) -> Callable[[list[UUID]], Awaitable[list[Any]]]:
    async def load(keys: list[UUID]) -> list[Any]:
        found = {row.pk: row for row in await model.filter(id__in=keys)}
        return [found.get(key) for key in keys]

    return load


async def _versions(keys: list[UUID]) -> list[dict[int, rows.GoalVersion]]:
    found: dict[UUID, dict[int, rows.GoalVersion]] = defaultdict(dict)
    for version in await rows.GoalVersion.filter(goal_id__in=keys):
        found[version.goal_id][version.number] = version  # type: ignore[attr-defined] # Tortoise adds the column itself
    return [found[key] for key in keys]


async def _children(keys: list[UUID]) -> list[list[rows.Goal]]:
    found: dict[UUID, list[rows.Goal]] = defaultdict(list)
    for goal in await rows.Goal.filter(parent_id__in=keys).order_by("id"):
        found[goal.parent_id].append(goal)  # type: ignore[attr-defined] # Tortoise adds the column itself
    return [found[key] for key in keys]


@dataclass(frozen=True)
class Loaders:
    """The loaders of one request."""

    people: DataLoader[UUID, Any] = field(default_factory=lambda: DataLoader(_by_id(rows.Person)))
    units: DataLoader[UUID, Any] = field(default_factory=lambda: DataLoader(_by_id(rows.OrgUnit)))
    goals: DataLoader[UUID, Any] = field(default_factory=lambda: DataLoader(_by_id(rows.Goal)))
    versions: DataLoader[UUID, dict[int, rows.GoalVersion]] = field(default_factory=lambda: DataLoader(_versions))
    children: DataLoader[UUID, list[rows.Goal]] = field(default_factory=lambda: DataLoader(_children))


Row = strawberry.Parent[Any]
"""A row of goals, with the columns that Tortoise adds for its keys."""


async def _owner(goal: Row, info: Info) -> Person | None:
    return cast(Person | None, await _loaders(info).people.load(goal.owner_id)) if goal.owner_id else None


async def _unit(goal: Row, info: Info) -> OrgUnit:
    return cast(OrgUnit, await _loaders(info).units.load(goal.unit_id))


async def _parent(goal: Row, info: Info) -> "Goal | None":
    return cast("Goal | None", await _loaders(info).goals.load(goal.parent_id)) if goal.parent_id else None


async def _target(goal: Row, info: Info) -> Decimal:
    return (await _loaders(info).versions.load(goal.id))[goal.current_number].target


async def _weight(goal: Row, info: Info) -> Decimal:
    return (await _loaders(info).versions.load(goal.id))[goal.current_number].weight


async def _key_results(goal: Row, info: Info, first: int = 20) -> "Connection[Goal]":
    return _page(await _loaders(info).children.load(goal.id), first)


@strawberry.type
class Goal:
    id: strawberry.ID
    title: str
    state: str
    version: int
    owner: Person | None = strawberry.field(resolver=_owner)
    unit: OrgUnit = strawberry.field(resolver=_unit)
    parent: "Goal | None" = strawberry.field(resolver=_parent)
    target: Decimal = strawberry.field(resolver=_target)
    weight: Decimal = strawberry.field(resolver=_weight)
    children: "Connection[Goal]" = strawberry.field(resolver=_key_results)


def _loaders(info: Info) -> Loaders:
    return cast(Loaders, info.context["loaders"])


def _page(goals: list[rows.Goal], first: int) -> Connection[Goal]:
    return page_of(cast("list[Goal]", goals), [str(goal.id) for goal in goals], first)


@strawberry.type
class Query:
    @strawberry.field
    async def goals(self, first: int = 20, after: str | None = None) -> Connection[Goal]:
        behind = rows.Goal.filter(id__gt=UUID(after)) if after else rows.Goal.all()
        return _page(await behind.order_by("id").limit(first + 1), first)

    @strawberry.field
    async def goal(self, id: strawberry.ID) -> Goal | None:  # noqa: A002 - the schema's own word
        return cast(Goal | None, await rows.Goal.get_or_none(id=UUID(id)))


SCHEMA = (Query, Mutation)
LOADERS = Loaders
