"""Amounts in refusals of splits: what is kept of a plan, a template's padding, and figures that were found (C56, A6, A7)."""

from collections.abc import Collection
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, fetch, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.shipped import DEFAULT
from plumb_tenants.decomposition.resources import PLAN, PLAN_NODE
from support.asking import Ask
from support.matrices import matrix, published
from support.metrics_made import publish_body
from support.south import PEOPLE_BODY, South, make_south

PROBLEM = "... on Problem { code field message }"
BRANCH = f"mutation ($input: BranchPlanInput!) {{ branchPlan(input: $input) {{ ... on Plan {{ id total }} {PROBLEM} }} }}"
CREATE = f"mutation ($input: CreatePlanInput!) {{ createPlan(input: $input) {{ ... on Plan {{ id total }} {PROBLEM} }} }}"
PLANS = "{ plans { edges { node { title } } } }"
SEEN = PLAN.fields | PLAN_NODE.fields
TOTAL = "30000000.00"


@pytest.fixture
async def south(database: Database) -> South:
    return await make_south()


async def hidden_from_hr(south: South, permission: str, fields: Collection[str]) -> None:
    """Publish the shipped matrix with the fields of what HR reads limited to some."""
    (present,) = [role["grants"] for role in DEFAULT["roles"] if role["key"] == "hr"]
    word = permission.split(":")
    grants = [each | {"fields": sorted(fields)} if [each["resource"], each["action"]] == word else each for each in present]
    assert grants != present
    await published(south.company.admin, matrix(hr=grants))


async def plans(south: South) -> int:
    async with tenant_transaction(south.company.system):
        (row,) = await fetch("select count(*)::int as n from plan")
    return int(row["n"])


async def held(south: South) -> dict[str, Any]:
    """Return what would branch a plan with more held than it has."""
    plan, _ = await south.plan()
    terms = {"childId": encode_id("OrgUnit", south.provinces[0]), "held": "30000000.01"}
    return {"planId": encode_id("Plan", plan.id), "title": "上调", "inputs": [terms]}


async def refused(ask: Ask, actor: Actor, document: str, asked: dict[str, Any]) -> tuple[str, str]:
    found = await ask(actor, document, input=asked)
    return found["code"], found["message"]


async def test_a_branch_tells_the_total_that_it_keeps_to_those_alone_who_see_it(south: South, ask: Ask) -> None:
    hr, asked = south.company.hr, await held(south)
    code, plain = await refused(ask, hr, BRANCH, asked)
    assert (code, TOTAL in plain, "-0.01" in plain) == ("HOLD_IMPOSSIBLE", True, True)
    before = await plans(south)
    for name in ("Plan.total", "Plan.paddingPercent", "PlanNode.held", "PlanNode.factors"):
        await hidden_from_hr(south, "plan:read", SEEN - {name})
        code, message = await refused(ask, hr, BRANCH, asked)
        assert (code, name in message, TOTAL in message, "0.01" in message) == ("FIELD_HIDDEN", True, False, False), name
    assert await plans(south) == before
    # A copy as it is tells nothing, and is theirs to make.
    made = await ask(hr, BRANCH, input={"planId": asked["planId"], "title": "副本"})
    assert made["total"] == TOTAL


async def test_a_padded_total_tells_its_padding_to_those_alone_who_read_the_template(south: South, ask: Ask) -> None:
    padded = PEOPLE_BODY | {"padding_percent": "10.00", "padding_max_percent": "20.00"}
    template = await publish_body(south.company.hr, "decomposition", "padded-people", padded)
    person = south.representatives[0].person_id
    assert person is not None
    asked = {
        "cycleId": encode_id("Cycle", south.cycle),
        "templateVersionId": encode_id("DefinitionVersion", template),
        "unitId": encode_id("OrgUnit", south.provinces[0]),
        "total": "100.00",
        "inputs": [{"childId": encode_id("Person", person), "held": "200.00"}],
    }
    hr = south.company.hr
    code, plain = await refused(ask, hr, CREATE, asked)
    assert (code, "110.00" in plain, "-90.00" in plain) == ("HOLD_IMPOSSIBLE", True, True)
    fields = {"DefinitionVersion.note", "Definition.current"}
    await hidden_from_hr(south, "definition:read", fields)
    code, message = await refused(ask, hr, CREATE, asked)
    assert (code, "200.00" in message, "110.00" in message, "90.00" in message) == ("HOLD_IMPOSSIBLE", True, False, False)
    assert "the total (hidden): nobody can take the rest of (hidden)" in message
    # A padding of one's own says nothing that one did not say.
    code, message = await refused(ask, hr, CREATE, asked | {"paddingPercent": "20.00"})
    assert (code, "120.00" in message, "-80.00" in message) == ("HOLD_IMPOSSIBLE", True, True)
