"""Customers from a file that people typed: dry run, all or nothing, columns that the file lacks stay as they are."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import DomainError
from plumb_platform.sheets.cells import Column, Columns
from plumb_platform.sheets.lines import Fault, FileReport, read_lines, report_of
from plumb_tenants.actions.customers import (
    MOST_CUSTOMERS,
    CustomersImported,
    CustomersTooMany,
    NewCustomer,
    Owners,
    check_importer,
    owners_of,
    write_customers,
)
from plumb_tenants.people.service import read_names

COLUMNS = Columns(
    Column("code", ("客户代码", "客户编码", "客户编号", "customer_code"), 60, needed=True, filled=True, narrow=True),
    Column("name", ("客户名称", "名称", "客户", "customer"), 200, needed=True, filled=True),
    Column("grade", ("级别", "客户级别", "等级"), 40),
    Column("contact_roles", ("联系人角色", "联系人", "contacts"), 3_000, read=read_names),
    Column("owner_number", ("负责人工号", "工号", "负责人", "owner", "employee_number"), 40, narrow=True),
)
_COLUMN_OF = {"contactRoles": "contact_roles", "ownerNumber": "owner_number"}
_KNOWN = """
select c.code, c.name, c.grade, c.contact_roles::text as roles, c.owner_id, p.number
from customer c left join person p on p.id = c.owner_id and p.active where c.code = any($1::text[])
"""


async def import_customer_file(actor: Actor, *, content: bytes, dry_run: bool, sheet: str | None = None) -> FileReport:
    """Create and update the customers of a CSV file or a sheet by code; any error writes nothing (columns: COLUMNS)."""
    await check_importer(actor)
    lines = await asyncio.to_thread(read_lines, content, COLUMNS, sheet=sheet)
    if lines.rows > MOST_CUSTOMERS:
        raise CustomersTooMany(field="content", most=f"{MOST_CUSTOMERS:,}")
    rows = lines.whole
    known = {row["code"]: row for row in await fetch(_KNOWN, [line.values["code"] for line in rows])}
    customers = [_customer(line.values, known.get(line.values["code"])) for line in rows]

    wrong: set[int] = set()

    def fault(place: int, error: DomainError) -> None:
        name = (error.field or "").rpartition("].")[2]
        wrong.add(place)
        lines.faults.append(Fault(rows[place].row, _COLUMN_OF.get(name, name), error))

    owners = await owners_of(customers, on_fault=fault)
    right = [each for place, each in enumerate(customers) if place not in wrong]
    written = not dry_run and not lines.faults
    done = await write_customers(actor, customers, owners) if written else _foreseen(right, known, owners)
    counts = {"created": done.created, "updated": done.updated, "unchanged": done.unchanged}
    return report_of(lines, counts, written=written)


def _customer(values: Mapping[str, Any], known: Mapping[str, Any] | None) -> NewCustomer:
    stands = known or {"grade": "", "roles": "[]", "number": None}
    return NewCustomer(
        code=values["code"],
        name=values["name"],
        grade=values.get("grade", stands["grade"]),
        contact_roles=tuple(values["contact_roles"] if "contact_roles" in values else orjson.loads(stands["roles"])),
        owner_number=values.get("owner_number", stands["number"] or ""),
    )


def _foreseen(customers: Sequence[NewCustomer], known: Mapping[str, Mapping[str, Any]], owners: Owners) -> CustomersImported:
    """Return what writing the customers would do."""
    told = [(known.get(each.code), each) for each in customers]
    same = sum(row is not None and _says(row) == _says_new(each, owners) for row, each in told)
    created = sum(row is None for row, _ in told)
    return CustomersImported(created, len(customers) - created - same, same)


def _says(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["name"], row["grade"], orjson.loads(row["roles"]), row["owner_id"]


def _says_new(given: NewCustomer, owners: Owners) -> tuple[Any, ...]:
    owner = owners.get(given.owner_number)
    return given.name, given.grade, list(given.contact_roles), owner and owner[0]
