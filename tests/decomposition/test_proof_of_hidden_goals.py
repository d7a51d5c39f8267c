"""A plan's proof compares its nodes with their goals, down to the people: it tells nobody of what they do not see (C56, N1)."""

from decimal import Decimal

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_tenants.access.fields import FieldHidden
from plumb_tenants.decomposition.service import Plan, publish_run, reconcile_plan
from plumb_tenants.goals.service import get_goal, revise_goal
from support.companies import add_person, member
from support.country import Country
from support.matrices import Json, grant, matrix, published
from support.south import South

FILTERED = grant("goal:read", filter='title = "别处"')
DENIED = [grant("goal:read"), grant("goal:read", filter="target > 9000000", effect="DENY")]


async def revised(south: South) -> Plan:
    """Publish the plan and move the goal of its first node, so that a comparison would tell the new target."""
    plan, nodes = await south.plan()
    await south.publish(plan)
    async with tenant_transaction(south.company.hr):
        goal_id = await fetch_value("select goal_id from plan_node where id = $1", nodes[0].id)
        goal = await get_goal(south.company.hr, goal_id)
        target = goal.target + Decimal(1)
        await revise_goal(south.company.hr, goal_id=goal_id, version=goal.version, target=target, reason="追加")
    return plan


async def proof(actor: Actor, plan: Plan) -> str | list[Decimal]:
    """Return the differences that a proof tells, or why there is none."""
    try:
        async with tenant_transaction(actor):
            found = await reconcile_plan(actor, plan.id)
    except FieldHidden as hidden:
        return hidden.code
    return [fault.difference for each in found.plans for fault in each.faults]


@pytest.mark.parametrize("grants", [[grant("goal:read", "OWN")], [FILTERED], DENIED, []])
async def test_who_reads_a_plan_and_not_its_goals_gets_no_proof_of_them(south: South, grants: list[Json]) -> None:
    plan = await revised(south)
    assert await proof(south.company.hr, plan) == [Decimal("1.00")]
    body = matrix(reader=[grant("plan:read"), *grants], both=[grant("plan:read"), grant("goal:read")])
    await published(south.company.system, body)
    assert await proof(await member(south.company.tenant_id, "reader"), plan) == "FIELD_HIDDEN"
    assert await proof(await member(south.company.tenant_id, "both"), plan) == [Decimal("1.00")]


async def test_who_reads_a_plan_and_not_those_below_it_gets_no_proof_of_them(country: Country) -> None:
    """Sums of a level tell its rows: whoever does not reach a plan below gets none, whoever reaches all gets them."""
    south, hr = country.south, country.south.company.hr
    run = await country.run()
    async with tenant_transaction(hr):
        await publish_run(hr, run_id=run.id, version=run.version)
        plan = await Plan.get(run_id=run.id, parent_goal_id=None)
    near, far = ([grant("plan:read", scope), grant("goal:read")] for scope in ("UNIT", "SUBTREE"))
    await published(south.company.system, matrix(near=near, far=far))
    beside, above = [await add_person(south.company, key, key, unit=south.unit, roles=(key,)) for key in ("near", "far")]
    assert (await proof(beside, plan), await proof(above, plan)) == ("FIELD_HIDDEN", [])
    alone, _ = await south.plan()
    assert await proof(beside, alone) == [], "nothing is below it"


@pytest.mark.parametrize(
    "denied",
    [
        grant("plan:read", fields=["PlanNode.value"], effect="DENY"),
        grant("plan:read", fields=["Plan.total"], effect="DENY"),
    ],
)
async def test_who_reads_a_plan_and_not_its_total_or_its_parts_gets_no_proof(country: Country, denied: Json) -> None:
    hr = country.south.company.hr
    run = await country.run()
    async with tenant_transaction(hr):
        await publish_run(hr, run_id=run.id, version=run.version)
        plan = await Plan.get(run_id=run.id, parent_goal_id=None)
    reads = [grant("plan:read"), grant("goal:read")]
    await published(country.south.company.system, matrix(reader=[*reads, denied], both=reads))
    assert await proof(await member(hr.tenant_id, "reader"), plan) == "FIELD_HIDDEN"
    assert await proof(await member(hr.tenant_id, "both"), plan) == []
