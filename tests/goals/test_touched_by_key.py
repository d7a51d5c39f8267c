"""What a change of goals reads to count them anew, by a plan that was made while there was next to nothing to read."""

from datetime import date
from decimal import Decimal

from plumb_platform.database import Database, execute, fetch, fetch_one, tenant_transaction
from plumb_tenants.goals.scoring import count_progress
from support.companies import add_unit, make_company
from support.goals_made import add_cycle, add_goals

PARTS = 400
MORE = """
with made as (
  insert into goal (tenant_id, id, created_at, cycle_id, unit_id, owner_id, parent_id, title, metric, unit_of_measure, state,
    current_number, version)
  select tenant_id, gen_random_uuid(), now(), cycle_id, unit_id, owner_id, id, title, metric, unit_of_measure, state, 1, 2
  from goal cross join generate_series(1, $2) where id = $1 returning id
)
insert into goal_version (tenant_id, id, created_at, goal_id, number, target, weight, months, derivation)
select tenant_id, gen_random_uuid(), now(), m.id, 1, target, weight, months, derivation
from made m cross join goal_version v where v.goal_id = $1"""
SAID = """
insert into check_in (tenant_id, id, created_at, goal_id, as_of, value, author_id)
select tenant_id, gen_random_uuid(), now(), id, $3, $4, $2 from goal where id = any($1)"""
READ = """
select relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as read from pg_stat_xact_user_tables
where relname in ('goal', 'goal_version', 'goal_progress', 'check_in')"""


async def rows_read() -> dict[str, int]:
    """Return how many rows of each table the open transaction has read until now."""
    return {row["relname"]: row["read"] for row in await fetch(READ)}


async def test_a_plan_of_an_all_but_empty_table_reads_the_goals_that_came_since_by_their_keys(database: Database) -> None:
    company = await make_company()
    unit, cycle = await add_unit(company, "GD", "广东省区"), await add_cycle(company)
    (parent,) = await add_goals(company, cycle, [(unit, company.hr)])
    async with tenant_transaction(company.system):
        await execute("discard plans")
        await execute("update goal set roll_up = 'SUM' where id = $1", parent)
        await count_progress(company.system, [parent])
        await execute(MORE, parent, PARTS)
        parts = [row["id"] for row in await fetch("select id from goal where parent_id = $1", parent)]
        await execute(SAID, parts, company.hr.membership_id, date(2026, 1, 1), Decimal("7.77"))
        await count_progress(company.system, parts)
        await execute(SAID, parts[:1], company.hr.membership_id, date(2026, 2, 1), Decimal("100.00"))
        before = await rows_read()
        await count_progress(company.system, parts[:1])
        read = {table: count - before[table] for table, count in (await rows_read()).items()}
        stands = await fetch_one("select actual, reported from goal_progress where goal_id = $1", parent)
    assert max(read.values()) <= PARTS * 10, f"as the square of the parts, 160,000 and more: {read}"
    # 7.77 x 399 + 100.00; of 400 parts that aim at 1,200,000.00 each, all are known.
    assert stands == {"actual": Decimal("3200.23"), "reported": Decimal("100.00")}
