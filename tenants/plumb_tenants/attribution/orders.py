"""What an order must be before it is recorded: its texts, amount, dimensions, and whether the code is known already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput, Refused
from plumb_platform.numbers.money import get_currency, in_units
from plumb_tenants.attribution.definition import Dimension, SplitTemplate
from plumb_tenants.attribution.splitting import Party
from plumb_tenants.attribution.statements import KNOWN_ORDERS
from plumb_tenants.goals.service import check_amount, is_text

LONGEST = {"code": 60, "customer": 200, "product": 120, "region": 120}
NEEDED_BY = {"customer": Dimension.CUSTOMER, "product": Dimension.PRODUCT, "region": Dimension.REGION}


class OrderTextInvalid(InvalidInput):
    """A text of an order fits its column."""

    code = "ORDER_TEXT_INVALID"
    zh = "{name} 须为不超过 {longest} 个字符的文本。"
    en = "{name} is a text of at most {longest} characters."


class OrderCodeMissing(InvalidInput):
    """An order has the code that the company knows it by."""

    code = "ORDER_CODE_MISSING"
    zh = "订单须有外部编号。"
    en = "An order has an external code."


class OrderDimensionMissing(InvalidInput):
    """An order carries the dimensions that its template keeps."""

    code = "ORDER_DIMENSION_MISSING"
    zh = "模板要求填写“{name}”。"
    en = "The template needs {name}."


class OrderCodeTaken(Refused):
    """A code names one order; the same order again is simply there."""

    code = "ORDER_CODE_TAKEN"
    zh = "订单编号“{code}”已用于另一笔内容不同的订单。"
    en = "The order code {code} is taken by an order of other content."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order to be recorded; the first party is its owner. A negative amount is a refund."""

    code: str
    amount: Decimal
    ordered_on: date
    unit_id: UUID
    parties: Sequence[Party]
    customer: str = ""
    product: str = ""
    region: str = ""
    currency: str = "CNY"


def check_order(order: NewOrder, template: SplitTemplate) -> None:
    """Refuse texts that do not fit, a missing dimension, and an amount that is not in whole units of its currency."""
    if not order.code.strip():
        raise OrderCodeMissing(field="code")
    for name, longest in LONGEST.items():
        text = getattr(order, name)
        if text and not is_text(text, longest=longest):
            raise OrderTextInvalid(field=name, name=name, longest=longest)
    for name, dimension in NEEDED_BY.items():
        if dimension in template.dimensions and not getattr(order, name):
            raise OrderDimensionMissing(field=name, name=name)
    check_amount(order.amount, field="amount")
    in_units(order.amount, get_currency(order.currency), field="amount")


async def known_orders(codes: Sequence[str]) -> dict[str, tuple[UUID, tuple[Any, ...]]]:
    """Return id and content, as first recorded, of the orders that have one of the codes."""
    rows = await fetch(KNOWN_ORDERS, list(codes))
    return {row["code"]: (row["id"], _recorded(row)) for row in rows}


def content_of(order: NewOrder, template_version_id: UUID) -> tuple[Any, ...]:
    """Return what two records of one order must share."""
    who = tuple((party.person_id, party.role) for party in order.parties)
    facts = (order.customer, order.product, order.region, order.currency, order.ordered_on, order.unit_id)
    return (*facts, template_version_id, order.amount, who)


def _recorded(row: dict[str, Any]) -> tuple[Any, ...]:
    lines = orjson.loads(row["lines"])
    who = tuple((UUID(line["person"]), line["role"]) for line in lines if line["person"])
    facts = (row["customer"], row["product"], row["region"], row["currency"], row["ordered_on"], row["unit_id"])
    return (*facts, row["definition_version_id"], row["amount"], who)
