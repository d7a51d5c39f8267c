"""Where a goal comes from repeats its plan and its revisions: hidden there, it is hidden in the derivation (C56, C91)."""

from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database
from plumb_schema.ground.ids import encode_id
from plumb_tenants.decomposition.resources import PLAN, PLAN_NODE
from plumb_tenants.revisions.resources import REVISION
from support.asking import Ask
from support.companies import CompanyFixture, member
from support.matrices import grant, matrix, published
from support.revisions_made import make_reset
from support.south import make_south

CAME = "query ($id: ID!) { goalTransparency(goalId: $id) { derivation } }"
GOALS = "{ goals(first: 5, where: {parentId: {isNull: true}}) { edges { node { id } } } }"
SEEN = PLAN.fields | PLAN_NODE.fields
OF_PLAN = {
    *("kind", "plan_id", "template_version_id", "template_checksum", "total"),
    *("node_id", "suggested", "contributions", "adjustment", "reason"),
}


async def derivation(ask: Ask, company: CompanyFixture, goal: str, *grants: dict[str, Any]) -> dict[str, Any]:
    """Return a goal's derivation as it is told to who holds these grants beside the goals."""
    await published(company.admin, matrix(reader=[grant("goal:read"), grant("cycle:read"), *grants]))
    reader: Actor = await member(company.tenant_id, "reader")
    found: dict[str, Any] = (await ask(reader, CAME, id=goal))["derivation"]
    return found


@pytest.mark.parametrize(
    ("hidden", "lacking"),
    [
        ("Plan.title", set()),
        ("Plan.total", {"total"}),
        ("PlanNode.suggested", {"suggested", "adjustment"}),
        ("PlanNode.value", {"adjustment"}),
        ("PlanNode.factors", {"contributions"}),
        ("PlanNode.reason", {"reason"}),
    ],
)
async def test_what_is_hidden_of_a_plan_is_hidden_of_where_its_goals_come_from(
    database: Database, ask: Ask, hidden: str, lacking: set[str]
) -> None:
    south = await make_south()
    plan, _ = await south.plan()
    await south.publish(plan)
    goal = (await ask.nodes(south.company.hr, GOALS))[0]["id"]
    narrow = grant("plan:read", fields=sorted(SEEN - {hidden}))
    assert set(await derivation(ask, south.company, goal, narrow)) == OF_PLAN - lacking
    # Who reads no plan of that unit is told what the goal tells, as its owner is.
    assert set(await derivation(ask, south.company, goal)) == OF_PLAN


async def test_a_hidden_cause_of_a_revision_is_not_told_by_the_goal_that_it_changed(database: Database, ask: Ask) -> None:
    reset = await make_reset()
    await reset.revise()
    goal = encode_id("Goal", UUID(str(reset.goal)))
    whole = await derivation(ask, reset.bureau.company, goal, grant("revision:read"))
    assert (whole["kind"], bool(whole["reason"])) == ("revision", True)
    narrow = grant("revision:read", fields=sorted(REVISION.fields - {"Revision.cause"}))
    found = await derivation(ask, reset.bureau.company, goal, narrow)
    assert set(whole) - set(found) == {"reason"}
    assert whole["reason"] not in str(found)
    assert await derivation(ask, reset.bureau.company, goal) == whole
