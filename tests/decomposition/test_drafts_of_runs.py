"""What follows a plan that is a draft still: its weeks after a scenario, its frame, its fairness while reports are missing."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from plumb_platform.database import fetch, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.decomposition.models import Plan
from plumb_tenants.decomposition.replaying import frame_of_plan
from plumb_tenants.decomposition.service import list_nodes
from plumb_tenants.goals.models import Cycle
from support.country import Country
from support.portraits_made import Gate
from support.splits import equal_template

NOBODY = UUID(int=0)
FAIR = """query ($ids: [ID!]!) { comparePlans(planIds: $ids) { plans { total assigned gap
  fairness { mean dispersion spread loads { share potential ratio } } } } }"""


@pytest.fixture
def planner(country: Country, gate: Gate) -> Gate:
    """Return the way to ask the product about the country's company."""
    return Gate(country.south, gate.ask, country.units, "")


async def weeks(country: Country, plan: UUID) -> dict[UUID, tuple[Decimal, int]]:
    """Return what the weeks of each node come to, and how many there are."""
    sums = "select n.id, sum(w.target) as total, count(*) as weeks from plan_week w join plan_node n on n.id = w.node_id "
    async with tenant_transaction(country.south.company.hr):
        rows = await fetch(f"{sums} where n.plan_id = $1 group by n.id", plan)
    return {row["id"]: (row["total"], row["weeks"]) for row in rows}


async def test_a_draft_that_takes_over_a_scenario_spreads_its_weeks_anew(country: Country, planner: Gate) -> None:
    run = await country.run()
    plan: UUID = (await country.nodes(run.id))[-1]["plan_id"]
    before = await weeks(country, plan)
    scenario = await planner.does("branchPlan", "Plan { id }", planId=encode_id("Plan", plan), title="加码")
    node = (await planner.nodes(scenario["id"]))[0]
    tuned = {"nodeId": node["id"], "version": 1, "value": "1600000.00", "reason": "加码"}
    assert (await planner.does("tunePlanNode", "PlanNode { value }", **tuned))["value"] == "1600000.00"
    live = await planner.does("promoteScenario", "Plan { id state }", planId=scenario["id"], version=2, originVersion=1)
    assert live == {"id": encode_id("Plan", plan), "state": "DRAFT"}
    async with tenant_transaction(country.south.company.hr):
        nodes = await list_nodes(country.south.company.hr, plan_id=plan)
    after = await weeks(country, plan)
    assert nodes[0].value == Decimal("1600000.00") != before[nodes[0].id][0]
    assert after == {each.id: (each.value, 53) for each in nodes if each.id in before}
    assert len(after) == len(before) > 1


async def test_what_waits_for_its_report_says_nothing_about_how_fair_a_plan_is(gate: Gate) -> None:
    for code in ("HN1", "HN2", "HN3", "HN4"):
        await gate.report(code)
    (found,) = (await gate.ask(gate.hr, FAIR, ids=[await gate.plan()]))["plans"]
    assert (found["assigned"], found["gap"]) == ("20100000.00", "9900000.00")
    loads = found["fairness"]["loads"]
    assert loads[0] == {"share": "0.000000", "potential": "0.000000", "ratio": None}
    # Of the four that have a part, 6,000,000 of 20,100,000 go to 0.20 of the 0.60 of their potential.
    assert loads[1] == {"share": "0.298507", "potential": "0.333333", "ratio": "0.895522"}
    assert found["fairness"]["mean"] == "5025000.00"
    blind = (await gate.ask(gate.hr, FAIR, ids=[await gate.plan()]))["plans"][0]
    assert blind["fairness"] == found["fairness"]


async def test_a_plan_of_which_every_part_waits_is_compared_all_the_same(gate: Gate) -> None:
    (found,) = (await gate.ask(gate.hr, FAIR, ids=[await gate.plan()]))["plans"]
    assert (found["assigned"], found["fairness"]["mean"]) == ("0.00", "0.00")


def test_a_plan_is_computed_again_in_the_frame_that_it_was_made_in() -> None:
    """The days of work and the day by which people were judged are the plan's; plans without a day go by the cycle's first."""
    cycle = Cycle(tenant_id=NOBODY, starts_on=date(2026, 4, 1), ends_on=date(2026, 9, 30))
    template = equal_template(calendar={"first_month": 4})
    for as_of, counts_from in ((date(2026, 6, 15), date(2026, 6, 15)), (None, date(2026, 4, 1))):
        frame = frame_of_plan(template, Plan(tenant_id=NOBODY, as_of=as_of, working_days=124), cycle)
        assert (frame.starts_on, frame.ends_on, frame.days, frame.as_of) == (cycle.starts_on, cycle.ends_on, 124, counts_from)
        assert len(frame.periods) == 6
