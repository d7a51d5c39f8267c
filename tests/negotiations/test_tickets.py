"""Negotiation tickets with their 48 hours (C59, D11), and ratings of goals from below, without names (C58)."""

from collections.abc import Awaitable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.goals.service import revise_goal, withdraw_goal
from plumb_tenants.negotiations.service import (
    Answer,
    answer_counter,
    answer_ticket,
    escalate_tickets,
    goal_rating,
    open_ticket,
    rate_goal,
    withdraw_ticket,
)
from plumb_tenants.revisions.service import open_revision
from support.asking import Ask
from support.companies import add_person
from support.overtaking import overtaken
from support.revisions_made import OCTOBER_18, Reset

LOWER = Decimal("20.00")


async def refused(reset: Reset, act: Awaitable[Any]) -> tuple[str, str | None]:
    """Return code and field of a refusal that changed nothing."""
    state = "select count(*) as n, sum(version) as v, (select count(*) from goal_rating) as r from negotiation_ticket"
    before = await reset.bureau.rows(state)
    with pytest.raises(DomainError) as caught:
        await act
    assert await reset.bureau.rows(state) == before
    return caught.value.code, caught.value.field


async def opened(reset: Reset) -> UUID:
    """Open the seller's ticket about their own goal."""
    async with tenant_transaction(reset.bureau.sales):
        return await open_ticket(reset.bureau.sales, goal_id=reset.parts[0], target=LOWER, reason="片区缩小")


async def sweep(reset: Reset) -> int:
    async with tenant_transaction(reset.bureau.company.system):
        return await escalate_tickets(reset.bureau.company.system)


async def ticket(reset: Reset) -> dict[str, Any]:
    (row,) = await reset.bureau.rows(
        "select t.state, t.level, t.version, p.number, t.revision_id, t.escalated_at from negotiation_ticket t "
        "join person p on p.id = t.superior_id"
    )
    return row


async def test_one_negotiates_ones_own_goal_once_at_a_time_with_a_reason_and_a_superior(reset: Reset) -> None:
    bureau = reset.bureau
    for actor, goal, target, reason, code in (
        (bureau.colleague, reset.parts[1], LOWER, " ", "TICKET_TEXT_INVALID"),
        (bureau.colleague, reset.parts[1], Decimal("1.001"), "x", "AMOUNT_INVALID"),
        (bureau.manager, reset.parts[1], LOWER, "x", "TICKET_NOT_YOURS"),
        (bureau.colleague, reset.parts[0], LOWER, "x", "NOT_FOUND"),
        (bureau.chief, reset.card, LOWER, "x", "TICKET_NEEDS_SUPERIOR"),
    ):
        async with tenant_transaction(actor):
            act = open_ticket(actor, goal_id=goal, target=target, reason=reason)
            assert (await refused(reset, act))[0] == code
    await opened(reset)
    assert await refused(reset, opened(reset)) == ("TICKET_OPEN", "goalId")


async def test_a_goal_that_is_or_is_being_withdrawn_is_neither_negotiated_nor_revised(reset: Reset) -> None:
    hr, goal = reset.bureau.company.hr, reset.parts[0]
    (row,) = await reset.bureau.rows(f"select version from goal where id = '{goal}'")

    async def revision() -> None:
        async with tenant_transaction(reset.bureau.sales):
            await open_revision(reset.bureau.sales, goal_id=goal)

    taking_back = partial(withdraw_goal, hr, goal_id=goal, version=row["version"], reason="片区合并")
    assert await overtaken(hr, taking_back, partial(opened, reset)) == "REVISION_GOAL_NOT_OPEN"
    assert await refused(reset, opened(reset)) == ("REVISION_GOAL_NOT_OPEN", "goalId")
    assert await refused(reset, revision()) == ("REVISION_GOAL_NOT_OPEN", "goalId")


