"""Recording orders: any number by three statements, each split by its template's default, once per external code (C60)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, take_lock
from plumb_platform.errors import DomainError, InvalidInput, NotFound
from plumb_platform.ids import uuid7s
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions import Permission, require
from plumb_platform.sheets.lines import OnFault, refuse_first
from plumb_tenants.attribution.orders import NewOrder, OrderCodeTaken, check_order, content_of, known_orders
from plumb_tenants.attribution.periods import Period, PeriodClosed, landing_of, locked_periods, period_at
from plumb_tenants.attribution.splitting import DefaultSplit, Line
from plumb_tenants.attribution.statements import INSERT_DEFAULT_SHARES, INSERT_ORDERS
from plumb_tenants.attribution.templates import template_for
from plumb_tenants.definitions.service import PublishedVersion
from plumb_tenants.goals.service import is_text
from plumb_tenants.people.access import access_unit, known_people

MOST_ORDERS = 100_000


class OrdersTooMany(InvalidInput):
    """One call records what one transaction holds well."""

    code = "ORDERS_TOO_MANY"
    zh = "一次须登记 1 到 {most} 笔订单。"
    en = "One call records 1 to {most} orders."


class LateReasonMissing(InvalidInput):
    """An order that comes after its period closed says why."""

    code = "LATE_REASON_MISSING"
    zh = "以调整方式登记迟到的订单须填写原因（1 到 1000 个字符）。"
    en = "Say in 1 to 1000 characters why the order comes late."


@dataclass(frozen=True, slots=True)
class Ready:
    """An order that passed every check, with where it belongs and where its credit goes."""

    id: UUID
    order: NewOrder
    lines: Sequence[Line]
    own: Period
    landing: Period


async def record_order(
    actor: Actor, order: NewOrder, *, template_version_id: UUID | None = None, late_reason: str | None = None
) -> UUID:
    """Record one order and return its id; the same order again returns the same id and changes nothing.

    With `late_reason` an order of a closed period is recorded as an adjustment in the open one (A21); without, it is
    refused with PERIOD_CLOSED.
    """
    return (await _record(actor, [order], ["order."], template_version_id, late_reason))[0]


async def record_orders(
    actor: Actor, orders: Sequence[NewOrder], *, template_version_id: UUID | None = None, late_reason: str | None = None
) -> list[UUID]:
    """Record many orders, all or none, and return their ids in order; errors name the order (`orders[3].amount`)."""
    if not 1 <= len(orders) <= MOST_ORDERS:
        raise OrdersTooMany(field="orders", most=f"{MOST_ORDERS:,}")
    prefixes = [f"orders[{place}]." for place in range(len(orders))]
    return await _record(actor, orders, prefixes, template_version_id, late_reason)


async def _record(
    actor: Actor, orders: Sequence[NewOrder], prefixes: Sequence[str], version_id: UUID | None, late_reason: str | None
) -> list[UUID]:
    await require(actor, Permission.ORDER_WRITE)
    check_reason(late_reason)
    version = await template_for(actor, version_id)
    # One recorder at a time, so that two cannot take one code.
    await take_lock("sales_order")
    await _check_units_and_people(actor, orders, prefixes)
    ids, ready = await prepared(orders, prefixes, version, late=late_reason is not None)
    await store_prepared(actor, ready, version, late_reason)
    return ids


async def store_prepared(actor: Actor, ready: Sequence[Ready], version: PublishedVersion, late_reason: str | None) -> None:
    """Store orders that are new, checked and split; the lock of orders is held."""
    if ready:
        await _store(actor, ready, version, late_reason)
        await _audit(actor, ready, version, late_reason)


def check_reason(late_reason: str | None) -> None:
    """Refuse a reason that says nothing."""
    if late_reason is not None and not is_text(late_reason, longest=1000):
        raise LateReasonMissing(field="lateReason")


async def _check_units_and_people(actor: Actor, orders: Sequence[NewOrder], prefixes: Sequence[str]) -> None:
    reached: set[UUID] = set()
    for order, prefix in zip(orders, prefixes, strict=True):
        if order.unit_id not in reached:
            await access_unit(actor, order.unit_id, Permission.ORDER_WRITE, field=f"{prefix}unitId")
            reached.add(order.unit_id)
    people = {party.person_id for order in orders for party in order.parties}
    known = {each.id for each in await known_people(actor, Permission.ORDER_WRITE, ids=people)}
    if len(known) == len(people):
        return
    for order, prefix in zip(orders, prefixes, strict=True):
        for place, party in enumerate(order.parties):
            if party.person_id not in known:
                raise NotFound(field=f"{prefix}parties[{place}].personId")


async def prepared(
    orders: Sequence[NewOrder],
    prefixes: Sequence[str],
    version: PublishedVersion,
    *,
    late: bool,
    on_fault: OnFault = refuse_first,
) -> tuple[list[UUID], list[Ready]]:
    """Return the ids of the orders that are right, and those of them that are new, split; `on_fault` is told of the others."""
    wrong: set[int] = set()
    for place, (order, prefix) in enumerate(zip(orders, prefixes, strict=True)):
        with _named(prefix, place, on_fault, wrong):
            check_order(order, version.body)
    known = await known_orders([order.code for order in orders])
    periods, split = await locked_periods(), DefaultSplit(version.body)
    ids: list[UUID] = []
    ready: list[Ready] = []
    for place, (order, prefix, fresh) in enumerate(zip(orders, prefixes, uuid7s(len(orders)), strict=True)):
        if place in wrong:
            continue
        with _named(prefix, place, on_fault, wrong):
            content = content_of(order, version.id)
            found, recorded = known.setdefault(order.code, (fresh, content))
            if recorded != content:
                raise OrderCodeTaken(field="code", code=f"{order.code:.60}")
            if found == fresh:
                own = _own_period(order, periods, late=late)
                lines = split.lines(order.parties, order.amount, order.currency)
                ready.append(Ready(fresh, order, lines, own, landing_of(periods, own)))
            ids.append(found)
    return ids, ready


@contextmanager
def _named(prefix: str, place: int, on_fault: OnFault, wrong: set[int]) -> Iterator[None]:
    """Say in an error which of the orders it is about, and keep its place."""
    try:
        yield
    except DomainError as error:
        error.field = prefix + (error.field or "orderedOn")
        wrong.add(place)
        on_fault(place, error)


def _own_period(order: NewOrder, periods: Sequence[Period], *, late: bool) -> Period:
    own = period_at(periods, order.ordered_on)
    if not own.is_open and not late:
        raise PeriodClosed(field="orderedOn", period=own.code)
    return own


async def _store(actor: Actor, ready: Sequence[Ready], version: PublishedVersion, reason: str | None) -> None:
    orders = [each.order for each in ready]
    await execute(
        INSERT_ORDERS,
        *(actor.tenant_id, now(), version.id, version.body.type.value, actor.membership_id),
        [each.id for each in ready],
        *([getattr(order, name) for order in orders] for name in ("code", "customer", "product", "region")),
        *([getattr(order, name) for order in orders] for name in ("amount", "currency", "ordered_on", "unit_id")),
        [order.parties[0].person_id for order in orders],
        [each.own.id for each in ready],
    )
    await execute(
        INSERT_DEFAULT_SHARES,
        *(actor.tenant_id, now(), reason, actor.membership_id),
        uuid7s(len(ready)),
        [each.id for each in ready],
        [each.landing.id for each in ready],
        [order.amount for order in orders],
        [orjson.dumps([line.stored() for line in each.lines]).decode() for each in ready],
    )


async def _audit(actor: Actor, ready: Sequence[Ready], version: PublishedVersion, reason: str | None) -> None:
    """One entry for one order with all its facts; one for many with their number and the digest of their codes."""
    facts = {"template_version_id": str(version.id), "late_reason": reason}
    if len(ready) > 1:
        codes = sha256_hex("\n".join(each.order.code for each in ready).encode())
        await record(
            actor, "order.record_many", "sales_order", None, after={**facts, "orders": len(ready), "codes_sha256": codes}
        )
        return
    only = ready[0]
    after = {
        "code": only.order.code,
        "amount": str(only.order.amount),
        "currency": only.order.currency,
        "period": only.landing.code,
        "lines": [line.stored() for line in only.lines],
    }
    await record(actor, "order.record", "sales_order", only.id, after={**facts, **after})
