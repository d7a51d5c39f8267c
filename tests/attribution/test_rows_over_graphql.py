"""Credit over the API: a manager of two who share an order has it once, late changes, disputes (A18, A20, A21)."""

from collections.abc import Sequence
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.sellers import OVERLAY, Sellers, person

PROBLEM = "... on Problem { code message field }"
MANAGERS = "query ($period: ID!) { creditByManager(periodId: $period) { key amount orders } }"
UNITS = "query ($period: ID!) { creditByUnit(periodId: $period) { key amount orders } }"
REPORT = """query ($by: [CreditDimension!]!, $period: ID) { creditReport(by: $by, periodId: $period) {
  places { key label } amount orders } }"""
BALANCE = "{ reconcileCredit { splitType orders total credited residual holds } }"


def change(name: str, shown: str) -> str:
    """Return the document of a mutation."""
    typed = f"{name[0].upper()}{name[1:]}Input"
    return f"mutation ($input: {typed}!) {{ {name}(input: $input) {{ ... on {shown} {PROBLEM} }} }}"


class Desk:
    """HR with an overlay template: sales and presales each get the whole order."""

    def __init__(self, sellers: Sellers, ask: Ask) -> None:
        self.sellers, self.ask, self.hr = sellers, ask, sellers.hr
        self.march, self.april = (encode_id("BonusPeriod", each) for each in (sellers.march, sellers.april))

    async def does(self, name: str, shown: str, /, **given: Any) -> Any:
        return await self.ask(self.hr, change(name, shown), input=given)

    async def overlay(self) -> str:
        body = {"split": {"type": "OVERLAY", "roles": OVERLAY["roles"]}}
        made = await self.does("createDefinition", "DefinitionVersion { id version }", key="overlay", name="叠加", body=body)
        await self.does("publishVersion", "DefinitionVersion { state }", **made)
        return str(made["id"])

    async def order(self, template: str | None, *parties: Actor, code: str = "SO-1") -> str:
        """Record 100,000.00 in March over parties in the roles sales, presales and success."""
        roles = ("sales", "presales", "success")
        given = [
            {"personId": encode_id("Person", person(each)), "role": role} for each, role in zip(parties, roles, strict=False)
        ]
        facts = {"customer": "市一医院", "product": "IVD 试剂", "region": "广东", "parties": given}
        placed = {"code": code, "orderedOn": "2026-03-15", "unitId": encode_id("OrgUnit", self.sellers.guangdong)}
        order = placed | facts | {"amount": "100000.00"}
        return str((await self.does("recordOrder", "Order { id }", order=order, templateVersionId=template))["id"])

    async def share(self, order: str, version: int, *percents: str) -> None:
        """Give sales and presales other percents."""
        both = zip((self.sellers.sales, self.sellers.presales), ("sales", "presales"), percents, strict=True)
        shares = [{"personId": encode_id("Person", person(who)), "role": role, "percent": each} for who, role, each in both]
        done = await self.does(
            "setOrderShares", "Order { version }", orderId=order, version=version, shares=shares, reason="售前主导"
        )
        assert done == {"version": version + 1}

    async def managers(self, period: str, by: Actor | None = None) -> list[tuple[Any, ...]]:
        return [(each["key"], each["amount"], each["orders"]) for each in await self.ask(by or self.hr, MANAGERS, period=period)]

    async def units(self, period: str) -> list[tuple[Any, ...]]:
        return [(each["key"], each["amount"], each["orders"]) for each in await self.ask(self.hr, UNITS, period=period)]

    async def report(self, *by: str, period: str | None = None) -> Sequence[tuple[Any, ...]]:
        found = await self.ask(self.hr, REPORT, by=list(by), period=period)
        return [(*(place["key"] for place in each["places"]), each["amount"], each["orders"]) for each in found]


@pytest.fixture
def desk(sellers: Sellers, ask: Ask) -> Desk:
    return Desk(sellers, ask)