async def test_at_48_hours_it_waits_and_a_second_later_it_goes_to_the_next_level_exactly_once(reset: Reset) -> None:
    with clock_at(OCTOBER_18):
        await opened(reset)
    with clock_at(OCTOBER_18 + timedelta(hours=48)):
        assert await sweep(reset) == 0
        assert (await ticket(reset))["number"] == "M1"
    for seconds, moved in ((1, 1), (2, 0), (200_000, 0)):
        with clock_at(OCTOBER_18 + timedelta(hours=48, seconds=seconds)):
            assert await sweep(reset) == moved
    row = await ticket(reset)
    assert (row["number"], row["level"], row["escalated_at"]) == ("D1", 2, OCTOBER_18 + timedelta(hours=48, seconds=1))
    told = await reset.bureau.rows(
        "select p.number from message m join person p on p.id = m.person_id where kind = 'ticket' order by m.id"
    )
    assert [each["number"] for each in told] == ["M1", "D1"]


async def test_a_person_whom_one_does_not_reach_is_named_and_no_more(reset: Reset, ask: Ask) -> None:
    """Whom a row names (`named`) shows number and name; e-mail, grade and position only to who may read that person."""
    await opened(reset)
    async with tenant_transaction(reset.bureau.company.system):
        await execute("update person set email = number || '@x.example', grade = 'G7', position = 'P'")
    person = "{ number name email grade position manager { number } }"
    asked = f"{{ negotiationTickets {{ edges {{ node {{ owner {person} superior {person} }} }} }} }}"

    async def told(actor: Actor) -> tuple[dict[str, Any], dict[str, Any]]:
        body = await ask.body(actor, asked)
        return body["data"]["negotiationTickets"]["edges"][0]["node"], body.get("extensions", {}).get("hidden", [])

    below, hidden = await told(reset.bureau.sales)
    assert below["superior"] == {
        "number": "M1",
        "name": "陈经理",
        "email": None,
        "grade": None,
        "position": None,
        "manager": None,
    }
    assert below["owner"]["email"] == "S1@x.example"
    assert {"Person.email", "Person.grade", "Person.position", "Person.manager"} <= set(hidden)
    above, _ = await told(reset.bureau.manager)
    assert (above["owner"]["email"], above["superior"]["grade"]) == ("S1@x.example", "G7")


async def test_the_superior_accepts_and_a_revision_opens_with_the_number_that_was_asked(reset: Reset) -> None:
    bureau = reset.bureau
    with clock_at(OCTOBER_18):
        asked = await opened(reset)
        for actor, options, code in (
            (bureau.director, {"answer": Answer.ACCEPT}, "NOT_FOUND"),
            (bureau.manager, {"answer": Answer.REJECT}, "TICKET_TEXT_INVALID"),
            (bureau.manager, {"answer": Answer.COUNTER, "text": "x"}, "TICKET_COUNTER_TARGET"),
            (bureau.manager, {"answer": Answer.ACCEPT, "target": LOWER}, "TICKET_COUNTER_TARGET"),
            (bureau.manager, {"answer": Answer.ACCEPT, "version": 2}, "CONFLICT"),
        ):
            async with tenant_transaction(actor):
                given: dict[str, Any] = {"ticket_id": asked, "version": 1} | options
                assert (await refused(reset, answer_ticket(actor, **given)))[0] == code
        async with tenant_transaction(bureau.manager):
            await answer_ticket(bureau.manager, ticket_id=asked, version=1, answer=Answer.ACCEPT)
            again = answer_ticket(bureau.manager, ticket_id=asked, version=2, answer=Answer.ACCEPT)
            assert (await refused(reset, again))[0] == "TICKET_SETTLED"
    row = await ticket(reset)
    assert (row["state"], row["version"]) == ("ACCEPTED", 2)
    (revision,) = await bureau.rows("select id, target, state, opened_by, ticket_id from revision")
    assert (revision["id"], revision["target"], revision["state"]) == (row["revision_id"], LOWER, "DRAFT")
    assert (revision["opened_by"], revision["ticket_id"]) == (bureau.sales.person_id, asked)


async def test_the_superior_rejects_with_a_reason_and_no_revision_opens(reset: Reset) -> None:
    bureau, asked = reset.bureau, await opened(reset)
    async with tenant_transaction(bureau.manager):
        await answer_ticket(bureau.manager, ticket_id=asked, version=1, answer=Answer.REJECT, text="片区未变")
    row = await ticket(reset)
    assert (row["state"], row["version"], row["revision_id"]) == ("REJECTED", 2, None)
    assert await bureau.rows("select id from revision") == []
    assert await sweep(reset) == 0


