"""Retention for tests: rules of a company, holds, and a run with what it destroyed."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, tenant_transaction
from plumb_tenants.retention.models import RetentionItem, RetentionRun
from plumb_tenants.retention.service import HoldScope, place_hold
from support.companies import CompanyFixture
from support.metrics_made import publish_body


async def publish_rules(actor: Actor, *rules: tuple[str, str, int], second_person: bool = True) -> UUID:
    """Publish rules of retention: category, action, months."""
    said: list[dict[str, Any]] = [{"category": c, "action": a, "months": m} for c, a, m in rules]
    return await publish_body(actor, "retention", "default", {"rules": said, "second_person": second_person})


async def hold(actor: Actor, scope: HoldScope, object_id: UUID | None = None) -> UUID:
    """Place a hold in a transaction of its own."""
    async with tenant_transaction(actor):
        return await place_hold(actor, scope=scope, object_id=object_id, reason="仲裁 2026-17")


async def left(company: CompanyFixture, person: Actor, day: date) -> None:
    """Let somebody have left on a day, as the placements tell."""
    async with tenant_transaction(company.system):
        await execute("update person set active = false where id = $1", person.person_id)
        await execute("update membership set active = false where person_id = $1", person.person_id)
        await execute(
            "insert into person_placement (tenant_id, id, created_at, person_id, unit_id, grade, position, starts_on, ends_on) "
            "select tenant_id, gen_random_uuid(), now(), id, unit_id, grade, position, $2, $3 from person where id = $1",
            person.person_id,
            day - timedelta(days=300),
            day,
        )


async def fill_retention(admin: Actor, person: UUID, letter: UUID, cycle: UUID) -> None:
    """Leave a hold of each scope, a request for a person, and a run that destroyed one message."""
    await hold(admin, HoldScope.CYCLE, cycle)
    await hold(admin, HoldScope.LETTER, letter)
    await hold(admin, HoldScope.PERSON, person)
    await hold(admin, HoldScope.COMPANY)
    async with tenant_transaction(admin):
        await RetentionRun.create(kind="ERASURE", state="REQUESTED", person_id=person, said={})
        run = await RetentionRun.create(kind="DUE", state="CONFIRMED", said={})
        await RetentionItem.create(
            run_id=run.id, category="MESSAGE", object_type="Message", object_id=run.id, outcome="PENDING", destroyed_at=now()
        )
