"""What a write pays beside its row: light checks of words, and counters that take the company's id as it is."""

import pytest
from tortoise.exceptions import IntegrityError

from plumb_platform.database import Database, execute, fetch, fetch_value, tenant_transaction
from support.companies import add_unit, make_company
from support.goals_made import add_cycle, add_goals

WORDS = {
    "goal_aim_check": {"REACH", "MAINTAIN", "REDUCE"},
    "goal_kind_check": {"OBJECTIVE", "KEY_RESULT", "KPI", "QUOTA"},
    "goal_roll_up_check": {"NONE", "SUM", "WEIGHTED", "FORMULA"},
    "goal_progress_source_check": {"CHECK_IN", "METRIC", "PARTS"},
    "submission_state_check": {"DRAFT", "SUBMITTED", "IN_APPROVAL", "RETURNED", "APPROVED", "REJECTED", "WITHDRAWN"},
}
CHECKS = "select conname, pg_get_constraintdef(oid) as says from pg_constraint where conname = any($1) and convalidated"
COUNTERS = "select count(*) filter (where prosrc like $1)::int as light, count(*)::int as all from pg_proc where proname like $2"


@pytest.mark.parametrize("column", ["aim", "kind", "roll_up"])
async def test_a_word_that_is_none_of_a_column_is_refused(database: Database, column: str) -> None:
    company = await make_company()
    unit, cycle = await add_unit(company, "GD", "广东省区"), await add_cycle(company)
    (goal,) = await add_goals(company, cycle, [(unit, company.hr)])
    async with tenant_transaction(company.system):
        before = await fetch_value(f'select "{column}" from goal where id = $1', goal)
    with pytest.raises(IntegrityError, match=f"goal_{column}_check"):
        async with tenant_transaction(company.system):
            await execute(f'update goal set "{column}" = $2 where id = $1', goal, "reach")
    async with tenant_transaction(company.system):
        assert await fetch_value(f'select "{column}" from goal where id = $1', goal) == before


async def test_the_words_of_tables_that_people_write_to_all_day_are_one_constant(database: Database) -> None:
    company = await make_company()
    async with tenant_transaction(company.system):
        found = {row["conname"]: row["says"] for row in await fetch(CHECKS, list(WORDS))}
        counters = await fetch(COUNTERS, "%true), '')::uuid;%", r"count\_%")
    assert {name: set(says.partition("'{")[2].partition("}'")[0].split(",")) for name, says in found.items()} == WORDS
    # All but `sec.count_apart`, which is given the id.
    assert counters[0]["light"] == counters[0]["all"] - 1 > 0
