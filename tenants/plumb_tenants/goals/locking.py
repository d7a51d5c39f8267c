"""Locks of goals: windows in which a cycle's goals, their progress, or both stay as they are; bypassed on record (A13)."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch_one, take_lock
from plumb_platform.errors import Conflict, Forbidden, InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission, grants_of, require
from plumb_tenants.company.service import get_company
from plumb_tenants.goals.access import Held, access_cycle
from plumb_tenants.goals.models import GoalLock
from plumb_tenants.goals.rules import is_text
from plumb_tenants.people.access import access_unit


class LockCovers(StrEnum):
    """What a lock keeps as it is."""

    GOALS = "GOALS"
    PROGRESS = "PROGRESS"
    BOTH = "BOTH"


class GoalsLocked(Refused, tells={"reason": "GoalLock.reason", "until_zh": "GoalLock.endsAt", "until_en": "GoalLock.endsAt"}):
    """A lock keeps goals or their progress as they are until it ends or is lifted."""

    code = "GOALS_LOCKED"
    zh = (
        "该周期的{covers_zh}已锁定{until_zh}（{reason}）；"
        "如确需修改，请管理员填写越过锁定的理由（bypass），或解除锁定（liftLock）。"
    )
    en = (
        "The {covers_en} locked until {until_en} ({reason}); "
        "an administrator may bypass the lock with a reason (bypass) or lift it (liftLock)."
    )


class LockReasonMissing(InvalidInput):
    """A lock, and who bypasses one, says why."""

    code = "LOCK_REASON_MISSING"
    zh = "请填写理由（1 到 500 个字符）。"
    en = "Say why, in 1 to 500 characters."


class LockWindowInvalid(InvalidInput):
    """A lock ends after it starts."""

    code = "LOCK_WINDOW_INVALID"
    zh = "锁定须在开始之后结束；收到 {starts_at} 至 {ends_at}。"
    en = "A lock ends after it starts; got {starts_at} to {ends_at}."


class LockLifted(Refused):
    """A lock is lifted once."""

    code = "LOCK_LIFTED"
    zh = "该锁定已解除。"
    en = "The lock was lifted already."


_COVERED = {
    LockCovers.GOALS: ("目标", "goals of this cycle are"),
    LockCovers.PROGRESS: ("进度", "progress of this cycle is"),
}
_HELD = "select held_by, held_because, held_until from sec.goals_held($1, $2, $4::uuid[], $3)"
"""What is looked for holds off a lock that is being set until the commit, and waits for one that came first."""


async def lock_goals(
    actor: Actor,
    *,
    cycle_id: UUID,
    covers: LockCovers,
    reason: str,
    unit_id: UUID | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> UUID:
    """Lock a cycle for the company, or for a unit with those below it, from now on or from `starts_at`; return its id.

    Changes that are under way are waited for, so that nothing moves once a lock stands.
    """
    await require(actor, Permission.GOAL_LOCK)
    cycle = await access_cycle(actor, cycle_id)
    if unit_id is not None:
        await access_unit(actor, unit_id, Permission.UNIT_READ, field="unitId")
    _check_reason(reason, field="reason")
    start = starts_at or now()
    if ends_at is not None and ends_at <= start:
        raise LockWindowInvalid(field="endsAt", starts_at=start.isoformat(), ends_at=ends_at.isoformat())
    await take_lock("goal_lock", cycle.id)
    made = await GoalLock.create(
        cycle_id=cycle.id,
        unit_id=unit_id,
        covers=covers.value,
        reason=reason.strip(),
        starts_at=start,
        ends_at=ends_at,
        created_by=actor.membership_id,
    )
    facts: dict[str, Any] = {"covers": covers.value, "reason": made.reason, "starts_at": start.isoformat()}
    facts |= {"ends_at": ends_at.isoformat() if ends_at else None, "unit_id": str(unit_id) if unit_id else None}
    await record(actor, "lock.set", "cycle", cycle.id, after=facts | {"lock": str(made.id)})
    return made.id


async def lift_lock(actor: Actor, *, lock_id: UUID, version: int) -> UUID:
    """End a lock before its time, and return its id."""
    await require(actor, Permission.GOAL_LOCK)
    lock = await GoalLock.filter(id=lock_id).select_for_update(no_key=True).first()
    if lock is None:
        raise NotFound(field="lockId")
    if lock.version != version:
        raise Conflict(current_version=lock.version)
    if lock.lifted_at is not None:
        raise LockLifted(field="lockId")
    lock.lifted_at, lock.lifted_by, lock.version = now(), actor.membership_id, lock.version + 1
    await lock.save(update_fields=["lifted_at", "lifted_by", "version"])
    await record(actor, "lock.lift", "cycle", lock.cycle_id, before={"lock": str(lock.id), "reason": lock.reason})
    return lock.id


async def refuse_locked(
    actor: Actor, covers: LockCovers, *, cycle_id: UUID, unit_ids: Collection[UUID], bypass: str | None = None
) -> None:
    """Refuse what a lock covers in any of the units; `bypass` is the reason of somebody who may go past it, on record."""
    held = await fetch_one(_HELD, cycle_id, covers.value, now(), list(unit_ids))
    await refuse_held(actor, covers, Held(**held) if held else None, cycle_id=cycle_id, bypass=bypass)


async def refuse_held(actor: Actor, covers: LockCovers, held: Held | None, *, cycle_id: UUID, bypass: str | None = None) -> None:
    """Refuse what a lock was found to cover, as `refuse_locked` does; nothing for what is free."""
    if held is None:
        return
    if bypass is None:
        covers_zh, covers_en = _COVERED[covers]
        until_zh, until_en = await _said_until(actor, held.held_until)
        told = {"covers_zh": covers_zh, "covers_en": covers_en, "until_zh": until_zh, "until_en": until_en}
        raise GoalsLocked(row=held.held_by, reason=held.held_because, **told)
    await check_bypass(actor, bypass)
    facts = {"lock": str(held.held_by), "covers": covers.value, "reason": bypass.strip(), "locked_because": held.held_because}
    await record(actor, "lock.bypass", "cycle", cycle_id, after=facts)


async def check_bypass(actor: Actor, bypass: str) -> None:
    """Refuse a reason to go past locks that is none, or of somebody who may not."""
    if not (await grants_of(actor)).allows(Permission.GOAL_BYPASS):
        raise Forbidden(field="bypass", permission=Permission.GOAL_BYPASS.value)
    _check_reason(bypass, field="bypass")


async def _said_until(actor: Actor, until: datetime | None) -> tuple[str, str]:
    """Return until when a lock holds, in zh-CN and en, by the company's own clock."""
    if until is None:
        return "，直至解除", "the lock is lifted"
    said = f"{until.astimezone(ZoneInfo((await get_company(actor)).time_zone)):%Y-%m-%d %H:%M}"
    return f"至 {said}", said


def _check_reason(reason: str, *, field: str) -> None:
    if not is_text(reason, longest=500):
        raise LockReasonMissing(field=field)