async def test_two_reps_of_one_manager_each_have_the_order_and_the_manager_has_it_once(desk: Desk) -> None:
    await desk.order(await desk.overlay(), desk.sellers.sales, desk.sellers.presales)
    assert await desk.report("PERSON") == [("S1", "100000.00", 1), ("S2", "100000.00", 1)]
    assert await desk.managers(desk.march) == [("D1", "100000.00", 1), ("M1", "100000.00", 1)]
    assert await desk.units(desk.march) == [("GD", "100000.00", 1), ("HN", "100000.00", 1)]
    assert await desk.managers(desk.march, desk.sellers.manager) == [("M1", "100000.00", 1)]
    assert await desk.managers(desk.march, desk.sellers.sales) == []
    (balance,) = await desk.ask(desk.hr, BALANCE)
    assert balance == {
        "splitType": "OVERLAY",
        "orders": 1,
        "total": "100000.00",
        "credited": "200000.00",
        "residual": None,
        "holds": True,
    }


async def test_a_manager_who_sold_too_has_the_order_once(desk: Desk) -> None:
    await desk.order(await desk.overlay(), desk.sellers.manager, desk.sellers.presales)
    assert await desk.managers(desk.march) == [("D1", "100000.00", 1), ("M1", "100000.00", 1)]


async def test_revenue_gives_each_manager_what_their_own_people_brought_and_the_one_above_all_of_it(desk: Desk) -> None:
    await desk.order(None, desk.sellers.sales, desk.sellers.presales, desk.sellers.success)
    await desk.order(None, desk.sellers.sales, desk.sellers.presales, desk.sellers.success, code="SO-2")
    assert await desk.managers(desk.march) == [("D1", "200000.00", 2), ("M1", "133333.34", 2)]
    assert await desk.units(desk.march) == [("GD", "133333.34", 2), ("HN", "200000.00", 2), ("HU", "66666.66", 2)]
    assert sum(int(amount.replace(".", "")) for _, amount, _ in await desk.report("PERSON")) == 20_000_000
    assert await desk.report() == [("200000.00", 2)]
    roles = await desk.ask(desk.hr, REPORT, by=["ROLE"], period=None)
    assert [each["places"][0]["label"] for each in roles] == ["销售代表", "售前技术支持", "客户成功经理"]
    rest = await desk.ask(desk.hr, "{ creditReport(by: [ROLE], first: 1, skip: 2) { places { key } } }")
    assert rest == [{"places": [{"key": "success"}]}]


async def test_an_adjustment_after_closing_never_gives_the_manager_the_order_twice(desk: Desk) -> None:
    order = await desk.order(await desk.overlay(), desk.sellers.sales, desk.sellers.presales)
    await desk.share(order, 1, "60", "0")
    closed = await desk.does("closeBonusPeriod", "BonusPeriod { state }", periodId=desk.march, version=1)
    assert closed == {"state": "CLOSED"}
    await desk.share(order, 2, "60", "100")
    assert await desk.managers(desk.march) == [("D1", "60000.00", 1), ("M1", "60000.00", 1)]
    assert await desk.managers(desk.april) == [("D1", "40000.00", 1), ("M1", "40000.00", 1)]
    assert await desk.report("PERSON", period=desk.april) == [("S2", "100000.00", 1)]


