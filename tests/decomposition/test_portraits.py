"""The portrait gate over the API: who has no complete report is not split for, is named, and comes late without a shift (C82)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.approvals.service import Decision, decide
from plumb_tenants.definitions.service import new_draft, publish_version, update_draft
from plumb_tenants.goals.kinds import GoalKind
from plumb_tenants.goals.service import (
    GoalDraft,
    NewVersion,
    create_goal,
    propose_goal,
    replace_version,
    revise_goal,
    withdraw_goal,
)
from support.approvals_made import lines, step
from support.asking import Ask
from support.companies import add_person, add_unit
from support.matrices import less, published
from support.metrics_made import publish_body
from support.portraits_made import COMPLETE, EXPLAIN, GATE, PLAN, PREVIEW, RECONCILE, SALES, VALUES, Gate, make_gate
from support.south import UNITS_BODY, South, make_south


async def test_a_gate_that_nobody_could_pass_is_not_published(gate: Gate) -> None:
    text = {"key": "名", "type": "text", "label": "名", "required": True}
    await publish_body(gate.hr, "form", "unfit", {"title": "无部门", "fields": [text]})
    cases = (
        ({"form": "nowhere"}, "REPORT_FORM_MISSING", "The form nowhere of the report is not in effect; publish it first."),
        ({"form": "unfit"}, "REPORT_FORM_UNFIT", "The field 省区 of the form unfit must be a required unit field"),
        (GATE | {"period": "备注"}, "REPORT_FORM_UNFIT", "The field 备注 of the form market-portrait must be a required period"),
    )
    factors = [{"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}]
    body = {"metric": "销售额", "unitOfMeasure": "元", "level": "UNITS", "factors": factors}
    for number, (portrait, code, told) in enumerate(cases):
        given: dict[str, Any] = {"key": f"x{number}", "name": "x", "body": {"decomposition": body | {"portrait": portrait}}}
        made = await gate.does("createDefinition", "DefinitionVersion { id version }", **given)
        found = await gate.does("publishVersion", "DefinitionVersion { id }", **made)
        assert (found["code"], found["field"], found["message"][: len(told)]) == (code, "portrait.form", told)


async def test_an_incomplete_report_blocks_its_own_node_and_the_siblings_go_on(gate: Gate) -> None:
    for code in ("HN1", "HN2", "HN3", "HN4"):
        assert (await gate.report(code))["state"] == "SUBMITTED"
    await gate.draft("HN0", {"周期": "2026", "同期_一年前": "777777.00", "活跃代表数": 3})
    seen = await gate.ask(gate.hr, PREVIEW, input=gate.input())
    missing = [*SALES[1:], "重点客户", "代表能力评级"]
    assert (seen["gap"], seen["nodes"][0]) == (
        "9900000.00",
        {"name": "广东", "suggested": "0.00", "blocked": "NOT_SUBMITTED", "missing": missing},
    )
    plan = await gate.plan()
    nodes = await gate.nodes(plan)
    assert [node["value"] for node in nodes] == ["0.00", *VALUES[1:]]
    assert [(node["blocked"], node["missing"]) for node in nodes] == [("NOT_SUBMITTED", missing), *[(None, [])] * 4]
    assert await gate.ask(gate.hr, RECONCILE, id=plan) == {
        "holds": True,
        "levels": [{"total": "30000000.00", "assigned": "20100000.00", "gap": "9900000.00", "residual": "0.00"}],
    }
    tuned: dict[str, Any] = {"nodeId": nodes[0]["id"], "version": 1, "value": "0.00", "reason": "先给一点"}
    refused = await gate.does("tunePlanNode", "PlanNode { id }", **tuned)
    assert (refused["code"], refused["field"]) == ("NODE_BLOCKED", "nodeId")
    assert "(missing: 两年前同期销售额、三年前同期销售额、重点客户、代表能力评级)" in refused["message"]
    given: dict[str, Any] = {"planId": plan, "version": 1, "acceptGap": False}
    refused = await gate.does("publishPlan", "Plan { id }", **given)
    assert (refused["code"], "9900000.00" in refused["message"]) == ("PLAN_HAS_GAP", True)


async def test_a_report_that_comes_late_gives_its_node_the_part_that_was_left_open_and_moves_nobody(gate: Gate) -> None:
    for code in ("HN1", "HN2", "HN3"):
        await gate.report(code)
    plan = await gate.plan()
    before = await gate.nodes(plan)
    assert [node["value"] for node in before] == ["0.00", *VALUES[1:4], "0.00"]
    await gate.report("HN0")
    stale = await gate.does("unblockPlan", "Plan { id }", planId=plan, version=7)
    assert stale["code"] == "CONFLICT"
    assert (await gate.unblock(plan))["version"] == 2
    after = await gate.nodes(plan)
    assert [node["value"] for node in after] == [*VALUES[:4], "0.00"]
    assert [node["id"] for node in after] == [node["id"] for node in before]
    assert after[1:4] == before[1:4]
    explained = await gate.ask(gate.hr, EXPLAIN, id=after[0]["id"])
    assert explained == {"value": "9900000.00", "holds": True, "adjustments": []}
    explained = await gate.ask(gate.hr, EXPLAIN, id=after[4]["id"])
    assert explained == {"value": "0.00", "holds": True, "adjustments": [{"kind": "BLOCKED", "amount": "-4050000.00"}]}
    published = await gate.does("publishPlan", "Plan { state version }", planId=plan, version=2)
    assert published == {"state": "PUBLISHED", "version": 3}
    assert [node["goal"] and node["goal"]["target"] for node in await gate.nodes(plan)] == [*VALUES[:4], None]
    await gate.report("HN4")
    for _ in range(2):
        assert (await gate.unblock(plan))["state"] == "PUBLISHED"
    nodes = await gate.nodes(plan)
    assert [node["goal"]["target"] for node in nodes] == VALUES
    assert (await gate.ask(gate.hr, RECONCILE, id=plan))["levels"][0]["gap"] == "0.00"
    assert await gate.south.count("goal") == 5


async def test_a_report_that_comes_after_the_goal_was_withdrawn_makes_no_part_of_it(gate: Gate) -> None:
    hr = gate.hr
    measured: dict[str, Any] = {"metric": "销售额", "unit_of_measure": "元", "target": Decimal(30000000)}
    async with tenant_transaction(hr):
        wanted = GoalDraft(cycle_id=gate.south.cycle, kind=GoalKind.KPI, title="全年", unit_id=gate.south.unit, **measured)
        goal = await create_goal(hr, draft=wanted)
    plan = await gate.plan(parentGoalId=encode_id("Goal", goal))
    await gate.does("publishPlan", "Plan { id }", planId=plan, version=1)
    async with tenant_transaction(hr):
        await withdraw_goal(hr, goal_id=goal, version=1, reason="业务线裁撤")
    await gate.report("HN0")
    refused = await gate.unblock(plan)
    assert (refused["code"], refused["field"]) == ("PARENT_WITHDRAWN", "planId")
    assert [node["blocked"] for node in await gate.nodes(plan)] == ["NOT_SUBMITTED"] * 5
    assert await gate.south.count("goal") == 1


async def test_a_report_that_comes_after_the_goal_was_revised_gives_no_part_of_the_old_total(gate: Gate) -> None:
    hr = gate.hr
    measured: dict[str, Any] = {"metric": "销售额", "unit_of_measure": "元", "target": Decimal(30000000)}
    async with tenant_transaction(hr):
        wanted = GoalDraft(cycle_id=gate.south.cycle, kind=GoalKind.KPI, title="全年", unit_id=gate.south.unit, **measured)
        goal = await create_goal(hr, draft=wanted)
        await propose_goal(hr, goal_id=goal, version=1)
    for code in ("HN1", "HN2"):
        await gate.report(code)
    plan = await gate.plan(parentGoalId=encode_id("Goal", goal))
    await gate.does("publishPlan", "Plan { id }", planId=plan, version=1)
    async with tenant_transaction(hr):
        await revise_goal(hr, goal_id=goal, version=2, target=Decimal(60000000), reason="市场变化")
        # As the revision is carried to the siblings: each keeps its share. One of them was then revised by hand.
        for sibling, targets in zip(await _parts(goal), (("12000000",), ("10500000", "10000000")), strict=True):
            for target in targets:
                await replace_version(hr, sibling, NewVersion(target=Decimal(target), source={"reason": "上级修订"}))
    await gate.report("HN0")
    refused = await gate.unblock(plan)
    assert (refused["code"], refused["field"], "60000000.00" in refused["message"]) == ("PARENT_REVISED", "planId", True)
    assert [node["blocked"] for node in await gate.nodes(plan)] == ["NOT_SUBMITTED", None, None, *["NOT_SUBMITTED"] * 2]
    branched = await gate.does("branchPlan", "Plan { id }", planId=plan, title="新总额", total="60000000.00")
    given = {"planId": branched["id"], "version": 1, "originVersion": await gate.version(plan)}
    assert await gate.does("promoteScenario", "Plan { state }", **given) == {"state": "PUBLISHED"}
    goals = [node["goal"] and node["goal"]["target"] for node in await gate.nodes(branched["id"])]
    assert goals == ["19800000.00", "12000000.00", "10500000.00", None, None]
    assert await gate.ask(gate.hr, RECONCILE, id=branched["id"]) == {
        "holds": True,
        "levels": [{"total": "60000000.00", "assigned": "42300000.00", "gap": "17700000.00", "residual": "0.00"}],
    }
    async with tenant_transaction(hr):
        # Who had come to the new value already is not asked to confirm it a second time.
        numbers = await fetch("select current_number from goal where id = any($1::uuid[])", (await _parts(goal))[:1])
    assert numbers == [{"current_number": 2}]


async def _parts(goal: UUID) -> list[UUID]:
    return [row["id"] for row in await fetch("select id from goal where parent_id = $1 order by id", goal)]


async def test_siblings_that_were_rebalanced_keep_their_values_when_a_report_comes_late(south: South, ask: Ask) -> None:
    gate = await make_gate(south, ask, UNITS_BODY | {"balance": "REBALANCE_SIBLINGS"})
    for code in ("HN1", "HN2", "HN3", "HN4"):
        await gate.report(code)
    plan = await gate.plan()
    node = (await gate.nodes(plan))[1]
    await gate.does("tunePlanNode", "PlanNode { id }", nodeId=node["id"], version=1, value="6600000.00", reason="三家医院换代")
    before = [node["value"] for node in await gate.nodes(plan)]
    # 600,000 more for 福建 come from the three who are neither tuned nor waiting, by what was suggested for them.
    assert before == ["0.00", "6600000.00", "5026595.75", "4595744.68", "3877659.57"]
    await gate.report("HN0")
    await gate.unblock(plan)
    nodes = await gate.nodes(plan)
    assert [node["value"] for node in nodes] == ["9900000.00", *before[1:]]
    for node in nodes:
        assert (await gate.ask(gate.hr, EXPLAIN, id=node["id"]))["holds"]
    assert (await gate.ask(gate.hr, RECONCILE, id=plan))["holds"]


async def test_neither_another_cycle_nor_another_branch_nor_another_company_counts(gate: Gate, ask: Ask) -> None:
    other = await make_gate(await make_south("另一家公司"), ask)
    await other.report("HN3")
    north = await add_unit(gate.south.company, "HB", "华北", parent=gate.south.company.units["HQ"])
    stranger = await add_person(gate.south.company, "M9", "华北人事", unit=north, roles=("employee", "hr"))
    await gate.report("HN0", COMPLETE | {"周期": "2025"})
    await gate.report("HN1", COMPLETE | {"周期": "2026-Q1"})
    assert (await gate.report("HN2", by=stranger))["state"] == "SUBMITTED"
    everything = [*SALES, "重点客户", "活跃代表数"]
    nodes = await gate.nodes(await gate.plan())
    assert [(node["value"], node["blocked"]) for node in nodes] == [("0.00", "NOT_SUBMITTED")] * 5
    assert {tuple(node["missing"]) for node in nodes} == {tuple(everything)}
    assert [node["value"] for node in await other.nodes(await other.plan())] == ["0.00"] * 3 + ["4800000.00", "0.00"]


async def test_a_report_that_runs_on_a_flow_counts_once_it_is_approved(gate: Gate) -> None:
    south = gate.south
    flow = {"steps": [step("chief", lines({"by": "PERSON", "number": "M2"}))]}
    await publish_body(gate.hr, "flow", "portrait-review", flow)
    async with tenant_transaction(gate.hr):
        definition = await fetch_value("select id from definition where key = 'market-portrait'")
        draft = await new_draft(gate.hr, definition)
        draft = await update_draft(gate.hr, draft.id, version=draft.version, body=draft.body | {"flow": "portrait-review"})
        gate.form = encode_id("DefinitionVersion", (await publish_version(gate.hr, draft.id, version=draft.version)).id)
    assert (await gate.report("HN1"))["state"] == "IN_APPROVAL"
    plan = await gate.plan()
    waiting = (await gate.nodes(plan))[1]
    assert (waiting["value"], waiting["blocked"], waiting["missing"]) == ("0.00", "NOT_APPROVED", [])
    async with tenant_transaction(south.guangdong_manager):
        task = await fetch_value("select id from approval_task")
        await decide(south.guangdong_manager, task_id=task, decision=Decision.APPROVE, comment="属实", object_version=1)
    await gate.unblock(plan)
    assert [node["value"] for node in await gate.nodes(plan)] == ["0.00", "6000000.00", "0.00", "0.00", "0.00"]


async def test_the_gate_tells_names_of_fields_and_nothing_of_a_report_that_one_may_not_read(gate: Gate) -> None:
    hidden = {"周期": "2026", "同期_一年前": "777777.00", "备注": "院长将换人"}
    await gate.draft("HN0", hidden)
    await published(gate.south.company.admin, less("hr", "submission:read"))
    reader = gate.hr
    plan = await gate.plan()
    told = [await gate.ask(reader, PLAN, id=plan), await gate.ask(reader, PREVIEW, input=gate.input())]
    assert told[0]["nodes"]["edges"][0]["node"]["missing"] == [*SALES[1:], "重点客户", "活跃代表数"]
    assert not [value for value in ("777777", "院长") if value in str(told)]
    refused = await gate.unblock(plan, by=gate.south.guangdong_manager)
    assert refused["code"] == "FORBIDDEN"
    other = await make_south("另一家公司")
    refused = await gate.does("unblockPlan", "Plan { id }", by=other.company.hr, planId=plan, version=1)
    assert (refused["code"], refused["field"]) == ("NOT_FOUND", "planId")
