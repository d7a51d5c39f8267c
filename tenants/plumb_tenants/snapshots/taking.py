"""Taking a snapshot: all goals by one statement, the three inputs behind them, the head chained onto the one before."""

import json
from uuid import UUID

from plumb_platform.actor import Actor, system_actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch_one, open_rows
from plumb_platform.errors import DomainError
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission
from plumb_platform.queue.service import enqueue
from plumb_tenants.company.service import get_company
from plumb_tenants.definitions.service import company_today
from plumb_tenants.goals.service import ExpectedParts, expected_parts
from plumb_tenants.people.access import access_unit
from plumb_tenants.snapshots.blocks import Block, BlockText, block_text, forecast_items, months_asked, red_count
from plumb_tenants.snapshots.bundles import Line
from plumb_tenants.snapshots.definition import SnapshotRules, rules_in_force
from plumb_tenants.snapshots.keeping import keep_lines
from plumb_tenants.snapshots.models import Snapshot
from plumb_tenants.snapshots.rules import chain_hash, chain_root, header_text
from plumb_tenants.snapshots.signals import SignalKind, newest_signals
from plumb_tenants.snapshots.statements import LAST, TAKE_LINES

ANCHOR_TOPIC = "snapshots.anchor"
NO_REPORTS, NO_SIGNALS, NO_FORECASTS = "NO_ACTUAL_REPORTED", "NO_SIGNAL_FOR_MONTH", "NO_FORECAST_FOR_MONTH"


async def picture(actor: Actor, *, kind: str, period: str | None, label: str | None, unit_id: UUID | None) -> Snapshot:
    """Write a snapshot and its place in the chain; the caller holds the chain's lock and asked for the permission."""
    company, rules = await get_company(actor), await rules_in_force(actor)
    unit = await access_unit(actor, unit_id, Permission.SNAPSHOT_TAKE, field="unitId") if unit_id else None
    snapshot_id, taken_at = uuid7(), now()
    goals, red, blocks, content_hash = await _content(actor, snapshot_id, unit_id, rules)
    number, previous = await _next_in_chain(actor)
    header = header_text(
        {"id": str(company.id), "key": company.key, "name": company.name},
        number=number,
        kind=kind,
        period=period,
        label=label,
        taken_at=taken_at,
        goals=goals,
        red=red,
        unit={"id": str(unit.id), "code": unit.code, "name": unit.name} if unit else None,
        rules=rules.model_dump(mode="json", include={"red_percent", "against"}),
        blocks={each.block.value: each.said for each in blocks},
    )
    snapshot = await Snapshot.create(
        id=snapshot_id,
        number=number,
        kind=kind,
        period=period,
        label=label,
        unit_id=unit_id,
        taken_at=taken_at,
        taken_by=actor.membership_id,
        goal_count=goals,
        header=header,
        content_hash=content_hash,
        previous_hash=previous,
        chain_hash=chain_hash(previous, header, content_hash),
    )
    await _announce(actor, snapshot)
    return snapshot


async def _next_in_chain(actor: Actor) -> tuple[int, str]:
    """Return the number of the company's next snapshot and the chain's hash so far."""
    last = await fetch_one(LAST)
    return (last["number"] + 1, last["chain_hash"]) if last else (1, chain_root(actor.tenant_id))


async def _announce(actor: Actor, snapshot: Snapshot) -> None:
    """Write down that a snapshot was taken, and ask for its anchor."""
    facts = {"number": snapshot.number, "kind": snapshot.kind, "period": snapshot.period, "goals": snapshot.goal_count}
    await record(actor, "snapshot.take", "snapshot", snapshot.id, after=facts | {"chain_hash": snapshot.chain_hash})
    await enqueue(actor, ANCHOR_TOPIC, {"snapshot_id": str(snapshot.id)}, dedupe_key=str(snapshot.id))


async def _content(
    actor: Actor, snapshot_id: UUID, unit_id: UUID | None, rules: SnapshotRules
) -> tuple[int, int, list[BlockText], str]:
    """Write all lines; return how many goals they picture, how many of them are red, the inputs, and the content hash."""
    known, missing = await _expected(actor)
    parts = (known.cycle_ids, known.months, known.parts, known.by_months, not missing)
    rows = await open_rows(TAKE_LINES, unit_id, *parts, rules.red_percent, rules.against.value)
    ((_, _, said),) = await rows.take(1)
    counts = json.loads(said)
    whole = next(each for each in counts if each["unit_id"] is None)
    actuals = block_text(Block.ACTUALS, counts, missing=missing or ("" if whole["reported"] else NO_REPORTS))
    blocks = [actuals, *await _outside(actor, unit_id, rules)]
    inputs = [Line(None, None, each.content.encode()) for each in blocks]
    return whole["goals"], whole["red"], blocks, await keep_lines(actor.tenant_id, snapshot_id, rows, inputs)


async def _expected(actor: Actor) -> tuple[ExpectedParts, str]:
    """Return what is expected of all goals, whoever asks, and why not where their domain refuses to say."""
    try:
        return await expected_parts(system_actor(actor.tenant_id)), ""
    except DomainError as refusal:
        return ExpectedParts(False, [], [], []), refusal.code


async def _outside(actor: Actor, unit_id: UUID | None, rules: SnapshotRules) -> list[BlockText]:
    first, last = months_asked(await company_today(actor))
    market = await newest_signals(SignalKind.MARKET, first=first, last=last, unit_id=unit_id)
    forecasts = forecast_items(
        await newest_signals(SignalKind.FORECAST, first=first, last=last, unit_id=unit_id), rules.red_percent
    )
    months = {"months": [f"{day:%Y-%m}" for day in (first, last)]}
    return [
        block_text(Block.MARKET, market, missing="" if market else NO_SIGNALS, more=months),
        block_text(
            Block.FORECAST,
            forecasts,
            missing="" if forecasts else NO_FORECASTS,
            more=months | {"red": red_count(forecasts)},
        ),
    ]
