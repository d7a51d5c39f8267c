"""Peer a: strawberry over Tortoise with prefetch_related, as their documentations put them together."""

from decimal import Decimal
from typing import cast
from uuid import UUID

import strawberry
from tortoise.query_utils import Prefetch

from benchmarks.reads import peer_models as rows
from benchmarks.reads.peer_changes import Mutation
from benchmarks.reads.peer_types import Connection, OrgUnit, Person, page_of

Row = strawberry.Parent[rows.Goal]


def _current(goal: rows.Goal) -> rows.GoalVersion:
    return next(version for version in goal.versions if version.number == goal.current_number)


def _target(goal: Row) -> Decimal:
    return _current(goal).target


def _weight(goal: Row) -> Decimal:
    return _current(goal).weight


def _children(goal: Row, first: int = 20) -> "Connection[Goal]":
    return _page(list(goal.children), first)


@strawberry.type
class Goal:
    id: strawberry.ID
    title: str
    state: str
    version: int
    owner: Person | None
    unit: OrgUnit
    parent: "Goal | None"
    target: Decimal = strawberry.field(resolver=_target)
    weight: Decimal = strawberry.field(resolver=_weight)
    children: "Connection[Goal]" = strawberry.field(resolver=_children)


def _page(goals: list[rows.Goal], first: int) -> Connection[Goal]:
    # Strawberry reads plain columns and prefetched relations off the rows themselves.
    return page_of(cast("list[Goal]", goals), [str(goal.id) for goal in goals], first)


@strawberry.type
class Query:
    @strawberry.field
    async def goals(self, first: int = 20, after: str | None = None) -> Connection[Goal]:
        behind = rows.Goal.filter(id__gt=UUID(after)) if after else rows.Goal.all()
        children = Prefetch("children", queryset=rows.Goal.all().order_by("id").prefetch_related("versions"))
        page = behind.order_by("id").limit(first + 1)
        return _page(await page.prefetch_related("owner", "unit", "parent", "versions", children), first)

    @strawberry.field
    async def goal(self, id: strawberry.ID) -> Goal | None:  # noqa: A002 - the schema's own word
        return cast(Goal | None, await rows.Goal.get_or_none(id=UUID(id)).prefetch_related("owner"))


SCHEMA = (Query, Mutation)
LOADERS = None
