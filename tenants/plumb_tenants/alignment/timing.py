"""What setting goals took: from the opening of round 1 to the last confirmation, by unit (C25)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.access.scope import placed, sql_scope
from plumb_tenants.alignment.access import access_alignment
from plumb_tenants.alignment.resources import ALIGNMENT, PROPOSAL
from plumb_tenants.alignment.rounds import rules_of
from plumb_tenants.alignment.rules import elapsed_days, reduction_percent
from plumb_tenants.goals.resources import GOAL

_UNITS = """
select u.id, u.name, count(*)::int as proposals, count(v.confirmed_at)::int as confirmed, max(v.confirmed_at) as last
from proposal p join org_unit u on u.tenant_id = p.tenant_id and u.id = p.unit_id
left join goal g on g.tenant_id = p.tenant_id and g.id = p.goal_id
left join goal_version v on v.tenant_id = g.tenant_id and v.goal_id = g.id and v.number = g.current_number
where p.alignment_id = $1 and {reached} group by u.id, u.name, u.code order by u.code
"""


@dataclass(frozen=True, slots=True)
class UnitTiming:
    """One unit: how many of its proposals are confirmed, and the days from the opening to the last of them."""

    unit_id: UUID
    unit: str
    proposals: int
    confirmed: int
    last_confirmed_at: datetime | None
    days: Decimal | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Timing:
    """All units, the limit, and by how many percent meetings became shorter."""

    opened_at: datetime | None
    most_days: Decimal
    meeting_reduction: Decimal | None
    units: tuple[UnitTiming, ...]


async def setting_time(actor: Actor, *, alignment_id: UUID) -> Timing:
    """Return what setting goals took in the units that the caller levels; raises FieldHidden where its moments are hidden."""
    alignment = await access_alignment(actor, alignment_id)
    await refuse_hidden(actor, ALIGNMENT, ["openedAt", "meetingDaysBefore", "meetingDaysAfter"])
    await refuse_hidden(actor, PROPOSAL, ["confirmedAt"])
    await refuse_hidden(actor, GOAL, ["confirmedAt"])
    resource = placed(Permission.ALIGNMENT_LEVEL, unit="{row}.unit_id")
    reached, values = await sql_scope(actor, Permission.ALIGNMENT_LEVEL, resource, alias="p", first=2)
    rules = await rules_of(actor, alignment)
    units = []
    for row in await fetch(_UNITS.format(reached=reached), alignment.id, *values):
        opened, last = alignment.opened_at, row["last"]
        days = elapsed_days(opened, last) if opened is not None and last is not None else None
        overdue = days is not None and days > rules.most_days
        units.append(UnitTiming(row["id"], row["name"], row["proposals"], row["confirmed"], row["last"], days, overdue))
    before, after = alignment.meeting_days_before, alignment.meeting_days_after
    reduction = reduction_percent(before, after) if before is not None and after is not None else None
    return Timing(alignment.opened_at, rules.most_days, reduction, tuple(units))
