"""The rows of a bonus file: the lines of a closed period as they are, or summed by dimensions; both never change (C61)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from plumb_platform.database import fetch
from plumb_platform.exports import Cell
from plumb_tenants.attribution.definition import Dimension
from plumb_tenants.attribution.reports import SHOWN

LINES = {
    "order_code": "订单编号 / Order",
    "customer": "客户 / Customer",
    "product": "产品线 / Product",
    "region": "区域 / Region",
    "ordered_on": "订单日期 / Ordered on",
    "unit_code": "部门编码 / Unit code",
    "unit_name": "部门 / Unit",
    "person_number": "工号 / Number",
    "person_name": "姓名 / Name",
    "role": "角色 / Role",
    "kind": "类型 / Kind",
    "percent": "份额% / Share %",
    "amount": "金额 / Amount",
    "currency": "币种 / Currency",
}
"""The columns of a line and their titles."""
_OF = {
    Dimension.PERSON: ("person_number", "person_name"),
    Dimension.ROLE: ("role",),
    Dimension.PRODUCT: ("product",),
    Dimension.PERIOD: ("period_code",),
    Dimension.REGION: ("region",),
    Dimension.CUSTOMER: ("customer",),
    Dimension.UNIT: ("unit_code", "unit_name"),
}
"""The columns that each dimension shows."""
_SUMMED = {
    "orders": ("订单数 / Orders", "count(distinct l.order_code)::int"),
    "lines": ("明细行数 / Lines", "count(*)::int"),
    "amount": (LINES["amount"], "sum(l.amount)"),
    "currency": (LINES["currency"], "l.currency"),
}
_SAID = ("orderCode", "customer", "product", "region", "orderedOn", "unitId", "person", "role", "percent", "amount", "currency")
"""The fields of credit that a line says."""
_TITLES = LINES | {"period_code": "奖金期 / Period"} | {name: title for name, (title, _) in _SUMMED.items()}


def fields_of(by: Sequence[Dimension]) -> list[str]:
    """Return the fields of credit that a file says, as the API names them: those of its lines, or of its groups and sums."""
    return ["amount", "currency", *(SHOWN[each] for each in by)] if by else list(_SAID)


async def rows_of(period_id: UUID, by: Sequence[Dimension]) -> tuple[list[str], list[list[Cell]]]:
    """Return the header and the rows: a line of credit each, or with `by` one row for each group and currency.

    Groups stand in the order of their keys, byte by byte, so that a file is the same wherever it is made.
    """
    names, statement = _grouped(by) if by else (list(LINES), _ALL)
    rows: list[dict[str, Any]] = await fetch(statement, period_id)
    return [_TITLES[name] for name in names], [[row[name] for name in names] for row in rows]


_ALL = f"select {', '.join(LINES)} from bonus_line where period_id = $1 order by ordinal"


def _grouped(by: Sequence[Dimension]) -> tuple[list[str], str]:
    keys = [name for each in by for name in _OF[each]]
    columns = {name: "b.code" if name == "period_code" else f"l.{name}" for name in keys}
    shown = [f"{sql} as {name}" for name, sql in columns.items()] + [f"{sql} as {name}" for name, (_, sql) in _SUMMED.items()]
    ordered = [f'{sql} collate "C"' for sql in (*columns.values(), "l.currency")]
    return [*keys, *_SUMMED], (
        f"select {', '.join(shown)} from bonus_line l "
        "join bonus_period b on b.tenant_id = l.tenant_id and b.id = l.period_id where l.period_id = $1 "
        f"group by {', '.join((*columns.values(), 'l.currency'))} order by {', '.join(ordered)}"
    )
