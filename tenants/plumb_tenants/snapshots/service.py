"""Taking snapshots of all goals of a company, giving their bytes, and listing them (C67, N6)."""

from typing import Literal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, take_lock
from plumb_platform.errors import Forbidden, InvalidInput, Refused
from plumb_platform.permissions import Permission, reaches_whole, require
from plumb_tenants.company.service import get_company
from plumb_tenants.snapshots.access import access_snapshot, access_whole_snapshot
from plumb_tenants.snapshots.lines import readable_pages
from plumb_tenants.snapshots.models import Snapshot
from plumb_tenants.snapshots.rules import PERIOD, due_periods, period_at
from plumb_tenants.snapshots.signals import NewSignal, SignalKind, record_signals
from plumb_tenants.snapshots.statements import MEMORY
from plumb_tenants.snapshots.taking import ANCHOR_TOPIC, picture

__all__ = [
    "ANCHOR_TOPIC",
    "SNAPSHOT_TOPIC",
    "NewSignal",
    "SignalKind",
    "Snapshot",
    "get_snapshot",
    "list_snapshots",
    "monthly_due",
    "record_signals",
    "snapshot_bytes",
    "take_snapshot",
]
SNAPSHOT_TOPIC = "snapshots.take"
LONGEST_LABEL = 120
Kind = Literal["ON_DEMAND", "MONTHLY", "BEFORE_REVIEW"]


class SnapshotPeriodInvalid(InvalidInput):
    """A monthly snapshot names its month; one on demand names none."""

    code = "SNAPSHOT_PERIOD_INVALID"
    zh = "快照期间“{period}”无效：月度快照须写成 2026-12 的形式，按需快照不填期间。"
    en = "The period {period} is not valid: a monthly snapshot takes the form 2026-12, one on demand takes none."


class SnapshotTooLate(Refused):
    """The month is over, or has not begun: its goals cannot be pictured now."""

    code = "SNAPSHOT_NOT_THIS_MONTH"
    zh = "{period} 的月度快照只能在当月生成，当前月份为 {current}。"
    en = "The monthly snapshot of {period} can be taken in that month only; it is {current} now."


class SnapshotBySystemOnly(Refused):
    """Monthly snapshots are taken by the timer, so that their time is nobody's choice."""

    code = "SNAPSHOT_BY_SYSTEM_ONLY"
    zh = "月度快照由系统定时生成，请改用按需快照。"
    en = "Monthly snapshots are taken by the system; take one on demand instead."


class SnapshotLabelInvalid(InvalidInput):
    """A picture for a review says which one."""

    code = "SNAPSHOT_LABEL_INVALID"
    zh = "考核前快照须填写 1 到 {longest} 个字符的名称，例如“2026 年三季度考核”；其他快照不填。"
    en = "A snapshot before a review has a label of 1 to {longest} characters that names the review; others have none."


async def take_snapshot(
    actor: Actor,
    *,
    kind: Kind = "ON_DEMAND",
    period: str | None = None,
    label: str | None = None,
    unit_id: UUID | None = None,
) -> Snapshot:
    """Picture every goal of the company, or of a unit and all below it, and chain the picture onto the one before.

    A monthly snapshot that stands already is returned as it is, so that repeating a job changes nothing. One before a review
    says in `label` which review it stands for: whatever changes meanwhile, the review reads the picture.
    """
    if not await reaches_whole(actor, Permission.SNAPSHOT_TAKE) and unit_id is None:
        raise Forbidden(permission=Permission.SNAPSHOT_TAKE.value)
    company = await get_company(actor)
    _check_kind(actor, kind, period, company.time_zone)
    _check_label(kind, label)
    # One chain, one writer.
    await take_lock("snapshot")
    await execute(MEMORY)
    standing = await Snapshot.get_or_none(kind=kind, period=period) if period else None
    return standing or await picture(actor, kind=kind, period=period, label=label and label.strip(), unit_id=unit_id)


async def list_snapshots(actor: Actor, *, before: int | None = None, limit: int = 20) -> list[Snapshot]:
    """Return the company's snapshots, newest first, below the number `before`."""
    await require(actor, Permission.SNAPSHOT_READ)
    snapshots = Snapshot.all() if before is None else Snapshot.filter(number__lt=before)
    return await snapshots.order_by("-number").limit(limit)


async def get_snapshot(actor: Actor, snapshot_id: UUID) -> Snapshot:
    """Return one snapshot's head; raises NotFound."""
    return await access_snapshot(actor, snapshot_id, Permission.SNAPSHOT_READ)


async def snapshot_bytes(actor: Actor, snapshot_id: UUID) -> bytes:
    """Return the canonical bytes: the header, then one goal a line, then the three inputs; equal at every call for ever.

    Raises SNAPSHOT_DAMAGED when what is kept cannot be read, SNAPSHOT_PARTLY_HIDDEN for who does not see all of it.
    """
    snapshot = await access_whole_snapshot(actor, snapshot_id)
    texts = [snapshot.header.encode()]
    texts += ["\n".join(page.contents).encode() async for page in readable_pages(snapshot.id)]
    return b"\n".join([*texts, b""])


async def monthly_due(actor: Actor) -> list[str]:
    """Return the months whose snapshot the company owes now."""
    company = await get_company(actor)
    taken = await Snapshot.filter(kind="MONTHLY").order_by("-number").limit(2).values_list("period", flat=True)
    return due_periods(now(), company.time_zone, founded_at=company.created_at, taken=[str(each) for each in taken])


def _check_label(kind: Kind, label: str | None) -> None:
    fits = label is not None and 1 <= len(label.strip()) <= LONGEST_LABEL
    if not (fits if kind == "BEFORE_REVIEW" else label is None):
        raise SnapshotLabelInvalid(field="label", longest=LONGEST_LABEL)


def _check_kind(actor: Actor, kind: Kind, period: str | None, time_zone: str) -> None:
    if (kind == "MONTHLY") != (period is not None) or (period is not None and not PERIOD.fullmatch(period)):
        raise SnapshotPeriodInvalid(field="period", period=period or "")
    if period is None:
        return
    if "system" not in actor.roles:
        raise SnapshotBySystemOnly(field="kind")
    current = period_at(now(), time_zone)
    if period != current:
        raise SnapshotTooLate(field="period", period=period, current=current)
