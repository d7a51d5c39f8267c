"""Legal holds: what is held is not destroyed, whoever asks and however old it is, until the hold is lifted with a reason."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch_value, take_lock
from plumb_platform.errors import Conflict, InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission, require
from plumb_tenants.retention.models import RetentionHold
from plumb_tenants.retention.rules import HoldScope

LONGEST_REASON = 500
_TABLES = {HoldScope.CYCLE: "cycle", HoldScope.LETTER: "letter", HoldScope.PERSON: "person"}
# Whoever destroys holds it too, so that a hold is placed before a batch or after it, and never within.


class HoldReasonMissing(InvalidInput):
    """A hold is placed and lifted for a reason that can be read later."""

    code = "HOLD_REASON_MISSING"
    zh = "须填写原因（1 到 {longest} 个字符）。"
    en = "Give a reason of 1 to {longest} characters."


class HoldObjectUnfit(InvalidInput):
    """A hold on the whole company names no object, every other one names its own."""

    code = "HOLD_OBJECT_UNFIT"
    zh = "范围“{scope}”的保全{need_zh}指定对象。"
    en = "A hold over {scope} {need_en} an object."


class HoldLifted(Refused):
    """A hold is lifted once."""

    code = "HOLD_LIFTED"
    zh = "该保全已解除。"
    en = "This hold was lifted already."


async def lock_destroying() -> None:
    """Wait until nobody else in the company destroys or holds, and keep others waiting until the end of the transaction."""
    await take_lock("retention")


async def place_hold(actor: Actor, *, scope: HoldScope, object_id: UUID | None, reason: str) -> UUID:
    """Keep a company, cycle, letter or person from being destroyed, and return the hold's id."""
    await require(actor, Permission.RETENTION_HOLD)
    why = checked_reason(reason)
    if (scope is HoldScope.COMPANY) is not (object_id is None):
        needs = scope is not HoldScope.COMPANY
        raise HoldObjectUnfit(
            field="objectId", scope=scope.value, need_zh="须" if needs else "不得", need_en="needs" if needs else "has not"
        )
    if object_id is not None and not await fetch_value(f"select 1 from {_TABLES[scope]} where id = $1", object_id):
        raise NotFound(field="objectId")
    await lock_destroying()
    hold = await RetentionHold.create(scope=scope.value, object_id=object_id, reason=why, placed_by=actor.membership_id)
    after = {"scope": scope.value, "object": str(object_id) if object_id else None, "reason": why}
    await record(actor, "retention.hold", "retention_hold", hold.id, after=after)
    return hold.id


async def lift_hold(actor: Actor, *, hold_id: UUID, version: int, reason: str) -> UUID:
    """Lift a hold for a reason; from then on the rules decide again."""
    await require(actor, Permission.RETENTION_HOLD)
    why = checked_reason(reason)
    hold = await RetentionHold.filter(id=hold_id).select_for_update().first()
    if hold is None:
        raise NotFound(field="holdId")
    if hold.version != version:
        raise Conflict(current_version=hold.version)
    if hold.lifted_at is not None:
        raise HoldLifted(field="holdId")
    hold.lifted_at, hold.lifted_by, hold.lifted_reason, hold.version = now(), actor.membership_id, why, hold.version + 1
    await hold.save(update_fields=["lifted_at", "lifted_by", "lifted_reason", "version"])
    await record(actor, "retention.lift", "retention_hold", hold.id, before={"held": True}, after={"held": False, "reason": why})
    return hold.id


def checked_reason(reason: str) -> str:
    """Return a reason without blanks around it; raises HOLD_REASON_MISSING."""
    why = reason.strip()
    if not why or len(why) > LONGEST_REASON or "\x00" in why:
        raise HoldReasonMissing(field="reason", longest=LONGEST_REASON)
    return why
