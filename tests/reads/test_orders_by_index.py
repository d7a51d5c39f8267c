"""Orders that an index gives: by columns that are never empty, so that what has no value needs no place behind all others."""

import re

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, fetch, tenant_transaction
from plumb_platform.resources.registry import known_resources
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from support.companies import add_unit, make_company
from support.goals_made import add_cycle, add_goals
from support.naive.wide import WIDE
from support.wire import listened

COLUMN = re.compile(r"\{(\w+)\}\.(\w+)")
INNER_JOIN = re.compile(r"join (\w+) \{")
NOT_NULL = """select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnotnull"""
PAGE = """query ($o: [GoalOrder!], $first: Int, $after: String) { goals(first: $first, after: $after, orderBy: $o) {
  pageInfo { hasNextPage endCursor } edges { node { target } } } }"""


async def test_a_column_that_is_said_to_be_filled_cannot_be_empty(database: Database) -> None:
    company = await make_company()
    async with tenant_transaction(company.system):
        filled = {(row["relname"], row["attname"]) for row in await fetch(NOT_NULL)}
    said = [(each, column) for each in known_resources().values() for column in each.columns if column.filled]
    assert len(said) >= 4
    for resource, column in said:
        source = COLUMN.fullmatch(column.sql)
        assert source is not None, column.sql
        joins = {join.alias: found[1] for join in resource.joins if (found := INNER_JOIN.match(join.sql))}
        table = resource.table if source[1] == "row" else joins[source[1]]
        assert (table, source[2]) in filled, (resource.type_name, column.name)


async def test_pages_by_target_are_read_in_the_order_of_an_index(
    database: Database, ground: Ground, product_engine: Engine
) -> None:
    company, reading = await make_company(), Engine(product_engine.schema, WIDE, kept_bytes=0)
    unit, cycle = await add_unit(company, "GD", "广东省区"), await add_cycle(company)
    goals = await add_goals(company, cycle, [(unit, company.hr)] * 30, confirmed=False)
    async with tenant_transaction(company.system):
        for place, goal in enumerate(goals):
            await execute("update goal_version set target = $1 where goal_id = $2", (place * 7) % 10 + 1, goal)
    for direction, ends in (("DESC", " desc"), ("ASC", "")):
        order, after, targets = [{"field": "TARGET", "direction": direction}], None, list[str]()
        async with listened() as wire:
            for _ in range(5):
                asked = Operation(PAGE, {"o": order, "first": 7, "after": after})
                answer = await reading.answer(asked, Context(ground=ground, actor=company.hr, request_id="test-request"))
                page = answer.body["data"]["goals"]
                targets += [edge["node"]["target"] for edge in page["edges"]]
                after = page["pageInfo"]["endCursor"]
        assert targets == [f"{place}.00" for place in sorted([*range(1, 11)] * 3, reverse=direction == "DESC")]
        ordering = f"order by t1v.target{ends}, t1.id{ends} limit"
        assert all(ordering in statement for statement in wire.sent if "goal_version" in statement)
        plan = await plan_of(company.system, ends)
        assert f"Index Scan {'Backward ' if ends else ''}using goal_version_tenant_id_target_goal_id_idx" in plan


async def plan_of(system: Actor, ends: str) -> str:
    async with tenant_transaction(system):
        for name in ("enable_sort", "enable_incremental_sort", "enable_seqscan", "enable_bitmapscan"):
            await fetch("select set_config($1, 'off', true)", name)
        rows = await fetch(
            "explain select g.id from goal g join goal_version v on v.tenant_id = g.tenant_id and v.goal_id = g.id "
            f"and v.number = g.current_number order by v.target{ends}, g.id{ends} limit 5"
        )
    return "\n".join(row["QUERY PLAN"] for row in rows)
