"""The three ways through all levels over the API: from the top, level by level, from the bottom, and both reconciled (C34)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.words import fields_of
from support.asking import Ask
from support.country import Country
from support.decomposition_made import work_off
from support.matrices import grant, less, published
from support.portraits_made import RECONCILE, Gate

RUN = """query ($id: ID!) { planRun(id: $id) { state version levels levelsDone method total nodes
  plans { edges { node { id depth nodes { edges { node { id name value version } } } } } } } }"""
COMPARE = """query ($first: ID!, $second: ID!) { compareRuns(firstId: $first, secondId: $second) {
  levels { depth first second difference } children { name first second difference } } }"""


@dataclass
class Desk:
    """HR of a company that is split through two levels: five provinces, and four people of the first."""

    country: Country
    gate: Gate

    def input(self, **changes: Any) -> dict[str, Any]:
        south = self.country.south
        asked = {
            "cycleId": encode_id("Cycle", south.cycle),
            "unitId": encode_id("OrgUnit", south.unit),
            "unitsVersionId": encode_id("DefinitionVersion", self.country.units),
            "peopleVersionId": encode_id("DefinitionVersion", self.country.people),
        }
        return asked | changes

    async def run(self, **changes: Any) -> dict[str, Any]:
        """Start a run, let the workers do what is to do, and return it as it stands."""
        started = await self.gate.does("startRun", "PlanRun { id }", **self.input(**changes))
        assert "id" in started, started
        return await self.work(started["id"])

    async def work(self, run: str) -> dict[str, Any]:
        await work_off(self.gate.hr, UUID(run.partition("_")[2]))
        found: dict[str, Any] = await self.gate.ask(self.gate.hr, RUN, id=run)
        return found | {"id": run}

    async def compared(self, first: str, second: str, ask: Ask | None = None) -> Any:
        return await (ask or self.gate.ask)(self.gate.hr, COMPARE, first=first, second=second)


@pytest.fixture
def desk(country: Country, ask: Ask) -> Desk:
    return Desk(country, Gate(country.south, ask, country.units, ""))


def nodes(run: dict[str, Any], depth: int) -> list[dict[str, Any]]:
    """Return the nodes of the plans of a depth."""
    plans = [edge["node"] for edge in run["plans"]["edges"]]
    return [edge["node"] for plan in plans if plan["depth"] == depth for edge in plan["nodes"]["edges"]]


async def test_a_run_without_a_total_or_a_commitment_is_refused_by_its_place(desk: Desk) -> None:
    for changes, code, field in (
        ({}, "PLAN_TOTAL_MISSING", "total"),
        ({"total": "-1.00"}, "PLAN_TOTAL_NEGATIVE", "total"),
        ({"method": "BOTTOM_UP"}, "COMMITMENT_MISSING", "inputs"),
        ({"total": "1.00", "unitsVersionId": desk.input()["peopleVersionId"]}, "RUN_TEMPLATES_DIFFER", "unitsVersionId"),
    ):
        refused = await desk.gate.does("startRun", "PlanRun { id }", **desk.input(**changes))
        assert (refused["code"], refused["field"]) == (code, field), changes
    assert await desk.country.south.count("plan_run") == 0


async def test_a_waterfall_stops_at_each_level_and_carries_what_was_tuned_down_to_the_people(desk: Desk) -> None:
    run = await desk.run(method="WATERFALL", total="30000000.00")
    assert (run["state"], run["method"], run["levels"], run["levelsDone"]) == ("WAITING", "WATERFALL", 2, 1)
    early = await desk.gate.does("publishRun", "PlanRun { id }", runId=run["id"], version=run["version"])
    assert early["code"] == "RUN_NOT_DONE"
    guangdong = nodes(run, 0)[0]
    tuned = {"nodeId": guangdong["id"], "version": 1, "value": "6600000.00", "reason": "三家医院换代"}
    assert await desk.gate.does("tunePlanNode", "PlanNode { value }", **tuned) == {"value": "6600000.00"}
    wrong = await desk.gate.does("continueRun", "PlanRun { id }", runId=run["id"], version=run["version"], level=2)
    assert (wrong["code"], wrong["field"]) == ("RUN_LEVEL_INVALID", "level")
    await desk.gate.does("continueRun", "PlanRun { id }", runId=run["id"], version=run["version"], level=1)
    done = await desk.work(run["id"])
    assert (done["state"], [node["value"] for node in nodes(done, 1)]) == ("DONE", ["1650000.00"] * 4)
    below = await desk.gate.does("continueRun", "PlanRun { id }", runId=run["id"], version=done["version"], level=2)
    assert (below["code"], below["field"]) == ("RUN_LEVEL_INVALID", "level"), "there is no level below the last"


async def test_commitments_add_up_from_the_bottom_and_stand_beside_what_the_top_asks(desk: Desk) -> None:
    south = desk.country.south
    staff = [each.person_id or UUID(int=0) for each in (south.guangdong_manager, *south.representatives)]
    said = [{"childId": encode_id("Person", who), "held": f"{amount}.00"} for amount, who in enumerate(staff, 1)]
    said += [{"childId": encode_id("OrgUnit", unit), "held": "5.50"} for unit in south.provinces[1:]]
    bottom = await desk.run(method="BOTTOM_UP", inputs=said)
    top = await desk.run(total="30.00")
    assert (bottom["total"], [node["value"] for node in nodes(bottom, 1)]) == ("32.00", ["1.00", "2.00", "3.00", "4.00"])
    assert [node["value"] for node in nodes(bottom, 0)] == ["10.00", *["5.50"] * 4]
    found = await desk.compared(top["id"], bottom["id"])
    assert found["levels"] == [
        {"depth": 0, "first": "30.00", "second": "32.00", "difference": "2.00"},
        {"depth": 1, "first": "6.00", "second": "10.00", "difference": "4.00"},
    ]
    assert found["children"][:2] == [
        {"name": "广东", "first": "6.00", "second": "10.00", "difference": "4.00"},
        {"name": "福建", "first": "6.00", "second": "5.50", "difference": "-0.50"},
    ]
    page = """query ($first: ID!, $second: ID!) { compareRuns(firstId: $first, secondId: $second, depth: 1, skip: 1, first: 2) {
      levels { depth } children { name difference } } }"""
    found = await desk.gate.ask(desk.gate.hr, page, first=top["id"], second=bottom["id"])
    assert [each["difference"] for each in found["children"]] == ["0.50", "1.50"]
    assert [each["depth"] for each in found["levels"]] == [0, 1]
    for run in (top, bottom):
        plan = run["plans"]["edges"][0]["node"]["id"]
        assert (await desk.gate.ask(desk.gate.hr, RECONCILE, id=plan))["holds"] is True
    other = await desk.run(total="30.00", unitId=encode_id("OrgUnit", south.company.units["HQ"]))
    refused = Ask(desk.gate.ask.engine, desk.gate.ask.ground, otherwise=lambda body: body["errors"][0]["extensions"]["code"])
    assert await desk.compared(top["id"], other["id"], refused) == "RUNS_DIFFER"


async def test_who_may_not_see_the_figures_of_plans_compares_none(desk: Desk) -> None:
    run = await desk.run(total="30.00")
    plan = run["plans"]["edges"][0]["node"]["id"]
    admin, ask = desk.country.south.company.admin, desk.gate.ask
    shown = [each for each in fields_of(Permission.PLAN_READ) if each != "PlanNode.value"]
    body = less("hr", "plan:read")
    (role,) = [each for each in body["roles"] if each["key"] == "hr"]
    role["grants"].append(grant("plan:read", fields=sorted(shown)))
    await published(admin, body)
    refused = Ask(ask.engine, ask.ground, otherwise=lambda body: body["errors"][0]["extensions"]["code"])
    assert await refused(desk.gate.hr, COMPARE, first=run["id"], second=run["id"]) == "FIELD_HIDDEN"
    plans = "query ($ids: [ID!]!) { comparePlans(planIds: $ids) { nodes { name values } } }"
    assert await refused(desk.gate.hr, plans, ids=[plan]) == "FIELD_HIDDEN"
