"""Pairs as SQL against the same decision made row by row: no row and no field differs (A46, C56)."""

from random import Random
from uuid import UUID

import pytest

from plumb_platform.database import Database, fetch, tenant_transaction
from plumb_platform.permissions import Grants, Pair, Scope
from plumb_tenants.access.beside import JoinsUsed, joined
from plumb_tenants.access.conditions import FALSE, TRUE, Conditions
from plumb_tenants.access.scope import Placeholders
from plumb_tenants.goals.resources import GOAL
from support.goal_world import GoalWorld, make_goal_world
from support.matrix_oracle import FIELDS, Caller, field_shows, random_pair, row_is_reached

JOINED = "join goal_version v on v.tenant_id = g.tenant_id and v.goal_id = g.id and v.number = g.current_number"
ALIASES = {"row": "g", "v": "v"}


@pytest.fixture(scope="module")
async def world(database: Database) -> GoalWorld:
    return await make_goal_world(Random(7))


def placeholders(caller: Caller, first: int = 1) -> Placeholders:
    return Placeholders(Grants({}, caller.person, caller.unit), first)


def said(*pairs: Pair, coordinate: str = "") -> str:
    made = Conditions(pairs, GOAL, ALIASES, placeholders(Caller(UUID(int=1), UUID(int=2))))
    return made.field(coordinate) if coordinate else made.row


def test_no_pair_reaches_nothing_and_the_company_reaches_all() -> None:
    assert said() == FALSE
    assert said(Pair(Scope.NONE)) == FALSE
    assert said(Pair(Scope.COMPANY)) == said(Pair(Scope.OWN), Pair(Scope.COMPANY)) == TRUE
    assert said(Pair(Scope.COMPANY), Pair(Scope.COMPANY, denies=True)) == FALSE


def test_fields_are_known_without_a_row_where_no_row_decides() -> None:
    everywhere = Pair(Scope.COMPANY, fields=frozenset({"Goal.title"}))
    assert said(Pair(Scope.SUBTREE), coordinate="Goal.target") == TRUE
    assert said(everywhere, coordinate="Goal.title") == TRUE
    assert said(everywhere, coordinate="Goal.target") == FALSE
    assert said(Pair(Scope.SUBTREE), Pair(Scope.COMPANY, "", everywhere.fields, True), coordinate="Goal.title") == FALSE


def test_an_own_row_with_all_fields_beside_the_others_with_three() -> None:
    others = Pair(Scope.SUBTREE, fields=frozenset({"Goal.title", "Goal.state", "Goal.owner"}))
    assert said(Pair(Scope.OWN), others, coordinate="Goal.target") == "(g.owner_id = $1::uuid)"


def test_a_filter_over_a_field_that_is_gone_shows_nothing_and_denies_all() -> None:
    assert said(Pair(Scope.COMPANY, "gone = 1")) == FALSE
    assert said(Pair(Scope.COMPANY), Pair(Scope.COMPANY, "gone = 1", denies=True)) == FALSE


def test_the_joins_that_a_filter_needs_are_made_beside_the_row() -> None:
    used = JoinsUsed("goal", GOAL)
    condition = Conditions([Pair(Scope.COMPANY, "target > 1")], GOAL, used, placeholders(Caller(UUID(int=1), UUID(int=2)))).row
    assert joined(condition, GOAL, used) == (
        "exists (select from (select 1) as beside join goal_version goal_v on goal_v.tenant_id = goal.tenant_id and "
        "goal_v.goal_id = goal.id and goal_v.number = goal.current_number where ((goal_v.target)::numeric > $1::numeric))"
    )


async def test_five_hundred_lists_are_those_of_a_decision_row_by_row(world: GoalWorld) -> None:
    source, reached = Random(11), 0
    async with tenant_transaction(world.company.system):
        for _ in range(500):
            pairs = [random_pair(source) for _ in range(source.randint(1, 4))]
            caller = source.choice(world.callers)
            bind = placeholders(caller)
            made = Conditions(pairs, GOAL, ALIASES, bind)
            fields = ", ".join(f"coalesce({made.field(name)}, false)" for name in FIELDS)
            rows = await fetch(
                f"select g.id, array[{fields}] as shown from goal g {JOINED} where {made.row} order by g.id", *bind.values
            )
            expected = [row for row in world.goals if row_is_reached(pairs, caller, row, GOAL)]
            assert [row["id"] for row in rows] == [row.id for row in expected], pairs
            shown = [[field_shows(pairs, name, caller, row, GOAL) for name in FIELDS] for row in expected]
            assert [row["shown"] for row in rows] == shown, pairs
            reached += len(rows)
    assert reached > 5_000


async def test_the_same_rows_are_reached_from_the_table_alone(world: GoalWorld) -> None:
    source = Random(13)
    async with tenant_transaction(world.company.system):
        for _ in range(200):
            pairs = [random_pair(source) for _ in range(source.randint(1, 4))]
            caller = source.choice(world.callers)
            bind, used = placeholders(caller, first=2), JoinsUsed("goal", GOAL)
            condition = joined(Conditions(pairs, GOAL, used, bind).row, GOAL, used)
            rows = await fetch(f"select id from goal where $1::text is null and {condition} order by id", None, *bind.values)
            assert [row["id"] for row in rows] == [row.id for row in world.goals if row_is_reached(pairs, caller, row, GOAL)]


def test_no_placeholder_is_allotted_for_what_is_left_out() -> None:
    bind = placeholders(Caller(UUID(int=1), UUID(int=2)))
    left_out = [Pair(Scope.SUBTREE, "target > 1"), Pair(Scope.COMPANY, "target > 2 且 weight / 0 = 1"), Pair(Scope.COMPANY)]
    assert Conditions(left_out, GOAL, ALIASES, bind).row == TRUE
    assert Conditions([*left_out, Pair(Scope.COMPANY, denies=True)], GOAL, ALIASES, bind).row == FALSE
    assert bind.values == []
