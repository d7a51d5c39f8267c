"""A goal that is withdrawn closes the ticket about it, over GraphQL: with the reason, audited, its owner told (C59)."""

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.audit.service import record
from plumb_platform.database import execute, platform_transaction, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.goals.service import withdraw_goal
from plumb_tenants.negotiations.service import (
    Answer,
    answer_counter,
    answer_ticket,
    close_left_tickets,
    open_ticket,
    withdraw_ticket,
)
from plumb_workers.schedule import TIMERS
from support.asking import Ask
from support.overtaking import overtaken
from support.revisions_made import Reset

WITHDRAW = """mutation ($input: WithdrawGoalInput!) { withdrawGoal(input: $input) {
  ... on Goal { state } ... on Problem { code } } }"""
ANSWER = "mutation ($input: AnswerTicketInput!) { answerTicket(input: $input) { ... on Problem { code message } } }"
TICKETS = "{ negotiationTickets { edges { node { state version closedReason goal { state } } } } }"
TOLD = "select p.number, m.zh, m.en from message m join person p on p.id = m.person_id where kind = 'ticket.closed'"
AUDITED = "select before ->> 'state' as was, after ->> 'reason' as reason from audit_entry where action = 'ticket.close'"
STANDS = "select state, version from negotiation_ticket"


async def opened(reset: Reset) -> UUID:
    async with tenant_transaction(reset.bureau.sales):
        return await open_ticket(reset.bureau.sales, goal_id=reset.parts[0], target=Decimal(20), reason="片区缩小")


async def version_of(reset: Reset) -> int:
    (row,) = await reset.bureau.rows("select version from goal where id = $1", reset.parts[0])
    return int(row["version"])


async def withdrawn(reset: Reset, version: int) -> None:
    hr = reset.bureau.company.hr
    async with tenant_transaction(hr):
        await withdraw_goal(hr, goal_id=reset.parts[0], version=version, reason="片区合并")


async def given(reset: Reset) -> dict[str, Any]:
    goal_id = encode_id("Goal", reset.parts[0])
    return {"goalId": goal_id, "version": await version_of(reset), "reason": " 片区合并 "}


@pytest.mark.parametrize("countered", [False, True])
async def test_a_ticket_on_its_way_is_closed_with_its_goal_and_its_owner_told_once(
    reset: Reset, ask: Ask, countered: bool
) -> None:
    bureau, ticket_id = reset.bureau, await opened(reset)
    if countered:
        async with tenant_transaction(bureau.manager):
            offer: dict[str, Any] = {"answer": Answer.COUNTER, "text": "折中", "target": Decimal(22)}
            await answer_ticket(bureau.manager, ticket_id=ticket_id, version=1, **offer)
    done = await ask(bureau.company.hr, WITHDRAW, input=await given(reset))
    assert done == {"state": "WITHDRAWN"}
    version = 3 if countered else 2
    for seer in (bureau.sales, bureau.manager):
        (seen,) = await ask.nodes(seer, TICKETS)
        assert seen == {
            "state": "CLOSED",
            "version": version,
            "closedReason": "片区合并",
            "goal": {"state": "WITHDRAWN"},
        }
    assert await bureau.rows(TOLD) == [
        {
            "number": "S1",
            "zh": "目标“拓新一组”已被撤回，您的协商工单随之关闭。原因：片区合并",
            "en": "The goal 拓新一组 was withdrawn, and your ticket about it was closed with it. Why: 片区合并",
        }
    ]
    assert await bureau.rows(AUDITED) == [{"was": "COUNTERED" if countered else "OPEN", "reason": "片区合并"}]
    answer = {"ticketId": encode_id("NegotiationTicket", ticket_id), "version": version, "answer": "ACCEPT"}
    refused = await ask(bureau.manager, ANSWER, input=answer)
    assert refused == {"code": "TICKET_SETTLED", "message": "The ticket is CLOSED; nothing more can be done in it."}
    told = await ask.in_language("zh-CN")(bureau.manager, ANSWER, input=answer)
    assert told["message"] == "协商工单当前状态为“已关闭”，不能再处理。"


async def test_a_refused_withdrawal_closes_no_ticket(reset: Reset, ask: Ask) -> None:
    await opened(reset)
    late = await given(reset) | {"version": 99}
    assert await ask(reset.bureau.company.hr, WITHDRAW, input=late) == {"code": "CONFLICT"}
    silent = await given(reset) | {"reason": " "}
    assert await ask(reset.bureau.company.hr, WITHDRAW, input=silent) == {"code": "WITHDRAW_REASON_MISSING"}
    assert await reset.bureau.rows(STANDS) == [{"state": "OPEN", "version": 1}]


