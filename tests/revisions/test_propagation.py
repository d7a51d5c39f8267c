"""A revision reaches the goals below it within 24 hours, or those responsible are told (C73)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_schema.ground.ids import encode_id
from plumb_tenants.goals.service import confirm_goal, revise_goal
from plumb_tenants.revisions.service import raise_late_alarms, settle_propagation
from support.approvals_made import person
from support.asking import Ask
from support.revisions_made import OCTOBER_18, Reset

STATES = """query { propagations { edges { node {
  id version state goal { title target metric } asked { name } targetBefore targetAfter explanation since dueAt } } } }"""
LATE = "query ($id: ID!) { revision(id: $id) { openBelow dueAt alarmedAt impact { edges { node { direction propagation } } } } }"
KEEP = """mutation ($input: SettlePropagationInput!) { settlePropagation(input: $input) {
  ... on Propagation { state note settledAt } ... on Problem { code field } } }"""
TEXT = (
    "The goal above went from 新增客户数 40.00 家 to 客户增购额 800000.00 元; "
    "this one was 新增客户数 24.00 家, 60.00% of it, and keeps its share: 客户增购额 480000.00 元."
)


async def approved(reset: Reset) -> Any:
    """Return the revision of 18 October, approved at 21:00."""
    with clock_at(OCTOBER_18):
        approval = await reset.submit(revision_id := await reset.open())
    with clock_at(OCTOBER_18 + timedelta(hours=12)):
        await reset.approve(approval)
    return revision_id


async def alarm(reset: Reset) -> list[Any]:
    system = reset.bureau.company.system
    async with tenant_transaction(system):
        return list(await raise_late_alarms(system))


async def confirm(reset: Reset, actor: Actor, goal: Any) -> None:
    async with tenant_transaction(actor):
        (row,) = await fetch("select version from goal where id = $1", goal)
        await confirm_goal(actor, goal_id=goal, version=row["version"])


async def refusal(act: Any, reset: Reset) -> tuple[str, str | None]:
    """Return code and field of a refusal that changed nothing."""
    state = (
        "select md5(string_agg(p::text, '' order by p.id)) as p, (select max(number) from audit_entry) as a from propagation p"
    )
    before = await reset.bureau.rows(state)
    with pytest.raises(DomainError) as caught:
        await act()
    assert await reset.bureau.rows(state) == before
    return caught.value.code, caught.value.field


async def test_the_goals_below_are_proposed_with_their_explanation_and_done_once_their_owners_confirm(
    reset: Reset, ask: Ask
) -> None:
    bureau, revision_id = reset.bureau, await approved(reset)
    waiting = await ask.nodes(bureau.manager, STATES)
    assert [(each["state"], each["goal"]["target"], each["asked"]) for each in waiting] == [
        ("PENDING", "24.00", None),
        ("PENDING", "16.00", None),
    ]
    with clock_at(OCTOBER_18 + timedelta(hours=13)):
        assert (await reset.propagate(revision_id), await reset.propagate(revision_id)) == (2, 0)
        await reset.publish(revision_id)
    first, second = await ask.nodes(bureau.manager, STATES)
    assert (first["since"], first["dueAt"]) == ("2025-10-18T13:00:00Z", "2025-10-19T13:00:00Z")
    assert (first["state"], first["asked"], first["explanation"]) == ("PROPOSED", {"name": "李销售"}, TEXT)
    assert first["goal"] == {"title": "拓新一组", "target": "480000.00", "metric": "客户增购额"}
    assert (second["goal"]["target"], second["targetBefore"], second["targetAfter"]) == ("320000.00", "16.00", "320000.00")
    source = await bureau.rows(
        "select v.derivation -> 'propagation' ->> 'share' as share, v.derivation ->> 'revision_id' as by, v.number, g.state, "
        "v.months from goal g join goal_version v on v.goal_id = g.id and v.number = g.current_number where g.id = $1",
        reset.parts[0],
    )
    assert [source[0][name] for name in ("share", "by", "number", "state")] == ["60.00", str(revision_id), 2, "PROPOSED"]
    assert sum(Decimal(month.strip('"')) for month in source[0]["months"].strip("[]").split(", ")) == Decimal("480000.00")
    with clock_at(OCTOBER_18 + timedelta(hours=14)):
        await confirm(reset, bureau.sales, reset.parts[0])
    assert [each["state"] for each in await ask.nodes(bureau.manager, STATES)] == ["DONE", "PROPOSED"]
    found = await ask(bureau.manager, LATE, id=encode_id("Revision", revision_id))
    assert (found["openBelow"], found["alarmedAt"]) == (1, None)
    graph = [(each["node"]["direction"], each["node"]["propagation"]) for each in found["impact"]["edges"]]
    assert [each for each in graph if each[0] == "DOWN"] == [("DOWN", "DONE"), ("DOWN", "PROPOSED")]
    assert len(await ask.nodes(bureau.sales, STATES)) == 1, "a seller sees what is theirs alone"
    told = await bureau.rows("select zh from message where kind = 'revision.published' and person_id = $1", person(bureau.sales))
    assert len(told) == 1
    assert "请确认或处理随之调整的 1 个下级目标。" in told[0]["zh"]


async def test_after_24_hours_those_responsible_are_told_once_and_the_delay_can_be_asked_for(reset: Reset, ask: Ask) -> None:
    bureau, revision_id = reset.bureau, await approved(reset)
    with clock_at(OCTOBER_18 + timedelta(hours=13)):
        await reset.propagate(revision_id)
        await reset.publish(revision_id)
        await confirm(reset, bureau.sales, reset.parts[0])
    with clock_at(OCTOBER_18 + timedelta(hours=36)):
        assert await alarm(reset) == []
    with clock_at(OCTOBER_18 + timedelta(hours=36, seconds=1)):
        assert (await alarm(reset), await alarm(reset)) == ([revision_id], [])
    messages = (
        "select p.number, m.zh from message m join person p on p.id = m.person_id where m.kind = 'revision.late' order by 1"
    )
    told = await bureau.rows(messages)
    # Who asked for the revision is also the manager of the seller whose word is missing.
    assert [row["number"] for row in told] == ["M1", "S2"]
    assert told[0]["zh"] == "目标“拓新”的修订通过已超过 24 小时，尚未全部同步，请尽快确认或处理仍待您处理的下级目标。"
    found = await ask(bureau.manager, LATE, id=encode_id("Revision", revision_id))
    assert [found[name] for name in ("openBelow", "dueAt", "alarmedAt")] == [1, "2025-10-19T13:00:00Z", "2025-10-19T13:00:01Z"]
    with clock_at(OCTOBER_18 + timedelta(hours=40)):
        await confirm(reset, bureau.colleague, reset.parts[1])
    assert (await ask(bureau.manager, LATE, id=encode_id("Revision", revision_id)))["openBelow"] == 0


async def test_a_revision_whose_job_did_not_run_is_told_to_who_may_start_jobs_again(reset: Reset) -> None:
    bureau, revision_id = reset.bureau, await approved(reset)
    async with tenant_transaction(bureau.company.system):
        await execute(
            "update membership set person_id = $1 where id = $2", bureau.analyst.person_id, bureau.company.admin.membership_id
        )
        await execute(
            "update membership set active = false where person_id = $1 and id <> $2",
            bureau.analyst.person_id,
            bureau.company.admin.membership_id,
        )
    with clock_at(OCTOBER_18 + timedelta(hours=36, seconds=1)):
        assert await alarm(reset) == [revision_id]
    told = await bureau.rows(
        "select p.number from message m join person p on p.id = m.person_id where m.kind = 'revision.late' order by 1"
    )
    assert [row["number"] for row in told] == ["M1", "T2"]


async def test_what_counts_something_else_is_decided_by_hand_by_who_is_asked(reset: Reset, ask: Ask) -> None:
    bureau = reset.bureau
    async with tenant_transaction(bureau.company.system):
        await execute("update goal set metric = '客户拜访', unit_of_measure = '次' where id = $1", reset.parts[0])
    revision_id = await approved(reset)
    (one,) = [each for each in await ask.nodes(bureau.manager, STATES) if each["targetAfter"] is None]
    given = {"propagationId": one["id"], "version": 1, "note": "拜访计划不变"}
    assert await ask(bureau.manager, KEEP, input=given) == {"code": "NOT_FOUND", "field": "propagationId"}
    await reset.propagate(revision_id)
    (one,) = [each for each in await ask.nodes(bureau.manager, STATES) if each["state"] == "BY_HAND"]
    assert (one["asked"], one["goal"]["target"], one["explanation"]) == (
        {"name": "陈经理"},
        "24.00",
        "This goal counts something else than the one above did, so no share can be kept: decide by hand.",
    )
    given["version"] = one["version"]
    assert await ask(bureau.sales, KEEP, input=given) == {"code": "NOT_FOUND", "field": "propagationId"}
    for changes, code in (({"version": 9}, "CONFLICT"), ({"note": " "}, "PROPAGATION_NOTE_MISSING")):
        assert (await ask(bureau.manager, KEEP, input=given | changes))["code"] == code
    proposed = next(each for each in await ask.nodes(bureau.manager, STATES) if each["state"] == "PROPOSED")
    mine = {"propagationId": proposed["id"], "version": proposed["version"], "note": "不变"}
    assert (await ask(bureau.colleague, KEEP, input=mine))["code"] == "PROPAGATION_NOT_BY_HAND"
    kept = await ask(bureau.manager, KEEP, input=given)
    assert (kept["state"], kept["note"]) == ("DONE", "拜访计划不变")
    assert (await ask(bureau.manager, KEEP, input=given | {"version": 3}))["code"] == "PROPAGATION_NOT_BY_HAND"


async def test_a_goal_that_moved_before_the_job_came_keeps_its_numbers(reset: Reset, ask: Ask) -> None:
    bureau, revision_id = reset.bureau, await approved(reset)
    async with tenant_transaction(bureau.company.admin):
        (row,) = await fetch("select version from goal where id = $1", reset.parts[0])
        act = partial(revise_goal, bureau.company.admin, goal_id=reset.parts[0], target=Decimal(30), reason="另行商定")
        await act(version=row["version"])
    await reset.propagate(revision_id)
    below = {each["goal"]["title"]: (each["state"], each["goal"]["target"]) for each in await ask.nodes(bureau.manager, STATES)}
    assert below == {"拓新一组": ("DONE", "30.00"), "拓新二组": ("PROPOSED", "320000.00")}


async def test_a_goal_of_a_unit_follows_at_once_and_one_that_refuses_its_number_waits_for_people(reset: Reset, ask: Ask) -> None:
    bureau = reset.bureau
    async with tenant_transaction(bureau.company.system):
        await execute("update goal set owner_id = null where id = $1", reset.parts[0])
        await execute("update goal set state = 'DRAFT' where id = $1", reset.parts[1])
    revision_id = await approved(reset)
    await reset.propagate(revision_id)
    below = {each["goal"]["title"]: each for each in await ask.nodes(bureau.company.hr, STATES)}
    assert (below["拓新一组"]["state"], below["拓新一组"]["goal"]["target"]) == ("DONE", "480000.00")
    assert (below["拓新二组"]["state"], below["拓新二组"]["goal"]["target"]) == ("BY_HAND", "16.00")
    assert below["拓新二组"]["explanation"] == "The goal is DRAFT and cannot be revised."


async def test_nobody_else_settles_what_another_is_asked(reset: Reset) -> None:
    revision_id = await approved(reset)
    await reset.propagate(revision_id)
    (row,) = await reset.bureau.rows("select id, version from propagation where goal_id = $1", reset.parts[0])
    for actor in (reset.bureau.company.hr, reset.bureau.chief, reset.bureau.colleague):

        async def settle(actor: Actor = actor) -> None:
            async with tenant_transaction(actor):
                await settle_propagation(actor, propagation_id=row["id"], version=row["version"], note="不变")

        assert await refusal(settle, reset) == ("NOT_FOUND", "propagationId")
