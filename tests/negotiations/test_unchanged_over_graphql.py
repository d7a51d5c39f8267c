"""A ticket, and an offer against it, name another target than the one that stands: that could never be submitted (C59)."""

from decimal import Decimal
from typing import Any

import pytest

from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.filled_company import fingerprint
from support.revisions_made import Reset

PROBLEM = "... on Problem { code field message }"
SHOWN = f"{{ ... on NegotiationTicket {{ id version state }} {PROBLEM} }}"
OPEN = f"mutation ($input: OpenTicketInput!) {{ openTicket(input: $input) {SHOWN} }}"
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
