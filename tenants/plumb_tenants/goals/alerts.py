"""What people do about alerts of goals: say what is to be done; and how long they took to (C43)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch_one
from plumb_platform.errors import Conflict, InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.access.scope import placed, sql_scope
from plumb_tenants.calendars.service import CalendarYearMissing, company_calendar, elapsed
from plumb_tenants.goals.access import access_goal
from plumb_tenants.goals.alert_resource import GOAL_ALERT
from plumb_tenants.goals.models import GoalAlert
from plumb_tenants.goals.rules import is_text
from plumb_tenants.metrics.service import check_period
from plumb_tenants.people.access import access_unit

LONGEST_NOTE = 2000
TENTH = Decimal("0.1")


class AlertNoteMissing(InvalidInput):
    """An alert is answered by what is to be done."""

    code = "ALERT_NOTE_MISSING"
    zh = "请填写应对措施（1 到 {longest} 个字符）。"
    en = "Say what will be done, in 1 to {longest} characters."


class AlertClosed(Refused):
    """An alert is answered once, while its goal is behind."""

    code = "ALERT_CLOSED"
    zh = "该预警已应对或已解除。"
    en = "The alert is answered already, or its goal is behind no more."


@dataclass(frozen=True, slots=True)
class AlertResponse:
    """The alerts of a time: how many, and the mean seconds to their first answer by the clock and in working hours.

    `waiting` are those that nobody answered and that are still on, with when the first of them was raised; `passed` ended
    without an answer. Means are None where there is nothing to take one of.
    """

    raised: int
    answered: int
    clock_seconds: Decimal | None
    working_seconds: Decimal | None
    waiting: int
    waiting_since: datetime | None
    passed: int


_RESPONSE = """
select count(*) as raised, count(a.answered_at) as answered,
  avg(extract(epoch from a.answered_at - a.created_at)) as clock_seconds, avg(a.working_seconds) as working_seconds,
  count(*) filter (where a.answered_at is null and a.ended_at is null) as waiting,
  min(a.created_at) filter (where a.answered_at is null and a.ended_at is null) as waiting_since,
  count(*) filter (where a.answered_at is null and a.ended_at is not null) as passed
from goal_alert a join goal g on g.tenant_id = a.tenant_id and g.id = a.goal_id join company k on k.tenant_id = a.tenant_id
where g.unit_id in (select descendant_id from org_unit_closure where ancestor_id = $1)
  and (a.created_at at time zone k.time_zone)::date between $2 and $3 and {reached}
"""
_MEANS = ("clock_seconds", "working_seconds")


async def answer_alert(actor: Actor, *, alert_id: UUID, version: int, note: str) -> UUID:
    """Say what is to be done about a goal that is behind, once, and return the alert's id."""
    found = await GoalAlert.filter(id=alert_id).select_for_update(no_key=True).first()
    if found is None:
        raise NotFound(field="alertId")
    goal = await access_goal(actor, found.goal_id, Permission.CHECK_IN_WRITE, field="alertId")
    if found.answered_at is not None or found.ended_at is not None:
        raise AlertClosed(field="alertId")
    if found.version != version:
        raise Conflict(current_version=found.version)
    if not is_text(note, longest=LONGEST_NOTE):
        raise AlertNoteMissing(field="note", longest=LONGEST_NOTE)
    at = now()
    try:
        found.working_seconds = int(elapsed(await company_calendar(actor), found.created_at, at).working.total_seconds())
    except CalendarYearMissing:
        found.working_seconds = None  # nobody knows the working days of a year that was not announced yet
    found.answered_at, found.answered_by, found.note, found.version = at, actor.membership_id, note.strip(), version + 1
    await found.save(update_fields=["answered_at", "answered_by", "note", "working_seconds", "version"])
    await record(actor, "goal_alert.answer", "goal", goal.id, after={"alert": str(found.id), "note": found.note})
    return found.id


async def alert_response(actor: Actor, *, unit_id: UUID, starts_on: date, ends_on: date) -> AlertResponse:
    """Return how fast alerts that were raised from one day to another were answered, of a unit's goals and of those below."""
    check_period(starts_on, ends_on)
    await refuse_hidden(actor, GOAL_ALERT, ["answeredAt", "endedAt"])
    await access_unit(actor, unit_id, Permission.UNIT_READ, field="unitId")
    place = placed(Permission.CHECK_IN_READ, own=("{row}.owner_id",), unit="{row}.unit_id")
    reached, values = await sql_scope(actor, Permission.CHECK_IN_READ, place, alias="g", first=4)
    row = await fetch_one(_RESPONSE.format(reached=reached), unit_id, starts_on, ends_on, *values) or {}
    means = {name: None if row[name] is None else Decimal(row[name]).quantize(TENTH) for name in _MEANS}
    return AlertResponse(**row | means)
