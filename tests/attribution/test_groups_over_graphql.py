"""Whose an order is, whom its groups name, and credit that got lost, over GraphQL (C61, A20, N1)."""

import csv
from base64 import b64decode
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import execute, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.attribution.service import Party
from support.asking import Ask
from support.sellers import Sellers

PROBLEM = "... on Problem { code field }"
BALANCE = "{ reconcileCredit { orders total credited residual holds } }"
CREDITS = """{ credits { edges { node { id orderCode customer product amount order { code } period { code } } } } }"""
LABELS = {"customer": "市一医院", "product": "IVD 试剂", "region": "广东"}


@dataclass
class Desk:
    """HR of a company that sells, asked over the API."""

    sellers: Sellers
    ask: Ask

    async def does(self, name: str, shown: str, /, *, asker: Actor | None = None, **given: Any) -> Any:
        document = (
            f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ ... on {shown} {PROBLEM} }} }}"
        )
        return await self.ask(asker or self.sellers.hr, document, input=given)

    async def file(self, *groups: str) -> list[list[str]]:
        """Return the rows of March's bonus file in groups."""
        march = encode_id("BonusPeriod", self.sellers.march)
        made = await self.does("exportBonus", "BonusFile { base64 }", periodId=march, format="CSV", by=list(groups))
        return list(csv.reader(StringIO(b64decode(made["base64"]).decode("utf-8-sig"), newline="")))

    async def template(self, *dimensions: str) -> str:
        """Publish a split of one role that needs these dimensions, and return its version."""
        body = {"split": {"roles": [{"key": "sales", "name": "销售"}], "dimensions": list(dimensions)}}
        made = await self.does("createDefinition", "DefinitionVersion { id version }", key="own", name="自定", body=body)
        await self.does("publishVersion", "DefinitionVersion { state }", **made)
        return str(made["id"])


@pytest.fixture
def desk(sellers: Sellers, ask: Ask) -> Desk:
    return Desk(sellers, ask)


async def test_an_order_of_two_of_a_unit_is_one_order_of_two_lines_there(desk: Desk) -> None:
    """Of 100,000.00 in thirds Guangdong has two and Hunan one; of 30.00 Guangdong's seller has all."""
    await desk.sellers.record()
    alone = desk.sellers.order("SO-2", amount=desk.sellers.order().amount / 10_000, parties=desk.sellers.parties()[:1])
    await desk.sellers.record(alone)
    await desk.sellers.close(desk.sellers.march)
    header, *rows = await desk.file("UNIT")
    assert [title.partition(" / ")[2] for title in header] == ["Unit code", "Unit", "Orders", "Lines", "Amount", "Currency"]
    assert rows == [["GD", "广东", "2", "3", "66676.67", "CNY"], ["HU", "湖南", "1", "1", "33333.33", "CNY"]]
    header, *rows = await desk.file("PERSON", "REGION")
    assert [row[-4:-1] for row in rows] == [["2", "2", "33343.34"], ["1", "1", "33333.33"], ["1", "1", "33333.33"]]


@pytest.mark.parametrize("needed", ["CUSTOMER", "PRODUCT", "REGION"])
async def test_an_order_names_what_its_template_splits_by_and_nothing_else(desk: Desk, needed: str) -> None:
    template, label = await desk.template(needed), needed.lower()
    party = {"personId": encode_id("Person", desk.sellers.sales.person_id or desk.sellers.march), "role": "sales"}
    order = {"code": "SO-1", "amount": "1.00", "orderedOn": "2026-03-15", "parties": [party]}
    order |= {"unitId": encode_id("OrgUnit", desk.sellers.guangdong)}
    without = {name: text for name, text in LABELS.items() if name != label}
    refused = await desk.does("recordOrder", "Order { id }", order=order | without, templateVersionId=template)
    assert refused == {"code": "ORDER_DIMENSION_MISSING", "field": f"order.{label}"}
    only = {label: LABELS[label]}
    assert "id" in await desk.does("recordOrder", "Order { id }", order=order | only, templateVersionId=template)


async def test_credit_that_got_lost_is_missed_by_the_balance_to_the_cent(desk: Desk) -> None:
    lost = await desk.sellers.record()
    await desk.sellers.record(desk.sellers.order("SO-2"))
    async with tenant_transaction(desk.sellers.company.system):
        await execute("delete from credit where order_id = $1", lost)
    (balance,) = await desk.ask(desk.sellers.hr, BALANCE)
    figures = {"orders": 2, "total": "200000.00", "credited": "100000.00", "residual": "100000.00"}
    assert balance == figures | {"holds": False}


async def test_each_line_of_credit_is_of_its_own_order_and_period(desk: Desk) -> None:
    codes = ("SO-1", "SO-2")
    for code in codes:
        await desk.sellers.record(desk.sellers.order(code, customer=f"客户{code}", product=f"产品{code}"))
    found = await desk.ask.nodes(desk.sellers.hr, CREDITS)
    assert len(found) == len({each["id"] for each in found}) == 6
    assert sorted(each["orderCode"] for each in found) == [code for code in codes for _ in range(3)]
    for each in found:
        code = each["orderCode"]
        assert (each["order"]["code"], each["customer"], each["product"]) == (code, f"客户{code}", f"产品{code}")
        assert each["period"]["code"] == "2026-03"


async def test_a_share_in_one_order_is_no_way_to_another(desk: Desk) -> None:
    """Presales has a share in the first alone, so the second is as unknown to them as one that is not there."""
    first = await desk.sellers.record()
    sold = [Party(party.person_id, party.role) for party in desk.sellers.parties() if party.role == "success"]
    second = await desk.sellers.record(desk.sellers.order("SO-2", unit_id=desk.sellers.hunan, parties=sold))
    asked = {"number": 1, "subject": "份额过低", "text": "方案由我主导。"}
    shown, who = "Dispute { state }", desk.sellers.presales
    told = [
        await desk.does("openDispute", shown, asker=who, orderId=encode_id("Order", each), **asked) for each in (first, second)
    ]
    assert told == [{"state": "OPEN"}, {"code": "NOT_FOUND", "field": "orderId"}]
    (balance,) = await desk.ask(who, BALANCE)
    assert (balance["orders"], balance["total"]) == (1, "100000.00")


async def test_an_order_of_the_last_period_there_is_changes_in_it(desk: Desk) -> None:
    """While a period is open its orders need no other one; once it is closed there is none that could take a change."""
    day = desk.sellers.order().ordered_on.replace(month=4)
    order = encode_id("Order", await desk.sellers.record(desk.sellers.order("SO-9", ordered_on=day)))
    changed: dict[str, Any] = {"orderId": order, "reason": "合同变更"}
    shown = "Order { amount }"
    assert (await desk.does("changeOrderAmount", shown, version=1, amount="60000.00", **changed))["amount"] == "60000.00"
    assert {kind for _, kind, _ in await desk.sellers.credit(desk.sellers.april)} == {"CREDIT"}
    await desk.sellers.close(desk.sellers.april)
    refused = await desk.does("changeOrderAmount", shown, version=2, amount="1.00", **changed)
    assert refused["code"] == "NO_OPEN_PERIOD"