async def test_a_counter_offer_is_taken_or_left_by_the_owner(reset: Reset) -> None:
    bureau = reset.bureau
    for accepts, state, revisions in ((False, "REJECTED", 0), (True, "ACCEPTED", 1)):
        asked = await opened(reset)
        async with tenant_transaction(bureau.manager):
            given: dict[str, Any] = {"answer": Answer.COUNTER, "text": "折中", "target": Decimal("22.00")}
            await answer_ticket(bureau.manager, ticket_id=asked, version=1, **given)
        async with tenant_transaction(bureau.sales):
            await answer_counter(bureau.sales, ticket_id=asked, version=2, accepts=accepts)
            late = withdraw_ticket(bureau.sales, ticket_id=asked, version=3)
            assert (await refused(reset, late))[0] == "TICKET_SETTLED"
        found = await bureau.rows(
            "select t.state, (select count(*) from revision) as n from negotiation_ticket t where id = $1", asked
        )
        assert found == [{"state": state, "n": revisions}]
    assert await bureau.rows("select target from revision") == [{"target": Decimal("22.00")}]


async def test_a_rating_is_given_once_per_version_from_below_and_shown_from_three_on_in_steps_of_three(reset: Reset) -> None:
    bureau = reset.bureau
    more = [
        await add_person(bureau.company, f"X{n}", f"员工{n}", unit=bureau.company.units["SO"], manager=bureau.manager)
        for n in range(5)
    ]
    shown = []
    for actor, score in zip([bureau.sales, bureau.colleague, *more], (1, 10, 6, 10, 10, 10, 4), strict=True):
        async with tenant_transaction(actor):
            await rate_goal(actor, goal_id=reset.goal, score=score)
        async with tenant_transaction(bureau.manager):
            found = await goal_rating(bureau.manager, goal_id=reset.goal)
        shown.append((found.raters, found.average))
    three, six = (3, Decimal("5.7")), (6, Decimal("7.8"))
    assert shown == [(None, None)] * 2 + [three] * 3 + [six] * 2
    for actor, score, code in (
        (bureau.sales, 5, "RATED_ALREADY"),
        (bureau.sales, 11, "RATING_SCORE_INVALID"),
        (bureau.sales, 0, "RATING_SCORE_INVALID"),
        (bureau.director, 5, "NOT_FOUND"),
        (bureau.analyst, 5, "NOT_FOUND"),
    ):
        async with tenant_transaction(actor):
            assert (await refused(reset, rate_goal(actor, goal_id=reset.goal, score=score)))[0] == code
    async with tenant_transaction(bureau.manager):
        act = rate_goal(bureau.manager, goal_id=reset.parts[0], score=5)
        assert (await refused(reset, act))[0] == "RATING_FROM_ABOVE"


async def test_a_new_version_of_a_goal_is_rated_anew(reset: Reset) -> None:
    bureau = reset.bureau
    async with tenant_transaction(bureau.sales):
        await rate_goal(bureau.sales, goal_id=reset.goal, score=2)
        assert await refused(reset, rate_goal(bureau.sales, goal_id=reset.goal, score=9)) == ("RATED_ALREADY", "goalId")
    async with tenant_transaction(bureau.company.admin):
        version = await fetch_value("select version from goal where id = $1", reset.goal)
        await revise_goal(bureau.company.admin, goal_id=reset.goal, version=version, target=Decimal(50), reason="重新测算")
    async with tenant_transaction(bureau.sales):
        await rate_goal(bureau.sales, goal_id=reset.goal, score=9)
    kept = "select v.number, r.score from goal_rating r join goal_version v on v.id = r.goal_version_id order by v.number"
    assert await bureau.rows(kept) == [{"number": 1, "score": 2}, {"number": 2, "score": 9}]


async def test_nothing_that_is_kept_of_a_rating_says_whose_it_is(reset: Reset) -> None:
    bureau = reset.bureau
    async with tenant_transaction(bureau.sales):
        await rate_goal(bureau.sales, goal_id=reset.goal, score=2)
    (row,) = await bureau.rows("select r::text as whole from goal_rating r")
    entries = await bureau.rows("select e::text as whole from audit_entry e where action = 'goal.rate'")
    for kept in (row, *entries):
        for trace in (bureau.sales.person_id, bureau.sales.membership_id, bureau.sales.account_id, bureau.sales.request_id):
            assert str(trace) not in kept["whole"]
    assert len(entries) == 1
