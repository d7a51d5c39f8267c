"""REVENUE credit is each order's total to the cent over GraphQL, whatever amounts, shares and closings (C61, N1, A21)."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.filled_company import fingerprint
from support.sellers import Sellers

P = "... on Problem { code message field }"
ORDER = "Order { id version amount period { code } }"
BALANCE = "{ reconcileCredit { splitType orders total credited residual holds } }"
BY_ORDER = "{ orders(first: 100) { edges { node { code amount credit(first: 50) { edges { node { amount } } } } } } }"
BY_PERSON = """query ($period: ID) { creditReport(by: [PERSON], periodId: $period) { places { key } amount } }"""
DAY = datetime(2030, 1, 7, 4, tzinfo=UTC)


@dataclass
class Desk:
    """HR of a company that sells."""

    sellers: Sellers
    ask: Ask

    async def does(self, name: str, shown: str, /, **given: Any) -> Any:
        document = f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ ... on {shown} {P} }} }}"
        return await self.ask(self.sellers.hr, document, input=given)

    async def refused(self, name: str, *, shown: str = "Order", **given: Any) -> tuple[str, str | None]:
        before = await fingerprint(self.sellers.company)
        found = await self.does(name, f"{shown} {{ __typename }}", **given)
        assert await fingerprint(self.sellers.company) == before
        return found["code"], found["field"]

    def parties(self, *percents: str) -> list[dict[str, Any]]:
        found = [{"personId": encode_id("Person", each.person_id), "role": each.role} for each in self.sellers.parties()]
        return [each | {"percent": percent} for each, percent in zip(found, percents, strict=True)] if percents else found

    def order(self, code: str, amount: str, day: str = "2026-03-15") -> dict[str, Any]:
        given = {"code": code, "amount": amount, "orderedOn": day, "unitId": encode_id("OrgUnit", self.sellers.guangdong)}
        return given | {"customer": "市一医院", "product": "IVD 试剂", "region": "广东", "parties": self.parties()}

    async def close_march(self) -> None:
        given = {"periodId": encode_id("BonusPeriod", self.sellers.march), "version": 1}
        assert await self.does("closeBonusPeriod", "BonusPeriod { state }", **given) == {"state": "CLOSED"}

    async def balance(self) -> dict[str, Any]:
        (found,) = await self.ask(self.sellers.hr, BALANCE)
        return dict(found)

    async def by_person(self, period: Any = None) -> dict[str, str]:
        found = await self.ask(self.sellers.hr, BY_PERSON, period=encode_id("BonusPeriod", period) if period else None)
        return {each["places"][0]["key"]: each["amount"] for each in found}


@pytest.fixture
def desk(sellers: Sellers, ask: Ask) -> Desk:
    return Desk(sellers, replace(ask, at=DAY))


async def test_an_order_of_a_closed_period_comes_late_as_an_adjustment_of_the_open_one_with_its_reason(desk: Desk) -> None:
    assert "id" in await desk.does("recordOrder", ORDER, order=desk.order("SO-1", "100000.00"))
    await desk.close_march()
    late = desk.order("SO-2", "60.00")
    assert await desk.refused("recordOrder", order=late) == ("PERIOD_CLOSED", "order.orderedOn")
    assert await desk.refused("recordOrder", order=late, lateReason=" ") == ("LATE_REASON_MISSING", "lateReason")
    both = [desk.order("SO-3", "1.00", "2026-04-01"), late]
    assert await desk.refused("recordOrders", shown="RecordedOrders", orders=both) == ("PERIOD_CLOSED", "orders[1].orderedOn")
    made = await desk.does("recordOrder", ORDER, order=late, lateReason="合同三月签署，四月回传")
    its_own = {"version": 1, "amount": "60.00", "period": {"code": "2026-03"}}
    assert made | {"id": ""} == its_own | {"id": ""}, "it stays an order of March; April is credited"
    march, april = desk.sellers.march, desk.sellers.april
    assert await desk.by_person(march) == {"S1": "33333.34", "S2": "33333.33", "S3": "33333.33"}
    assert await desk.by_person(april) == {"S1": "20.00", "S2": "20.00", "S3": "20.00"}
    assert (await desk.balance())["residual"] == "0.00"


async def test_a_batch_is_recorded_once_however_often_and_in_whatever_order_it_comes(desk: Desk) -> None:
    batch = [desk.order(f"SO-{n}", f"0.0{n}") for n in range(1, 8)]
    shown = "RecordedOrders { orderIds }"
    before = await fingerprint(desk.sellers.company)
    wrong = await desk.does("recordOrders", shown, orders=[*batch, desk.order("SO-9", "0.001")])
    assert (wrong["code"], wrong["field"]) == ("AMOUNT_INVALID", "orders[7].amount")
    assert await fingerprint(desk.sellers.company) == before
    first = (await desk.does("recordOrders", shown, orders=batch))["orderIds"]
    again = (await desk.does("recordOrders", shown, orders=batch[::-1]))["orderIds"]
    assert (len(first), again) == (7, first[::-1])
    assert await desk.balance() | {"splitType": ""} == {
        "splitType": "",
        "orders": 7,
        "total": "0.28",
        "credited": "0.28",
        "residual": "0.00",
        "holds": True,
    }


async def test_sixty_random_orders_stay_whole_through_other_shares_other_amounts_and_a_closing(desk: Desk) -> None:
    source = Random(20261127)
    amounts = {f"R-{n}": Decimal(source.randint(-(10**9), 10**9)) / 100 for n in range(60)}
    batch = [desk.order(code, f"{amount:.2f}") for code, amount in amounts.items()]
    ids = (await desk.does("recordOrders", "RecordedOrders { orderIds }", orders=batch))["orderIds"]
    versions = dict.fromkeys(ids, 1)

    async def change(code: str, order: str) -> None:
        given: dict[str, Any] = {"orderId": order, "version": versions[order], "reason": "更正"}
        if source.random() < 0.7:
            cuts = sorted(source.randint(0, 10_000) for _ in range(2))
            parts = [cuts[0], cuts[1] - cuts[0], 10_000 - cuts[1]]
            done = await desk.does(
                "setOrderShares", ORDER, **given, shares=desk.parties(*(f"{part / 100:.2f}" for part in parts))
            )
        else:
            amounts[code] = Decimal(source.randint(-(10**9), 10**9)) / 100
            done = await desk.does("changeOrderAmount", ORDER, **given, amount=f"{amounts[code]:.2f}")
        versions[order] = done["version"]

    pairs = list(zip(amounts, ids, strict=True))
    for code, order in source.sample(pairs, 15):
        await change(code, order)
    await desk.close_march()
    closed = await desk.by_person(desk.sellers.march)
    for code, order in source.sample(pairs, 15):
        await change(code, order)
    assert await desk.by_person(desk.sellers.march) == closed, "a closed period stays as it was"
    for order in await desk.ask.nodes(desk.sellers.hr, BY_ORDER):
        credit = sum(Decimal(edge["node"]["amount"]) for edge in order["credit"]["edges"])
        assert credit == Decimal(order["amount"]) == amounts[order["code"]], order["code"]
    whole = f"{sum(amounts.values()):.2f}"
    balance = await desk.balance()
    assert (balance["orders"], balance["total"], balance["credited"], balance["residual"]) == (60, whole, whole, "0.00")
    assert sum(map(Decimal, (await desk.by_person()).values())) == Decimal(whole)
