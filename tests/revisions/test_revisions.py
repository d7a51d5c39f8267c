"""Revisions: three items, both lines, metric and weights, messages and marks, root causes (C70, C71, C74, C75, C76, D12)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import execute, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_schema.ground.ids import encode_id
from plumb_tenants.approvals.service import delegate_approvals, return_approval
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.goals.service import Said, check_in
from plumb_tenants.revisions.definition import RevisionRules
from plumb_tenants.revisions.reports import band_of
from plumb_tenants.revisions.service import (
    adjustments,
    close_root_cause,
    mark_changes_read,
    open_revision,
    submit_revision,
)
from plumb_tenants.snapshots.service import snapshot_bytes, take_snapshot
from support.asking import Ask
from support.revisions_made import OCTOBER_18, Reset

Act = Callable[[], Awaitable[Any]]


async def refused(reset: Reset, act: Act) -> tuple[str, str | None]:
    """Return code and field of a refusal that changed nothing."""
    state = "select md5(string_agg(r::text, '' order by r.id)) as r, (select count(*) from goal_version) as v from revision r"
    before = await reset.bureau.rows(state)
    with pytest.raises(DomainError) as caught:
        await act()
    assert await reset.bureau.rows(state) == before
    return caught.value.code, caught.value.field


@pytest.mark.parametrize(
    ("changes", "band"), [(0, "TOO_FEW"), (1, "TOO_FEW"), (2, "NORMAL"), (3, "NORMAL"), (4, "TOO_MANY"), (50, "TOO_MANY")]
)
def test_a_count_of_adjustments_is_too_few_normal_or_too_many_by_the_companys_band(changes: int, band: str) -> None:
    """C89: 2.3 a quarter is what case 004 came to from 0.7; here the band is 2 to 3."""
    rules = RevisionRules(adjustments_least=Decimal(2), adjustments_most=Decimal(3))
    assert band_of(changes, rules).value == band


async def _given(act: Awaitable[Any]) -> Any:
    return await act


async def test_each_of_the_three_items_is_mandatory_and_only_the_owner_asks(reset: Reset) -> None:
    with clock_at(OCTOBER_18):
        for other in (reset.bureau.director, reset.bureau.sales, reset.bureau.company.hr):
            code, _ = await refused(reset, partial(reset.open, other))
            assert code in ("REVISION_NOT_YOURS", "NOT_FOUND")
        revision_id = await reset.open()
        assert await refused(reset, reset.open) == ("REVISION_OPEN", "goalId")
        same: dict[str, Any] = {"target": Decimal(40), "metric": None, "weight": None, "weights": {}}
        wrong: list[tuple[dict[str, Any], str, str]] = [
            *(({item: blank}, "REVISION_ITEM_MISSING", item) for item in ("cause", "resources") for blank in ("", " \u3000\n")),
            ({"target": Decimal("1.001")}, "AMOUNT_INVALID", "target"),
            ({"weights": {}}, "REVISION_WEIGHTS_NOT_100", "weight"),
            ({"weights": {uuid4(): Decimal(40)}}, "NOT_FOUND", "weights[0].goalId"),
            ({"weights": {reset.other: Decimal("40.01")}}, "REVISION_WEIGHTS_NOT_100", "weight"),
            ({"version": 9}, "CONFLICT", "version"),
            (same, "REVISION_UNCHANGED", "target"),
        ]
        for changes, code, field in wrong:
            assert await refused(reset, partial(reset.submit, revision_id, **changes)) == (code, field)


async def test_a_delegate_asks_for_the_owner_between_two_days_and_not_afterwards(reset: Reset) -> None:
    bureau, day = reset.bureau, OCTOBER_18.date()
    with clock_at(OCTOBER_18):
        async with tenant_transaction(bureau.manager):
            given: dict[str, Any] = {"person_id": bureau.director.person_id, "starts_on": day, "ends_on": day}
            await delegate_approvals(bureau.manager, **given)
        revision_id = await reset.open(bureau.director)
        await reset.submit(revision_id, actor=bureau.director)
    (row,) = await bureau.rows("select opened_by, state from revision")
    assert row == {"opened_by": bureau.manager.person_id, "state": "SUBMITTED"}
    with clock_at(OCTOBER_18 + timedelta(days=1)):
        late = partial(reset.submit, revision_id, version=2, actor=bureau.director)
        assert await refused(reset, late) == ("NOT_FOUND", "revisionId")


async def test_the_form_of_a_red_goal_opens_with_what_stands(reset: Reset) -> None:
    hr, said = reset.bureau.company.hr, {reset.parts[0]: (reset.bureau.sales, 12), reset.parts[1]: (reset.bureau.colleague, 6)}
    with clock_at(OCTOBER_18):
        for goal, (actor, value) in said.items():
            async with tenant_transaction(actor):
                await check_in(actor, goal_id=goal, said=Said(value=Decimal(value)))
        async with tenant_transaction(hr):
            taken = await take_snapshot(hr)
            rows = [orjson.loads(line) for line in (await snapshot_bytes(hr, taken.id)).splitlines()]
        red = {row["title"]: row["goal_id"] for row in rows if row.get("mark") == "RED"}
        async with tenant_transaction(reset.bureau.manager):
            await open_revision(reset.bureau.manager, goal_id=UUID(red["拓新"]))
    (row,) = await reset.bureau.rows("select old ->> 'target' as t, target, metric, weight, state from revision")
    assert row == {
        "t": "40.00",
        "target": Decimal("40.00"),
        "metric": "新增客户数",
        "weight": Decimal("70.00"),
        "state": "DRAFT",
    }


async def test_one_line_that_rejects_ends_it_and_the_goal_stays(reset: Reset) -> None:
    with clock_at(OCTOBER_18):
        revision_id = await reset.open()
        approval = await reset.submit(revision_id)
        await reset.bureau.vote(approval, reset.bureau.strategist, "REJECT", object_version=1)
    assert await reset.bureau.tasks(approval) == ["D1 CANCELLED", "T1 REJECTED"]
    assert await reset.bureau.rows("select state from revision") == [{"state": "REJECTED"}]
    assert await reset.bureau.rows("select metric, current_number as n from goal where id = $1", reset.goal) == [
        {"metric": "新增客户数", "n": 1}
    ]


async def test_the_revision_of_18_october_replaces_metric_and_weights_and_keeps_the_goal(reset: Reset) -> None:
    with clock_at(OCTOBER_18):
        revision_id = await reset.open()
        approval = await reset.submit(revision_id)
    with clock_at(OCTOBER_18 + timedelta(hours=12)):
        await reset.approve(approval)
    goals = await reset.bureau.rows(
        "select g.metric, g.unit_of_measure as unit, g.state, v.number, v.target, v.weight, "
        "v.derivation ->> 'metric_before' as old, v.derivation ->> 'target_before' as was, "
        "v.derivation ->> 'revision_id' as by from goal g join goal_version v "
        "on v.goal_id = g.id and v.number = g.current_number where g.id = any($1) order by v.weight desc",
        [reset.goal, reset.other],
    )
    assert goals[0] == {
        "metric": "客户增购额",
        "unit": "元",
        "state": "PROPOSED",
        "number": 2,
        "target": Decimal("800000.00"),
        "weight": Decimal("60.00"),
        "old": "新增客户数",
        "was": "40.00",
        "by": str(revision_id),
    }
    assert (goals[1]["weight"], goals[1]["target"], goals[1]["metric"]) == (Decimal("40.00"), Decimal("90.00"), "续约率")
    assert await reset.bureau.rows(
        "select number, target, weight from goal_version where goal_id = $1 and number = 1", reset.goal
    ) == [{"number": 1, "target": Decimal("40.00"), "weight": Decimal("70.00")}]


async def test_everybody_touched_has_one_message_and_marks_until_they_read_and_the_graph_says_old_and_new(
    reset: Reset, ask: Ask
) -> None:
    bureau = reset.bureau
    with clock_at(OCTOBER_18):
        revision_id = await reset.open()
        approval = await reset.submit(revision_id)
    with clock_at(OCTOBER_18 + timedelta(hours=12)):
        await reset.approve(approval)
    with clock_at(OCTOBER_18 + timedelta(hours=62)):
        assert await reset.propagate(revision_id) == 2
        assert (await reset.publish(revision_id), await reset.publish(revision_id)) == (4, 0)
    told = await bureau.rows(
        "select p.number from message m join person p on p.id = m.person_id where m.kind = 'revision.published' order by 1"
    )
    assert [row["number"] for row in told] == ["C1", "M1", "S1", "S2"]
    query = """query ($id: ID!) { revision(id: $id) { state totalSeconds approvalSeconds tiltAfter
      impact { edges { node {
        direction depth goal { title } targetBefore targetAfter weightAfter partsAfter propagation } } } } }"""

    async def graph(actor: Actor) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
        found = await ask(actor, query, id=encode_id("Revision", revision_id))
        nodes = [each["node"] | {"goal": each["node"]["goal"]["title"]} for each in found["impact"]["edges"]]
        return found, [tuple(each.values()) for each in nodes]

    found, touched = await graph(bureau.company.hr)
    assert (found["totalSeconds"], found["approvalSeconds"], found["tiltAfter"]) == (62 * 3600, 12 * 3600, "专属客户成功经理配置")
    assert touched == [
        ("BESIDE", 0, "续约", "90.00", "90.00", "40.00", None, None),
        ("DOWN", 1, "拓新一组", "24.00", "480000.00", "100.00", None, "PROPOSED"),
        ("DOWN", 1, "拓新二组", "16.00", "320000.00", "100.00", None, "PROPOSED"),
        ("SELF", 0, "拓新", "40.00", "800000.00", "60.00", "800000.00", None),
        ("UP", 1, "公司增长卡", "100.00", "100.00", "100.00", None, None),
    ]
    assert (await graph(bureau.manager))[1] == touched[:4], "the card is above what a manager may read"
    marks = await bureau.rows(
        "select p.number || ' ' || g.title || ' ' || m.changed::text as s from change_mark m join person p on p.id = m.person_id "
        "join goal g on g.id = m.goal_id where m.read_at is null order by 1"
    )
    assert [row["s"] for row in marks][:3] == [
        'C1 拓新 ["target", "weight", "metric", "unitOfMeasure"]',
        'M1 拓新 ["target", "weight", "metric", "unitOfMeasure"]',
        'M1 续约 ["weight"]',
    ]
    async with tenant_transaction(bureau.sales):
        with pytest.raises(DomainError):
            await mark_changes_read(bureau.sales, goal_ids=[reset.goal, reset.other])
        assert await mark_changes_read(bureau.sales, goal_ids=[reset.goal]) == 1
        assert await mark_changes_read(bureau.sales, goal_ids=[reset.goal]) == 0
    assert len(await bureau.rows("select id from change_mark where read_at is null")) == 6


async def test_what_came_back_is_submitted_anew_as_another_version(reset: Reset) -> None:
    bureau = reset.bureau
    with clock_at(OCTOBER_18):
        revision_id = await reset.open()
        approval = await reset.submit(revision_id)
        task = await bureau.task(approval, bureau.strategist)
        async with tenant_transaction(bureau.strategist):
            await return_approval(bureau.strategist, task_id=task, to_step=None, object_version=1, comment="请说明测算")
        (row,) = await bureau.rows("select state, version from revision")
        assert row["state"] == "RETURNED"
        again = await reset.submit(revision_id, version=row["version"], target=Decimal("700000.00"))
        assert again == approval
        stale = bureau.vote(approval, bureau.director, object_version=1)
        assert await refused(reset, lambda: stale) == ("APPROVAL_VERSION_STALE", "objectVersion")
        await reset.approve(approval, number=2)
        late = submit_revision(bureau.manager, revision_id=revision_id, version=9, wanted=reset.wanted())
        async with tenant_transaction(bureau.manager):
            assert await refused(reset, lambda: late) == ("REVISION_SETTLED", "revisionId")
    assert await bureau.rows("select target from goal_version where goal_id = $1 and number = 2", reset.goal) == [
        {"target": Decimal("700000.00")}
    ]


async def test_the_fourth_revision_in_six_months_asks_why_the_fifth_joins_and_later_the_count_falls(reset: Reset) -> None:
    bureau = reset.bureau
    same: dict[str, Any] = {"metric": None, "unit_of_measure": None, "weight": None, "weights": {}}
    tickets = []
    for place in range(5):
        with clock_at(OCTOBER_18 + timedelta(days=10 * place)):
            revision_id = await reset.revise(target=Decimal(41 + place), **same)
        (row,) = await bureau.rows("select root_cause_id from revision where id = $1", revision_id)
        tickets.append(row["root_cause_id"])
    assert (tickets[:3], tickets[3] is not None, tickets[4] == tickets[3]) == ([None] * 3, True, True)
    async with tenant_transaction(bureau.company.hr):
        hr = bureau.company.hr
        counts = await adjustments(hr, year=2025)
        for finding, code in ((" ", "ROOT_CAUSE_FINDING_INVALID"), ("测算口径不稳", None), ("又一次", "ROOT_CAUSE_CLOSED")):
            if code is None:
                await close_root_cause(hr, root_cause_id=tickets[3], version=1, finding=finding)
            else:
                act = close_root_cause(hr, root_cause_id=tickets[3], version=1, finding=finding)
                assert (await refused(reset, partial(_given, act)))[0] == code
    assert [(row.quarter.isoformat(), row.changes, row.goals, row.band.value) for row in counts] == [
        ("2025-10-01", 5, 1, "TOO_MANY")
    ]
    async with tenant_transaction(hr):
        body = {"fiscal_year": {"first_month": 12}}
        calendar = await create_definition(hr, kind="calendar", key="default", name="工作日历", body=body)
        await publish_version(hr, calendar.id, version=1)
        fiscal = [*await adjustments(hr, year=2024), *await adjustments(hr, year=2025)]
    # A year that begins with December: 18 October to 18 November are in its fourth quarter, 28 November too.
    assert [(row.quarter.isoformat(), row.changes) for row in fiscal] == [("2025-09-01", 5)]
    with clock_at(OCTOBER_18.replace(year=2026, month=5, day=8)):
        later = await reset.revise(target=Decimal(50), **same)
    (row,) = await bureau.rows("select root_cause_id from revision where id = $1", later)
    assert row["root_cause_id"] is None


async def test_the_old_version_of_a_goal_is_never_changed_by_a_revision(reset: Reset) -> None:
    with clock_at(OCTOBER_18):
        await reset.revise()
    for sql in ("update goal_version set target = 1 where number = 1", "update revision_impact set depth = 9"):
        with pytest.raises(Exception, match=r"permission denied|never change"):
            async with tenant_transaction(reset.bureau.company.system):
                await execute(sql)
