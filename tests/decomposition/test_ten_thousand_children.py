"""Ten thousand people below one goal: split, published and rolled up to the cent, by work that grows as they do."""

from dataclasses import dataclass
from decimal import Decimal
from time import process_time
from typing import Any
from uuid import UUID

from plumb_platform.database import execute, fetch, fetch_one, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.goals.scoring import count_progress
from support.asking import Ask
from support.goals_made import add_goals
from support.portraits_made import RECONCILE, Gate
from support.south import South, make_south
from support.wire import listened

HIRED = """insert into person (tenant_id, id, number, name, unit_id, grade, position, skills, active, version, created_at)
select $1, gen_random_uuid(), 'B' || n, '代表' || n, $2, 'P5', '', '[]', true, 1, now() from generate_series(1, $3::int) n"""
SUMS = """select sum(value) as total, count(*) as nodes, max(value) - min(value) as apart from plan_node where plan_id = $1"""
MONTHS = """select sum((v.target <> (select sum(m::numeric) from jsonb_array_elements_text(v.months) m))::int) as wrong,
sum(v.target) as total, count(*) as goals from goal g join goal_version v on v.goal_id = g.id and v.number = g.current_number
where g.parent_id = $1"""
SAID = """insert into check_in (tenant_id, id, created_at, goal_id, as_of, value, author_id)
select $1, gen_random_uuid(), now() - interval '1 day', id, date '2026-01-01', 7.77, $2 from goal where parent_id = $3"""
STANDS = "query ($ids: [ID!]!) { goalProgress(goalIds: $ids) { actual attainment reported } }"
TOTAL = "1000000.07"


@dataclass
class Crowd:
    """Guangdong with many people below one goal of it that adds its parts up."""

    gate: Gate
    size: int
    goal: UUID
    work: float = 0.0
    sent: int = 0

    async def does(self, name: str, shown: str, /, **given: Any) -> Any:
        """Change something, and count what this process works on it and how often it speaks to the database."""
        begun = process_time()
        async with listened() as wire:
            done = await self.gate.does(name, shown, **given)
        self.work, self.sent = self.work + process_time() - begun, self.sent + len(wire.sent)
        return done


async def make_crowd(south: South, ask: Ask, size: int) -> Crowd:
    """Hire people into Guangdong, and give it a goal of 1,000,000.07 that its people's goals add up to."""
    company, unit = south.company, south.provinces[0]
    async with tenant_transaction(company.system):
        await execute(HIRED, company.tenant_id, unit, size)
    (goal,) = await add_goals(company, south.cycle, [(unit, south.guangdong_manager)], target=Decimal(TOTAL))
    async with tenant_transaction(company.system):
        await execute("update goal set roll_up = 'SUM', owner_id = null where id = $1", goal)
    return Crowd(Gate(south, ask, south.people_template, ""), size, goal)


async def split_and_publish(crowd: Crowd) -> None:
    """Split the goal over all who are there: four of the company as it is made, and the crowd."""
    south, system = crowd.gate.south, crowd.gate.south.company.system
    asked = {"unitId": encode_id("OrgUnit", south.provinces[0]), "parentGoalId": encode_id("Goal", crowd.goal)}
    plan = await crowd.does("createPlan", "Plan { id }", **crowd.gate.input(**asked, inputs=[], total=None))
    assert "id" in plan, plan
    plan_id = UUID(plan["id"].partition("_")[2])
    async with tenant_transaction(system):
        # 1,000,000.07 over 10,004 is 99.96002... each: 99.97 for some and 99.96 for the others.
        found = await fetch_one(SUMS, plan_id)
    assert found == {"total": Decimal(TOTAL), "nodes": crowd.size + 4, "apart": Decimal("0.01")}
    assert await crowd.does("publishPlan", "Plan { state }", planId=plan["id"], version=1) == {"state": "PUBLISHED"}
    held = await crowd.gate.ask(crowd.gate.hr, RECONCILE, id=plan["id"])
    assert (held["holds"], held["levels"][0]["residual"]) == (True, "0.00")
    async with tenant_transaction(system):
        assert await fetch_one(MONTHS, crowd.goal) == {"wrong": 0, "total": Decimal(TOTAL), "goals": crowd.size + 4}


async def report_all(crowd: Crowd) -> None:
    """Let everybody have come to 7.77, and one of them check in anew, with 100.00."""
    company = crowd.gate.south.company
    async with tenant_transaction(company.system):
        await execute(SAID, company.tenant_id, company.hr.membership_id, crowd.goal)
        parts = [row["id"] for row in await fetch("select id from goal where parent_id = $1", crowd.goal)]
        await count_progress(company.system, parts)
    given = {"goalId": encode_id("Goal", parts[0]), "value": "100.00"}
    assert await crowd.does("checkIn", "CheckIn { value }", **given) == {"value": "100.00"}
    (stands,) = await crowd.gate.ask(crowd.gate.hr, STANDS, ids=[encode_id("Goal", crowd.goal)])
    actual = Decimal("7.77") * (crowd.size + 3) + 100
    attained = (actual * 100 / Decimal(TOTAL)).quantize(Decimal("0.01"))
    assert stands == {"actual": str(actual), "attainment": str(attained), "reported": "100.00"}


async def test_ten_thousand_parts_are_whole_to_the_cent_and_cost_about_ten_times_a_thousand(south: South, ask: Ask) -> None:
    crowds = [await make_crowd(each, ask, size) for each, size in ((south, 1_000), (await make_south(), 10_000))]
    for crowd in crowds:
        await split_and_publish(crowd)
        await report_all(crowd)
    few, many = crowds
    assert many.work <= few.work * 20, "work that grows with the square would be a hundred times as much"
    assert many.sent <= few.sent + 20, "the same statements, but for those that go in portions"
