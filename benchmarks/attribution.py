"""Measure 100,000 orders recorded and split three ways beside a bare INSERT..SELECT of the same rows, in one run."""

import random
import statistics
from datetime import date
from decimal import Decimal
from uuid import UUID

from benchmarks.ground.measuring import analyze, found, milliseconds, run
from plumb_platform.actor import system_actor
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_platform.settings import Settings
from plumb_tenants.attribution.service import (
    Dimension,
    NewOrder,
    Party,
    adopt_shipped_template,
    close_period,
    credit_report,
    open_month,
    reconcile_credit,
    record_orders,
    roll_up_to_managers,
)

ORDERS, PEOPLE, ROUNDS = 100_000, 400, 3
ROLES = ("sales", "presales", "success")
UNIT = "insert into org_unit (tenant_id, id, created_at, code, name, ordinal, version) values ($1, $2, now(), 'GD', '广东', 0, 1)"
SELLERS = (
    "insert into person (tenant_id, id, created_at, number, name, unit_id, manager_id, grade, position, skills, active, version) "
    "select $1, s.id, now(), 'S' || s.n, '代表' || s.n, $2, case when s.n > 10 then ($3::uuid[])[1 + s.n % 10] end, 'P5', '', "
    "'[]', true, 1 from unnest($3::uuid[]) with ordinality as s (id, n) order by s.n"
)
# The same rows with the same keys to check, read from a period that has them; ids follow from the old ones.
NEW = "md5({} || $2::text)::uuid"
ORDER = (
    "customer, product, region, amount, currency, ordered_on, unit_id, owner_id, period_id, definition_version_id, split_type, "
    "number, version"
)
SHARES, CREDIT = (
    "number, period_id, amount, source, lines",
    "period_id, person_id, unit_id, manager_id, role, kind, percent, amount",
)
BARE = (
    f"insert into sales_order (tenant_id, id, created_at, code, {ORDER}) select tenant_id, {NEW.format('id')}, created_at, "
    f"'B' || $2::text || code, {ORDER} from sales_order where period_id = $1 and code not like 'B%'",
    f"insert into share_version (tenant_id, id, created_at, order_id, {SHARES}) select v.tenant_id, {NEW.format('v.id')}, "
    f"v.created_at, o.id, v.number, v.period_id, v.amount, v.source, v.lines from share_version v "
    f"join sales_order o on o.id = {NEW.format('v.order_id')} where v.period_id = $1",
    f"insert into credit (tenant_id, id, order_id, share_version_id, {CREDIT}) select tenant_id, {NEW.format('id')}, "
    f"{NEW.format('order_id')}, {NEW.format('share_version_id')}, {CREDIT} from credit c "
    f"where period_id = $1 and exists (select from sales_order o where o.id = c.order_id and o.code not like 'B%')",
)


def orders(prefix: str, day: date, unit: UUID, people: list[UUID]) -> list[NewOrder]:
    """Make orders of random amounts over three random people each."""
    source = random.Random(prefix)
    return [
        NewOrder(
            code=f"{prefix}{number}",
            amount=Decimal(source.randint(1, 10**9)) / 100,
            ordered_on=day,
            unit_id=unit,
            parties=[Party(who, role) for who, role in zip(source.sample(people, 3), ROLES, strict=True)],
            customer="市一医院",
            product=f"产品{number % 20}",
            region=f"区域{number % 6}",
        )
        for number in range(ORDERS)
    ]


async def bare(period: UUID, attempt: int) -> None:
    """Copy a period's orders, shares and credit by plain statements through the same door."""
    for sql in BARE:
        await execute(sql, period, str(attempt))


async def measure(settings: Settings) -> None:
    """Print medians and ratios."""
    actor, unit, people = system_actor(uuid7(), channel="cli"), uuid7(), sorted(uuid7() for _ in range(PEOPLE))
    async with tenant_transaction(actor):
        await found(actor)
        await execute(UNIT, actor.tenant_id, unit)
        await execute(SELLERS, actor.tenant_id, unit, people)
        await adopt_shipped_template(actor)
        months = [await open_month(actor, month=f"2026-{number:02}") for number in range(1, ROUNDS + 2)]
    batches = [orders(f"{number}-", date(2026, number, 15), unit, people) for number in range(1, ROUNDS + 2)]
    await milliseconds(actor, lambda: record_orders(actor, batches[0]))
    await analyze(settings)
    ours = [await milliseconds(actor, lambda batch=batch: record_orders(actor, batch)) for batch in batches[1:]]  # type: ignore[misc] # mypy infers no lambda default
    plain = [await milliseconds(actor, lambda attempt=n: bare(months[-1], attempt)) for n in range(ROUNDS)]  # type: ignore[misc] # the same
    report = await milliseconds(
        actor, lambda: credit_report(actor, by=[Dimension.PERSON, Dimension.PRODUCT], period_id=months[1])
    )
    rolled = await milliseconds(actor, lambda: roll_up_to_managers(actor, period_id=months[1]))
    proof = await milliseconds(actor, lambda: reconcile_credit(actor))
    closing = await milliseconds(actor, lambda: close_period(actor, period_id=months[1], version=1))
    async with tenant_transaction(actor):
        sums = await fetch("select sum(o.amount) as orders, (select sum(amount) from credit) as credit from sales_order o")
    limit, taken = statistics.median(plain), statistics.median(ours)
    if sums[0]["orders"] != sums[0]["credit"]:
        raise SystemExit("credit and orders disagree")
    print(f"{ORDERS:,} orders checked, split three ways and stored with shares, credit and audit entry in one transaction")
    print(f"  bare INSERT..SELECT {limit:8.0f} ms  1.00 x   (the same {ORDERS * 5:,} rows, keys and triggers)")
    print(f"  record_orders       {taken:8.0f} ms  {taken / limit:4.2f} x   {taken / ORDERS * 1000:.0f} us an order")
    print(f"  report by person and product {report:.0f} ms, roll-up to managers {rolled:.0f} ms, closing {closing:.0f} ms,")
    print(f"  proof over all {ORDERS * (2 * ROUNDS + 1):,} orders {proof:.0f} ms; credit is the orders' total to the cent")


if __name__ == "__main__":
    run(measure)
