"""How long approvals take: one by its two clocks, and the average of a flow (C71, C80)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_one
from plumb_platform.errors import Forbidden
from plumb_platform.permissions import Permission, reaches_whole

_ONE = "select created_at, ended_at, clock_seconds, working_seconds from approval where id = $1"
_AVERAGE = """
select count(*) as ended, avg(clock_seconds) as clock_seconds, avg(working_seconds) as working_seconds
from approval where flow_key = $1 and state in ('APPROVED', 'REJECTED') and ended_at >= $2 and ended_at < $3
"""


@dataclass(frozen=True, slots=True)
class ApprovalTimes:
    """What approvals took without their pauses, in seconds of the clock and of working hours; None where nothing ended."""

    ended: int
    clock_seconds: Decimal | None
    working_seconds: Decimal | None


async def approval_times(approval_id: UUID) -> ApprovalTimes:
    """Return what one approval took; the caller has checked the thing that it is about."""
    row = await fetch_one(_ONE, approval_id)
    ended = row is not None and row["ended_at"] is not None
    clock, working = (row["clock_seconds"], row["working_seconds"]) if row and ended else (None, None)
    return ApprovalTimes(int(ended), *(None if each is None else Decimal(each) for each in (clock, working)))


async def average_times(actor: Actor, *, flow_key: str, since: datetime, until: datetime) -> ApprovalTimes:
    """Return the averages over all approvals of a flow that ended in a time."""
    if not await reaches_whole(actor, Permission.APPROVAL_READ):
        raise Forbidden(permission=Permission.APPROVAL_READ.value)
    row = await fetch_one(_AVERAGE, flow_key, since, until) or {}
    figures = [row.get(name) for name in ("clock_seconds", "working_seconds")]
    return ApprovalTimes(int(row.get("ended", 0)), *(None if each is None else round(Decimal(each), 1) for each in figures))
