"""Credit over the API while something happens to it: a file of what is being corrected, a dispute of older shares (A18, A21)."""

import asyncio
from base64 import b64decode
from decimal import Decimal
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.sellers import Sellers

PROBLEM = "... on Problem { code field }"
BALANCE = "{ reconcileCredit { total credited residual holds } }"
REPORT = """query ($period: ID) { creditReport(by: [PERSON], periodId: $period) { places { key } amount } }"""
THIRDS, MONEY = ("33.34", "33.33", "33.33"), ("33333.34", "33333.33", "33333.33")
DISPUTED = "Dispute { id version state resolvedNumber disputed { number lines { percent amount } } }"


class Desk:
    """HR and the parties of orders of 100,000.00 in March, asked over the API."""

    def __init__(self, sellers: Sellers, ask: Ask) -> None:
        self.sellers, self.ask = sellers, ask
        self.march, self.april = (encode_id("BonusPeriod", each) for each in (sellers.march, sellers.april))

    async def does(self, name: str, shown: str, /, *, by: Actor | None = None, **given: Any) -> Any:
        typed = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation ($input: {typed}!) {{ {name}(input: $input) {{ ... on {shown} {PROBLEM} }} }}"
        return await self.ask(by or self.sellers.hr, document, input=given)

    async def file(self) -> bytes:
        """Return the bonus file of March."""
        made = await self.does("exportBonus", "BonusFile { base64 }", periodId=self.march, format="CSV")
        return b64decode(made["base64"])

    async def corrected(self, order: str, version: int, amount: str) -> Any:
        given: dict[str, Any] = {"orderId": order, "version": version, "amount": amount, "reason": "合同变更"}
        return await self.does("changeOrderAmount", "Order { version amount }", **given)

    async def shared(self, order: str, version: int, *percents: str) -> Any:
        """Give the three parties other percents."""
        roles = zip(self.sellers.parties(), percents, strict=True)
        shares = [{"personId": encode_id("Person", each.person_id), "role": each.role, "percent": to} for each, to in roles]
        given: dict[str, Any] = {"orderId": order, "version": version, "shares": shares, "reason": "售前主导"}
        return await self.does("setOrderShares", "Order { version }", **given)

    async def credit(self, period: str | None) -> dict[str, str]:
        found = await self.ask(self.sellers.hr, REPORT, period=period)
        return {each["places"][0]["key"]: each["amount"] for each in found}

    async def disputed(self, order: str, number: int) -> Any:
        """Dispute a version of the shares of an order as presales."""
        given = {"orderId": order, "number": number, "subject": "份额过低", "text": "方案由我主导。"}
        return await self.does("openDispute", DISPUTED, by=self.sellers.presales, **given)


@pytest.fixture
async def desk(sellers: Sellers, ask: Ask) -> Desk:
    return Desk(sellers, ask)


async def test_a_file_that_is_taken_while_its_order_is_corrected_is_the_file_before_and_after(desk: Desk) -> None:
    """100,000.00 in thirds were closed; 40,000.00 over 50/30/20 are what stands: the difference is of the open month."""
    order = encode_id("Order", await desk.sellers.record())
    assert await desk.does("closeBonusPeriod", "BonusPeriod { state }", periodId=desk.march, version=1) == {"state": "CLOSED"}
    before, corrected, meanwhile = await asyncio.gather(desk.file(), desk.corrected(order, 1, "40000.00"), desk.file())
    assert corrected == {"version": 2, "amount": "40000.00"}
    meantime, shared = await asyncio.gather(desk.file(), desk.shared(order, 2, "50", "30", "20"))
    assert shared == {"version": 3}
    assert before == meanwhile == meantime == await desk.file()
    assert before.decode("utf-8-sig").count("33333.3") == 3
    assert await desk.credit(desk.march) == {"S1": "33333.34", "S2": "33333.33", "S3": "33333.33"}
    late = await desk.credit(desk.april)
    assert {key: Decimal(amount) for key, amount in late.items()} == {
        "S1": Decimal("20000.00") - Decimal("33333.34"),
        "S2": Decimal("12000.00") - Decimal("33333.33"),
        "S3": Decimal("8000.00") - Decimal("33333.33"),
    }
    (balance,) = await desk.ask(desk.sellers.hr, BALANCE)
    assert balance == {"total": "40000.00", "credited": "40000.00", "residual": "0.00", "holds": True}


async def test_a_dispute_of_shares_that_moved_on_keeps_the_lines_it_is_about_and_its_own_version(desk: Desk) -> None:
    order = encode_id("Order", await desk.sellers.record())
    assert (await desk.disputed(order, 2))["code"] == "NOT_FOUND", "there is no second version yet"
    assert await desk.shared(order, 1, "50", "30", "20") == {"version": 2}
    first = [{"percent": percent, "amount": amount} for percent, amount in zip(THIRDS, MONEY, strict=True)]
    opened = await desk.disputed(order, 1)
    assert (opened["version"], opened["disputed"]) == (1, {"number": 1, "lines": first})
    assert (await desk.corrected(order, 2, "60000.00"))["version"] == 3
    given = {"disputeId": opened["id"], "text": "请附方案评审记录。"}
    said = await desk.does("commentDispute", DISPUTED, by=desk.sellers.manager, **given)
    assert (said["version"], said["disputed"]) == (2, {"number": 1, "lines": first}), "what was disputed stays what it was"
    resolve = {"disputeId": opened["id"], "resolution": "维持。"}
    stale = await desk.does("resolveDispute", DISPUTED, **resolve, version=1)
    assert (stale["code"], stale["field"]) == ("CONFLICT", "version")
    both = [desk.does("resolveDispute", DISPUTED, **resolve, version=2) for _ in range(2)]
    told = sorted(await asyncio.gather(*both), key=lambda each: "code" in each)
    assert (told[0]["state"], told[0]["disputed"]["number"], told[1]["code"]) == ("RESOLVED", 1, "DISPUTE_RESOLVED")
    assert told[0]["resolvedNumber"] == 3, "the shares that stand by then are those of the corrected order"
