"""Customers: the minimal master record that tasks need, imported under the company's own codes, the same rows twice once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.errors import Forbidden, InvalidInput
from plumb_platform.ids import uuid7
from plumb_platform.numbers.canonical import canonical_bytes, sha256_hex
from plumb_platform.permissions import Permission, reaches_whole
from plumb_platform.sheets.lines import OnFault, refuse_first
from plumb_tenants.goals.rules import is_text
from plumb_tenants.people.service import refuse_leavers

MOST_CUSTOMERS, MOST_ROLES = 10_000, 50
Owners: TypeAlias = Mapping[str, tuple[UUID, UUID]]
"""Id and unit of owners, by employee number."""


class CustomersTooMany(InvalidInput):
    """One import is one transaction."""

    code = "CUSTOMERS_TOO_MANY"
    zh = "一次须导入 1 到 {most} 个客户。"
    en = "One import takes 1 to {most} customers."


class CustomerTextInvalid(InvalidInput):
    """What names a customer is short text."""

    code = "CUSTOMER_TEXT_INVALID"
    zh = "须为 1 到 {longest} 个字符。"
    en = "This has 1 to {longest} characters."


class CustomerTwice(InvalidInput):
    """A customer stands in an import once."""

    code = "CUSTOMER_TWICE"
    zh = "客户编号“{code}”在本次导入中重复出现。"
    en = "The customer {code} stands in this import twice."


class CustomerOwnerUnknown(InvalidInput):
    """A customer's owner works here."""

    code = "CUSTOMER_OWNER_UNKNOWN"
    zh = "没有工号为“{number}”的在职员工。"
    en = "There is no active employee with the number {number}."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """A customer as another system knows it; the owner by employee number, nobody when empty."""

    code: str
    name: str
    grade: str = ""
    contact_roles: tuple[str, ...] = ()
    owner_number: str = ""


@dataclass(frozen=True, slots=True)
class CustomersImported:
    """What an import did."""

    created: int
    updated: int
    unchanged: int


_OWNERS = "select number, id, unit_id from person where active and number = any($1::text[])"
_UPSERT = """
insert into customer as c (tenant_id, id, created_at, code, name, grade, contact_roles, owner_id, unit_id, version)
select $1::uuid, n.id, $2::timestamptz, n.code, n.name, n.grade, n.roles::jsonb, n.owner_id, n.unit_id, 1
from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::uuid[])
  as n (id, code, name, grade, roles, owner_id, unit_id)
on conflict (tenant_id, code) do update set name = excluded.name, grade = excluded.grade, contact_roles = excluded.contact_roles,
  owner_id = excluded.owner_id, unit_id = excluded.unit_id, version = c.version + 1
where (c.name, c.grade, c.contact_roles, c.owner_id) is distinct from
  (excluded.name, excluded.grade, excluded.contact_roles, excluded.owner_id)
returning c.version = 1 as is_new
"""


async def import_customers(actor: Actor, *, customers: Sequence[NewCustomer]) -> CustomersImported:
    """Create and update customers by code, all or none; those whom the import does not name are left alone."""
    await check_importer(actor)
    if not 1 <= len(customers) <= MOST_CUSTOMERS:
        raise CustomersTooMany(field="customers", most=f"{MOST_CUSTOMERS:,}")
    return await write_customers(actor, customers, await owners_of(customers))


async def check_importer(actor: Actor) -> None:
    """Refuse whoever does not import for the whole company."""
    if not await reaches_whole(actor, Permission.CUSTOMER_IMPORT):
        raise Forbidden(permission=Permission.CUSTOMER_IMPORT.value)


async def owners_of(customers: Sequence[NewCustomer], *, on_fault: OnFault = refuse_first) -> Owners:
    """Check customers and return their owners by number; `on_fault` is told of those that are wrong."""
    seen: set[str] = set()
    for place, each in enumerate(customers):
        try:
            _check(each, f"customers[{place}].")
            if each.code in seen:
                raise CustomerTwice(field=f"customers[{place}].code", code=each.code)
        except InvalidInput as error:
            on_fault(place, error)
        seen.add(each.code)
    return await _owners(customers, on_fault)


async def write_customers(actor: Actor, customers: Sequence[NewCustomer], owners: Owners) -> CustomersImported:
    """Create and update checked customers."""
    changed = await _write(actor, customers, owners)
    await refuse_leavers({owner for owner, _ in owners.values()}, field="customers")
    created = sum(row["is_new"] for row in changed)
    done = CustomersImported(created, len(changed) - created, len(customers) - len(changed))
    if changed:
        digest = sha256_hex(canonical_bytes([[each.code, each.name, each.grade, each.owner_number] for each in customers]))
        after = {"created": done.created, "updated": done.updated, "content_sha256": digest}
        await record(actor, "customer.import", "customer", None, after=after)
    return done


def _check(given: NewCustomer, field: str) -> None:
    for name, text, longest in (("code", given.code, 60), ("name", given.name, 200)):
        if not is_text(text, longest=longest):
            raise CustomerTextInvalid(field=field + name, longest=longest)
    if given.grade and not is_text(given.grade, longest=40):
        raise CustomerTextInvalid(field=f"{field}grade", longest=40)
    if len(given.contact_roles) > MOST_ROLES or not all(is_text(each, longest=60) for each in given.contact_roles):
        raise CustomerTextInvalid(field=f"{field}contactRoles", longest=60)


async def _owners(customers: Sequence[NewCustomer], on_fault: OnFault) -> Owners:
    numbers = {each.owner_number for each in customers if each.owner_number and "\x00" not in each.owner_number}
    owners = {row["number"]: (row["id"], row["unit_id"]) for row in await fetch(_OWNERS, sorted(numbers))}
    for place, each in enumerate(customers):
        if each.owner_number and each.owner_number not in owners:
            number = f"{each.owner_number:.40}"
            on_fault(place, CustomerOwnerUnknown(field=f"customers[{place}].ownerNumber", number=number))
    return owners


async def _write(actor: Actor, customers: Sequence[NewCustomer], owners: Owners) -> list[dict[str, bool]]:
    owned = [owners.get(each.owner_number, (None, None)) for each in customers]
    return await execute(
        _UPSERT,
        *(actor.tenant_id, now(), [uuid7() for _ in customers]),
        *([getattr(each, name) for each in customers] for name in ("code", "name", "grade")),
        [orjson.dumps(list(each.contact_roles)).decode() for each in customers],
        *([owner for owner, _ in owned], [unit for _, unit in owned]),
    )
