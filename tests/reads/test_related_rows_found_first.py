"""Related rows that a filter finds first, by comparisons that tell PostgreSQL nothing: hashed, however many it expects."""

from typing import Any

import asyncpg
import pytest

from plumb_platform.database import Database, execute, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import Settings
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.reads.where import ALL
from support.companies import add_person, add_unit, make_company
from support.goals_made import add_cycle, add_goals
from support.naive.wide import WIDE
from support.wire import listened

ASK = """query ($where: GoalFilter) { goals(where: $where) { totalCount edges { node { title } } } }"""
FOUND = """explain select o.n from related o where (o.n in
  (select r.n from related r where strpos(r.name, '1') > 0 or strpos(r.name, '2') > 0{all})) is true"""


@pytest.mark.parametrize(("every", "is_hashed"), [(ALL, True), ("", False)])
async def test_more_than_fit_into_memory_are_hashed_by_what_is_expected_of_them(
    settings: Settings, database: Database, every: str, is_hashed: bool
) -> None:
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        await connection.execute(
            "create temporary table related as select n, 'n' || n as name from generate_series(1, 10000) n; "
            "analyze related; set work_mem = '64kB'; set hash_mem_multiplier = 1"
        )
        plan = "\n".join(row[0] for row in await connection.fetch(FOUND.format(all=every)))
        assert ("hashed SubPlan" in plan) == is_hashed, plan
        assert await connection.fetchval(f"select count(*) from (select n from related{every}) r") == 10000
    finally:
        await connection.close()


async def test_what_is_found_first_is_what_relates_and_nothing_without_one(
    database: Database, ground: Ground, product_engine: Engine
) -> None:
    company, reading = await make_company(), Engine(product_engine.schema, WIDE, kept_bytes=0)
    unit, cycle = await add_unit(company, "GD", "广东省区"), await add_cycle(company)
    king = await add_person(company, "E1", "王一", unit=unit)
    owned, loose = await add_goals(company, cycle, [(unit, king)] * 2)
    async with tenant_transaction(company.system):
        await execute("update goal set owner_id = null, title = '部门' where id = $1", loose)
        await execute("update goal set title = '个人' where id = $1", owned)

    async def titles(where: dict[str, Any]) -> list[str]:
        answer = await reading.answer(Operation(ASK, {"where": where}), Context(ground=ground, actor=company.hr, request_id="t"))
        page = answer.body["data"]["goals"]
        assert page["totalCount"] == len(page["edges"])
        return sorted(edge["node"]["title"] for edge in page["edges"])

    called, nobody = {"or": [{"name": {"contains": "王"}}, {"number": {"startsWith": "王"}}]}, {"name": {"contains": "没有"}}
    await titles({"owner": called})
    async with listened() as wire:
        assert await titles({"owner": called}) == ["个人"]
        assert await titles({"owner": {"not": called}}) == []
        assert await titles({"not": {"owner": called}}) == ["部门"]
        assert await titles({"not": {"not": {"owner": nobody}}}) == []
        assert await titles({"not": {"owner": {"not": nobody}}}) == ["部门"]
        assert await titles({"or": [{"owner": nobody}, {"title": {"eq": "部门"}}]}) == ["部门"]
    asked = [statement for statement in wire.sent if "strpos" in statement]
    assert len(asked) == 6
    assert all(ALL in statement for statement in asked)
