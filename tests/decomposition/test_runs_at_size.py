"""A run of the size of case study 001: 28 provinces, 430 people, a year of weeks (C34); `make bench` measures its time."""

from decimal import Decimal

from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.ids import uuid7
from support.country import Country


async def test_the_weeks_of_430_people_add_up_to_the_annual_goal(country: Country) -> None:
    """The company of case study 001: 28 provinces, 430 people; a year of weekly plans."""
    south, company = country.south, country.south.company
    people = [430 // 28 + (place < 430 % 28) for place in range(28)]
    units = [uuid7() for _ in people]
    async with tenant_transaction(company.system):
        root = await fetch_value("select id from org_unit where code = 'HQ'")
        top = uuid7()
        sql = (
            "insert into org_unit (tenant_id, id, parent_id, code, name, ordinal, version, created_at) "
            "select $1, x.id, $3, 'P' || x.place, '省' || x.place, x.place, 1, now() "
            "from unnest($2::uuid[]) with ordinality as x (id, place)"
        )
        await execute(sql.replace("'P'", "'T'"), company.tenant_id, [top], root)
        await execute(sql, company.tenant_id, units, top)
        await execute(
            "insert into org_unit_closure (tenant_id, id, ancestor_id, descendant_id, depth) "
            "select $1::uuid, gen_random_uuid(), a.id, a.id, 0 from unnest($2::uuid[]) a (id) union all "
            "select $1::uuid, gen_random_uuid(), $3, a.id, 1 from unnest($2::uuid[]) a (id) where a.id <> $3",
            company.tenant_id,
            [top, *units],
            top,
        )
        await execute(
            "insert into person (tenant_id, id, number, name, unit_id, grade, position, skills, active, version, created_at) "
            "select $1, gen_random_uuid(), 'B' || u.place || '-' || n, '代表' || n, u.id, 'P5', '', '[]', true, 1, now() "
            "from unnest($2::uuid[], $3::int[]) with ordinality as u (id, size, place), generate_series(1, u.size) n",
            company.tenant_id,
            units,
            people,
        )
    run = await country.run(unit_id=top, total=Decimal("720000000.00"))
    nodes = await country.nodes(run.id)
    async with tenant_transaction(company.hr):
        total = await fetch_value(
            "select sum(w.target) from plan_week w join plan_node n on n.id = w.node_id join plan p on p.id = n.plan_id "
            "where p.run_id = $1",
            run.id,
        )
    assert (run.state, run.nodes, run.weeks, south.cycle) == ("DONE", 458, 430 * 53, run.cycle_id)
    for depth in (0, 1):
        assert sum(node["value"] for node in nodes if node["depth"] == depth) == Decimal("720000000.00")
    assert total == Decimal("720000000.00")