async def test_what_was_settled_stays_as_it_was_and_tells_nobody(reset: Reset) -> None:
    ticket_id = await opened(reset)
    async with tenant_transaction(reset.bureau.sales):
        await withdraw_ticket(reset.bureau.sales, ticket_id=ticket_id, version=1)
    await withdrawn(reset, await version_of(reset))
    assert await reset.bureau.rows(STANDS) == [{"state": "WITHDRAWN", "version": 2}]
    assert await reset.bureau.rows(TOLD) == []


async def test_an_offer_that_is_taken_while_the_goal_is_withdrawn_ends_one_way(reset: Reset) -> None:
    """Whoever comes second waits: a revision that an accepted offer opened is closed too; nothing deadlocks."""
    bureau, ticket_id = reset.bureau, await opened(reset)
    async with tenant_transaction(bureau.manager):
        offer: dict[str, Any] = {"answer": Answer.COUNTER, "text": "折中", "target": Decimal(22)}
        await answer_ticket(bureau.manager, ticket_id=ticket_id, version=1, **offer)
    taking = partial(answer_counter, bureau.sales, ticket_id=ticket_id, version=2, accepts=True)
    assert await overtaken(bureau.sales, taking, partial(withdrawn, reset, await version_of(reset))) == ""
    assert await bureau.rows(STANDS) == [{"state": "ACCEPTED", "version": 3}]
    assert await bureau.rows("select state from revision") == [{"state": "WITHDRAWN"}]
    assert await bureau.rows(TOLD) == []


async def test_an_offer_that_is_taken_after_the_goal_was_withdrawn_is_refused(reset: Reset) -> None:
    bureau, ticket_id = reset.bureau, await opened(reset)
    hr, version = bureau.company.hr, await version_of(reset)

    async def accepted() -> None:
        async with tenant_transaction(bureau.manager):
            await answer_ticket(bureau.manager, ticket_id=ticket_id, version=1, answer=Answer.ACCEPT)

    taking_back = partial(withdraw_goal, hr, goal_id=reset.parts[0], version=version, reason="片区合并")
    assert await overtaken(hr, taking_back, accepted) == "TICKET_SETTLED"
    assert await bureau.rows(STANDS) == [{"state": "CLOSED", "version": 2}]
    assert await bureau.rows("select id from revision") == []


@pytest.mark.parametrize("reason", ["片区合并", None])
async def test_a_ticket_left_by_a_goal_that_was_withdrawn_before_tickets_closed_with_theirs_is_closed_once(
    reset: Reset, ask: Ask, reason: str | None
) -> None:
    bureau, goal = reset.bureau, reset.parts[0]
    ticket_id, system = await opened(reset), reset.bureau.company.system
    async with tenant_transaction(system):
        # As a withdrawal was written before a goal closed its ticket.
        await execute("update goal set state = 'WITHDRAWN' where id = $1", goal)
        if reason:
            await record(system, "goal.withdraw", "goal", goal, after={"state": "WITHDRAWN", "reason": reason})
    done = []
    for _ in range(2):
        async with tenant_transaction(system):
            done.append(await close_left_tickets(system))
    assert done == [1, 0]
    said = reason or "目标已撤回 / The goal was withdrawn"
    (seen,) = await ask.nodes(bureau.sales, TICKETS)
    assert (seen["state"], seen["version"], seen["closedReason"]) == ("CLOSED", 2, said)
    assert [row["number"] for row in await bureau.rows(TOLD)] == ["S1"]
    assert await bureau.rows(AUDITED) == [{"was": "OPEN", "reason": said}]
    answer = {"ticketId": encode_id("NegotiationTicket", ticket_id), "version": 2, "answer": "ACCEPT"}
    assert (await ask(bureau.manager, ANSWER, input=answer))["code"] == "TICKET_SETTLED"


async def test_the_timer_of_tickets_closes_what_goals_left_behind_before_it_escalates_anything(reset: Reset) -> None:
    await opened(reset)
    async with tenant_transaction(reset.bureau.company.system):
        await execute("update goal set state = 'WITHDRAWN' where id = $1", reset.parts[0])
        await execute("update negotiation_ticket set due_at = due_at - interval '3 days'")
    (timer,) = [each for each in TIMERS if each.name == "negotiations.escalate"]
    async with platform_transaction() as connection:
        await timer.run(connection)
    assert await reset.bureau.rows("select state, escalated_at from negotiation_ticket") == [
        {"state": "CLOSED", "escalated_at": None}
    ]