async def test_what_a_period_refuses_names_the_argument_and_what_to_do(desk: Desk) -> None:
    zh = Desk(desk.sellers, desk.ask.in_language("zh-CN"))
    taken = await zh.does("openBonusMonth", "BonusPeriod { id }", month="2026-03")
    assert (taken["code"], taken["field"]) == ("PERIOD_EXISTS", "month")
    order = await zh.order(None, zh.sellers.sales, zh.sellers.presales, zh.sellers.success)
    for period in (zh.march, zh.april):
        assert await zh.does("closeBonusPeriod", "BonusPeriod { state }", periodId=period, version=1) == {"state": "CLOSED"}
    shares = [{"personId": encode_id("Person", person(zh.sellers.sales)), "role": "sales", "percent": "100"}]
    late = await zh.does("setOrderShares", "Order { id }", orderId=order, version=1, shares=shares, reason="更正")
    assert (late["code"], late["message"]) == (
        "NO_OPEN_PERIOD",
        "“2026-03”之后没有开启的奖金期，无法登记调整；请先开启一个（openBonusMonth、openBonusPeriod）。",
    )
    long = await Ask(desk.ask.engine, desk.ask.ground, otherwise=lambda body: body["errors"][0]["extensions"])(
        desk.hr, "{ creditReport(by: [ROLE], first: 1001) { amount } }"
    )
    assert (long["code"], long["field"]) == ("REPORT_TOO_LONG", "first")


async def test_another_amount_of_an_order_whose_period_is_closed_is_taken_back_in_the_open_one(desk: Desk) -> None:
    order = await desk.order(None, desk.sellers.sales, desk.sellers.presales, desk.sellers.success)
    await desk.does("closeBonusPeriod", "BonusPeriod { state }", periodId=desk.march, version=1)
    may = await desk.does("openBonusMonth", "BonusPeriod { id }", month="2026-05")
    given: dict[str, Any] = {"orderId": order, "amount": "40000.00", "reason": "合同变更"}
    stale = await desk.does("changeOrderAmount", "Order { id }", **given, version=2)
    assert (stale["code"], stale["field"]) == ("CONFLICT", "version")
    changed = await desk.does("changeOrderAmount", "Order { amount version period { code } }", **given, version=1)
    assert changed == {"amount": "40000.00", "version": 2, "period": {"code": "2026-03"}}
    assert sorted(await desk.report("PERSON", period=desk.april)) == [
        ("S1", "-20000.00", 1),
        ("S2", "-20000.00", 1),
        ("S3", "-20000.00", 1),
    ]
    assert await desk.report("PERSON", period=may["id"]) == [], "the next open one takes it, and no later one"
    assert await desk.managers(desk.march) == [("D1", "100000.00", 1), ("M1", "66666.67", 1)]
    (balance,) = await desk.ask(desk.hr, BALANCE)
    assert (balance["total"], balance["credited"], balance["residual"]) == ("40000.00", "40000.00", "0.00")


async def test_a_dispute_is_talked_over_by_its_parties_and_nobody_else_and_stays_with_its_version(desk: Desk) -> None:
    order = await desk.order(None, desk.sellers.sales, desk.sellers.presales, desk.sellers.success)
    opened = change("openDispute", "Dispute { id version }")
    asked = {"orderId": order, "number": 1, "subject": "份额过低", "text": "方案由我主导。"}
    dispute = await desk.ask(desk.sellers.sales, opened, input=asked)
    comment = change("commentDispute", "Dispute { disputed { number } comments { name text } }")
    said = {"disputeId": dispute["id"], "text": "请附方案评审记录。"}
    found = await desk.ask(desk.sellers.manager, comment, input=said)
    assert found == {
        "disputed": {"number": 1},
        "comments": [{"name": "李销售", "text": "方案由我主导。"}, {"name": "陈经理", "text": "请附方案评审记录。"}],
    }
    for actor, given, code in (
        (desk.sellers.presales, said, "NOT_FOUND"),
        (desk.sellers.sales, said | {"text": " "}, "DISPUTE_TEXT_INVALID"),
    ):
        assert (await desk.ask(actor, comment, input=given))["code"] == code
    done = change("resolveDispute", "Dispute { state }")
    closed = {"disputeId": dispute["id"], "version": 2, "resolution": "维持原份额。"}
    assert (await desk.ask(desk.sellers.sales, done, input=closed))["code"] == "FORBIDDEN"
    assert await desk.ask(desk.hr, done, input=closed) == {"state": "RESOLVED"}
    assert (await desk.ask(desk.sellers.manager, comment, input=said))["code"] == "DISPUTE_RESOLVED"
