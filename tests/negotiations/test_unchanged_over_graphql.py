"""A ticket, and an offer against it, name another target than the one that stands, then and when it is taken (C59)."""

from decimal import Decimal
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.filled_company import fingerprint
from support.revisions_made import Reset

PROBLEM = "... on Problem { code field message }"
SHOWN = f"{{ ... on NegotiationTicket {{ id version state }} {PROBLEM} }}"
TAKEN = "... on NegotiationTicket { state revisionId }"
OPEN = f"mutation ($input: OpenTicketInput!) {{ openTicket(input: $input) {SHOWN} }}"
COUNTER = f"mutation ($input: AnswerCounterInput!) {{ answerCounter(input: $input) {{ {PROBLEM} {TAKEN} }} }}"
REVISE = f"mutation ($input: ReviseGoalInput!) {{ reviseGoal(input: $input) {{ {PROBLEM} ... on Goal {{ target }} }} }}"
GOAL = "query ($id: ID!) { goal(id: $id) { version } }"
REVISION = "query ($id: ID!) { revision(id: $id) { state oldTarget target } }"
ANSWER = f"mutation ($input: AnswerTicketInput!) {{ answerTicket(input: $input) {SHOWN} }}"


@pytest.mark.parametrize("same", ["24", "24.00"])
async def test_the_target_that_stands_is_neither_asked_for_nor_offered(reset: Reset, ask: Ask, same: str) -> None:
    bureau, goal = reset.bureau, encode_id("Goal", reset.parts[0])

    async def opened(target: str) -> dict[str, Any]:
        found: dict[str, Any] = await ask(bureau.sales, OPEN, input={"goalId": goal, "target": target, "reason": "片区缩小"})
        return found

    before = await fingerprint(bureau.company)
    assert await opened(same) == {
        "code": "TICKET_TARGET_UNCHANGED",
        "field": "target",
        "message": "That is the target that stands: name another one; who wants to keep it rejects the ticket.",
    }
    assert await fingerprint(bureau.company) == before
    ticket = await opened("20")
    answer = {"ticketId": ticket["id"], "version": ticket["version"], "answer": "COUNTER", "text": "维持"}
    before = await fingerprint(bureau.company)
    refused = await ask.in_language("zh-CN")(bureau.manager, ANSWER, input=answer | {"target": same})
    assert (refused["code"], refused["field"]) == ("TICKET_TARGET_UNCHANGED", "target")
    assert refused["message"] == "该数值就是现行目标值，请提出其他数值；要维持现值，请拒绝该协商工单。"
    assert await fingerprint(bureau.company) == before
    nearest = str(Decimal(same) - Decimal("0.01"))
    assert (await ask(bureau.manager, ANSWER, input=answer | {"target": nearest}))["state"] == "COUNTERED"


async def test_a_number_that_a_goal_came_to_have_meanwhile_is_not_accepted_and_its_ticket_waits(reset: Reset, ask: Ask) -> None:
    """The goal is moved from 24 to 20 while 20 is asked for, and to 22 while 22 is offered: no draft, no word, no entry."""
    bureau, goal = reset.bureau, encode_id("Goal", reset.parts[0])

    async def moved(target: str, version: int) -> None:
        given = {"goalId": goal, "version": version, "target": target, "reason": "区域调整"}
        assert await ask(bureau.company.hr, REVISE, input=given) == {"target": f"{target}.00"}

    async def refused(actor: Actor, document: str, given: dict[str, Any]) -> tuple[str, str]:
        before = await fingerprint(bureau.company)
        answer = await ask(actor, document, input=given)
        assert await fingerprint(bureau.company) == before
        return answer["code"], answer["field"]

    ticket = await ask(bureau.sales, OPEN, input={"goalId": goal, "target": "20", "reason": "片区缩小"})
    version = (await ask(bureau.sales, GOAL, id=goal))["version"]
    await moved("20", version)
    which = {"ticketId": ticket["id"], "version": ticket["version"]}
    taken = await refused(bureau.manager, ANSWER, which | {"answer": "ACCEPT"})
    assert taken == ("TICKET_TARGET_UNCHANGED", "answer")
    offered = await ask(bureau.manager, ANSWER, input=which | {"answer": "COUNTER", "text": "折中", "target": "22"})
    assert offered["state"] == "COUNTERED"
    await moved("22", version + 1)
    which["version"] = offered["version"]
    assert await refused(bureau.sales, COUNTER, which | {"accepts": True}) == ("TICKET_TARGET_UNCHANGED", "accepts")
    await moved("21", version + 2)
    accepted = await ask(bureau.sales, COUNTER, input=which | {"accepts": True})
    assert accepted["state"] == "ACCEPTED"
    revision = await ask(bureau.sales, REVISION, id=accepted["revisionId"])
    assert revision == {"state": "DRAFT", "oldTarget": "21.00", "target": "22.00"}
