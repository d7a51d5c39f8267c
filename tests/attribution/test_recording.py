"""Recording orders: refused ones write nothing, each once, split by its roles, late ones as adjustments (A19, A21, C60)."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import orjson
import pytest

from plumb_platform.database import fetch, tenant_transaction
from plumb_platform.errors import DomainError, Forbidden, NotFound
from plumb_tenants.attribution.recording import LateReasonMissing
from plumb_tenants.attribution.service import Party, record_order, record_orders
from plumb_tenants.attribution.templates import SplitTemplateMissing
from support.companies import make_company
from support.sellers import OVERLAY, Sellers, make_sellers, person


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"code": " "}, "ORDER_CODE_MISSING", "code"),
        ({"code": "x" * 61}, "ORDER_TEXT_INVALID", "code"),
        ({"code": "a\x00b"}, "ORDER_TEXT_INVALID", "code"),
        ({"product": ""}, "ORDER_DIMENSION_MISSING", "product"),
        ({"region": ""}, "ORDER_DIMENSION_MISSING", "region"),
        ({"customer": "x" * 201}, "ORDER_TEXT_INVALID", "customer"),
        ({"amount": Decimal("0.001")}, "AMOUNT_INVALID", "amount"),
        ({"amount": Decimal("NaN")}, "AMOUNT_INVALID", "amount"),
        ({"amount": Decimal("0.50"), "currency": "JPY"}, "INEXACT_AMOUNT", "amount"),
        ({"currency": "XXX"}, "UNKNOWN_CURRENCY", "currency"),
        ({"ordered_on": date(2026, 5, 1)}, "PERIOD_MISSING", "orderedOn"),
        ({"unit_id": uuid4()}, "NOT_FOUND", "unitId"),
        ({"parties": []}, "SHARES_EMPTY", "parties"),
        ({"parties": [Party(uuid4(), "sales")]}, "NOT_FOUND", "parties[0].personId"),
    ],
)
async def test_a_wrong_order_is_refused_by_code_and_field_and_nothing_is_written(
    sellers: Sellers, changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        await sellers.record(sellers.order(**changes))
    assert (refused.value.code, refused.value.field) == (code, f"order.{field}")
    assert [await sellers.count(table) for table in ("sales_order", "share_version", "credit")] == [0, 0, 0]


async def test_a_role_that_the_template_lacks_and_a_party_twice_are_refused(sellers: Sellers) -> None:
    sales = Party(person(sellers.sales), "sales")
    for parties, code, field in (
        ([sales, Party(person(sellers.presales), "magic")], "SPLIT_ROLE_UNKNOWN", "parties[1].role"),
        ([sales, sales], "SHARE_TWICE", "parties[1]"),
    ):
        with pytest.raises(DomainError) as refused:
            await sellers.record(sellers.order(parties=parties))
        assert (refused.value.code, refused.value.field) == (code, f"order.{field}")
    assert await sellers.count("sales_order") == 0


async def test_employees_managers_and_auditors_record_no_orders(sellers: Sellers) -> None:
    for actor in (sellers.sales, sellers.manager, sellers.company.auditor):
        with pytest.raises(Forbidden):
            await sellers.record(actor=actor)
    assert await sellers.count("sales_order") == 0


async def test_units_people_and_templates_of_another_company_are_answered_like_random_ones(sellers: Sellers) -> None:
    other = await make_sellers("另一家公司")
    for order in (sellers.order(unit_id=other.guangdong), sellers.order(parties=other.parties())):
        with pytest.raises(NotFound):
            await sellers.record(order)
    with pytest.raises(NotFound):
        await sellers.record(template_version_id=other.template)
    assert await sellers.count("sales_order") == 0


async def test_without_a_template_in_effect_no_order_is_recorded(sellers: Sellers) -> None:
    bare = await make_company("没有模板的公司")
    with pytest.raises(SplitTemplateMissing):
        async with tenant_transaction(bare.hr):
            await record_order(bare.hr, sellers.order())


async def test_a_code_taken_by_another_order_is_refused_and_the_same_order_again_is_simply_there(sellers: Sellers) -> None:
    first = await sellers.record()
    with pytest.raises(DomainError, match="SO-1 is taken by an order of other content") as refused:
        await sellers.record(sellers.order(amount=Decimal("100000.01")))
    assert (refused.value.code, refused.value.field) == ("ORDER_CODE_TAKEN", "order.code")
    assert await sellers.record() == first
    await sellers.share(first, ["50", "30", "20"])
    assert await sellers.record() == first
    assert (await sellers.count("sales_order"), await sellers.count("share_version")) == (1, 2)
    async with tenant_transaction(sellers.company.system):
        assert len(await fetch("select 1 from audit_entry where action = 'order.record'")) == 1


async def test_100000_over_three_parties_is_exact_thirds_to_the_cent(sellers: Sellers) -> None:
    order_id = await sellers.record()
    assert await sellers.credit() == [
        ("S1", "CREDIT", "33333.34"),
        ("S2", "CREDIT", "33333.33"),
        ("S3", "CREDIT", "33333.33"),
    ]
    async with tenant_transaction(sellers.hr):
        (version,) = await fetch("select * from share_version where order_id = $1", order_id)
        (order,) = await fetch("select * from sales_order")
        credit = await fetch("select unit_id, manager_id from credit order by amount desc, unit_id")
        (entry,) = await fetch("select object_id, after from audit_entry where action = 'order.record'")
    assert [(line["role"], line["percent"], line["weight"]) for line in orjson.loads(version["lines"])] == [
        ("sales", "33.34", "1"),
        ("presales", "33.33", "1"),
        ("success", "33.33", "1"),
    ]
    assert (version["number"], version["source"], version["period_id"]) == (1, "DEFAULT", sellers.march)
    assert version["set_by"] == sellers.hr.membership_id
    assert (order["owner_id"], order["split_type"], order["period_id"]) == (sellers.sales.person_id, "REVENUE", sellers.march)
    assert [row["manager_id"] for row in credit].count(sellers.manager.person_id) == 2
    assert {row["unit_id"] for row in credit} == {sellers.guangdong, sellers.hunan}
    assert (entry["object_id"], orjson.loads(entry["after"])["code"]) == (order_id, "SO-1")


async def test_literal_33_each_leaves_one_percent_with_nobody_and_still_adds_up(sellers: Sellers) -> None:
    roles = [{"key": key, "name": key, "percent": "33"} for key in ("sales", "presales", "success")]
    template = await sellers.split_template("literal", {"roles": roles, "unattributed_percent": "1"})
    await sellers.record(template_version_id=template)
    assert [(who, amount) for who, _, amount in await sellers.credit()] == [
        *((who, "33000.00") for who in ("S1", "S2", "S3")),
        ("-", "1000.00"),
    ]


async def test_an_overlay_template_credits_each_role_in_full(sellers: Sellers) -> None:
    template = await sellers.split_template("overlay", OVERLAY)
    await sellers.record(sellers.order(parties=sellers.parties()[:2]), template_version_id=template)
    assert [amount for _, _, amount in await sellers.credit()] == ["100000.00", "100000.00"]


async def test_a_refund_is_a_negative_order_split_alike(sellers: Sellers) -> None:
    await sellers.record(sellers.order(amount=Decimal("-100000.00")))
    assert [amount for _, _, amount in await sellers.credit()] == ["-33333.34", "-33333.33", "-33333.33"]


async def test_an_order_in_a_closed_period_is_refused_and_recorded_late_as_an_adjustment_only(sellers: Sellers) -> None:
    await sellers.close(sellers.march)
    with pytest.raises(DomainError) as closed:
        await sellers.record()
    assert (closed.value.code, closed.value.field) == ("PERIOD_CLOSED", "order.orderedOn")
    assert closed.value.text("zh-CN") == "奖金期“2026-03”已关闭，不可更改；迟到的订单请填写 lateReason，以调整方式登记。"
    with pytest.raises(LateReasonMissing):
        await sellers.record(late_reason=" ")
    assert await sellers.count("sales_order") == 0
    await sellers.record(late_reason="合同三月签署，四月回传")
    assert await sellers.credit(sellers.march) == []
    assert await sellers.credit(sellers.april) == [
        ("S1", "ADJUSTMENT", "33333.34"),
        ("S2", "ADJUSTMENT", "33333.33"),
        ("S3", "ADJUSTMENT", "33333.33"),
    ]


async def test_many_orders_are_recorded_all_or_none_and_the_wrong_one_is_named(sellers: Sellers) -> None:
    orders = [sellers.order(f"SO-{number}", amount=Decimal(number) / 100) for number in range(1, 8)]
    hr = sellers.hr
    with pytest.raises(DomainError) as refused:
        async with tenant_transaction(hr):
            await record_orders(hr, [*orders, sellers.order("SO-9", region="")])
    assert (refused.value.code, refused.value.field) == ("ORDER_DIMENSION_MISSING", "orders[7].region")
    with pytest.raises(DomainError) as twice:
        async with tenant_transaction(hr):
            await record_orders(hr, [*orders, sellers.order("SO-1")])
    assert (twice.value.code, twice.value.field) == ("ORDER_CODE_TAKEN", "orders[7].code")
    assert await sellers.count("sales_order") == 0
    async with tenant_transaction(hr):
        ids = await record_orders(hr, orders)
    async with tenant_transaction(hr):
        assert await record_orders(hr, [*orders[::-1], orders[0]]) == [*ids[::-1], ids[0]]
        (entry,) = await fetch("select after from audit_entry where action = 'order.record_many'")
        rows = await fetch(
            "select o.amount, sum(c.amount) from sales_order o join credit c on c.order_id = o.id group by o.id, o.amount"
        )
    assert orjson.loads(entry["after"])["orders"] == 7
    assert len(rows) == 7
    assert all(row["amount"] == row["sum"] for row in rows)
