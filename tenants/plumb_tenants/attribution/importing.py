"""Orders from a file that people typed, a row for each contributor: dry run, all or nothing, a file twice is once (C60)."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, take_lock
from plumb_platform.errors import DomainError, InvalidInput, NotFound
from plumb_platform.permissions import Permission, require
from plumb_platform.sheets.cells import CellMissing, Column, Columns, read_day, read_number, safe_echo
from plumb_platform.sheets.lines import Fault, FileReport, Line, Lines, read_lines, report_of
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.attribution.orders import NewOrder
from plumb_tenants.attribution.recording import check_reason, prepared, store_prepared
from plumb_tenants.attribution.splitting import Party
from plumb_tenants.attribution.templates import template_for
from plumb_tenants.people.access import known_people
from plumb_tenants.people.resources import UNIT
from plumb_tenants.people.service import NUMBER_TITLES, UNIT_TITLES

COLUMNS = Columns(
    Column("code", ("订单编号", "订单号", "order"), 60, needed=True, filled=True, narrow=True),
    Column("amount", ("金额", "订单金额"), 60, read=read_number, needed=True, narrow=True),
    Column("ordered_on", ("下单日", "下单日期", "日期", "day", "date"), 20, read=read_day, needed=True, narrow=True),
    Column("unit_code", UNIT_TITLES, 40, needed=True, narrow=True),
    Column("number", NUMBER_TITLES, 40, needed=True, filled=True, narrow=True),
    Column("role", ("角色", "贡献角色"), 80, needed=True, filled=True),
    Column("customer", ("客户", "客户名称"), 200),
    Column("product", ("产品", "产品名称"), 120),
    Column("region", ("区域", "地区"), 120),
    Column("currency", ("币种",), 3, narrow=True),
)
_FACTS = ("amount", "ordered_on", "unit_code", "customer", "product", "region", "currency")
_NEEDED = ("amount", "ordered_on", "unit_code")
_COLUMN_OF = {"orderedOn": "ordered_on", "unitId": "unit_code", "personId": "number"}
_PARTY = re.compile(r"parties\[(\d+)\]")


class OrderContradicted(InvalidInput):
    """All rows of an order say the same of it, or nothing."""

    code = "ORDER_CONTRADICTED"
    zh = "订单 {code} 在第 {other} 行写作“{said}”：同一订单的各行须一致，或只在首行填写。"
    en = "Row {other} says {said} of the order {code}: its rows say the same, or leave it to the first."


@dataclass(slots=True)
class _Told:
    """An order as its rows tell it, and the rows of its parties."""

    line: Line
    facts: dict[str, Any]
    said_in: dict[str, int]
    parties: list[Line] = field(default_factory=list)


async def import_orders(
    actor: Actor,
    *,
    content: bytes,
    dry_run: bool,
    sheet: str | None = None,
    template_version_id: UUID | None = None,
    late_reason: str | None = None,
) -> FileReport:
    """Record the orders of a CSV file or a sheet; any error writes nothing (columns: COLUMNS).

    Rows of one code are one order and name its contributors, the owner first. An order that is recorded already is left as it
    is when it says the same, and an error when it does not; changes go through the order itself.
    """
    await require(actor, Permission.ORDER_WRITE)
    check_reason(late_reason)
    version = await template_for(actor, template_version_id)
    lines = await asyncio.to_thread(read_lines, content, COLUMNS, sheet=sheet)
    told = _told(lines)
    roles = {role.name: role.key for role in version.body.roles} | {role.key: role.key for role in version.body.roles}
    await take_lock("sales_order")
    orders, sources = await _orders(actor, lines, told, roles)

    def fault(place: int, error: DomainError) -> None:
        party = _PARTY.search(error.field or "")
        name = (error.field or "").rpartition(".")[2]
        line = sources[place].parties[int(party[1])] if party else sources[place].line
        lines.faults.append(Fault(line.row, _COLUMN_OF.get(name, name if name in COLUMNS.all else None), error))

    prefixes = [f"orders[{place}]." for place in range(len(orders))]
    ids, ready = await prepared(orders, prefixes, version, late=late_reason is not None, on_fault=fault)
    written = not dry_run and not lines.faults
    if written:
        await store_prepared(actor, ready, version, late_reason)
    return report_of(lines, {"recorded": len(ready), "unchanged": len(ids) - len(ready)}, written=written)


def _told(lines: Lines) -> list[_Told]:
    """Return what the rows without faults tell, by order; the faults of contradictions are among the file's own."""
    orders: dict[str, _Told] = {}
    for line in lines.whole:
        code = line.values["code"]
        order = orders.setdefault(code, _Told(line, {}, {}))
        order.parties.append(line)
        for name in _FACTS:
            said, known = line.values.get(name), order.facts.get(name)
            if said in ("", None):
                continue
            if known is None:
                order.facts[name], order.said_in[name] = said, line.row
            elif known != said:
                error = OrderContradicted(code=safe_echo(code), other=order.said_in[name], said=safe_echo(str(known)))
                lines.faults.append(Fault(line.row, name, error))
    return list(orders.values())


async def _orders(actor: Actor, lines: Lines, told: list[_Told], roles: Mapping[str, str]) -> tuple[list[NewOrder], list[_Told]]:
    """Return the orders whose unit and people are known and within reach, each with what told it."""
    units = await _units(actor, [each.facts.get("unit_code", "") for each in told])
    numbers = {line.values["number"] for each in told for line in each.parties}
    people = {each.number: each.id for each in await known_people(actor, Permission.ORDER_WRITE, numbers=numbers)}
    orders: list[NewOrder] = []
    sources: list[_Told] = []
    for each in told:
        faults = [Fault(each.line.row, name, CellMissing()) for name in _NEEDED if name not in each.facts]
        if not faults and each.facts["unit_code"] not in units:
            faults.append(Fault(each.said_in["unit_code"], "unit_code", NotFound()))
        faults += [Fault(line.row, "number", NotFound()) for line in each.parties if line.values["number"] not in people]
        lines.faults += faults
        if faults:
            continue
        said = [(line.values["number"], line.values["role"]) for line in each.parties]
        parties = [Party(people[number], roles.get(role, role)) for number, role in said]
        orders.append(_order(each, units[each.facts["unit_code"]], parties))
        sources.append(each)
    return orders, sources


def _order(told: _Told, unit_id: UUID, parties: list[Party]) -> NewOrder:
    facts = told.facts
    return NewOrder(
        code=told.line.values["code"],
        amount=facts["amount"],
        ordered_on=facts["ordered_on"],
        unit_id=unit_id,
        parties=parties,
        **{name: facts.get(name, "") for name in ("customer", "product", "region")},
        currency=facts.get("currency", "CNY"),
    )


async def _units(actor: Actor, codes: list[str]) -> dict[str, UUID]:
    condition, values = await sql_scope(actor, Permission.ORDER_WRITE, UNIT, alias="u", first=2)
    sql = f"select u.code, u.id from org_unit u where u.code = any($1::text[]) and {condition}"
    return {row["code"]: row["id"] for row in await fetch(sql, sorted(set(codes)), *values)}
