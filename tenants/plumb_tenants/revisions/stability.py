"""The stability of goals: how often a sort of goal was revised in a unit, and the ticket that asks why (C76, D12)."""

import calendar
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch_value, take_lock
from plumb_platform.errors import Conflict, Forbidden, InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission, reaches_whole
from plumb_tenants.company.service import get_company
from plumb_tenants.goals.service import is_text
from plumb_tenants.revisions.definition import rules_in_effect
from plumb_tenants.revisions.models import Revision, RootCause
from plumb_tenants.revisions.states import RootCauseState

LONGEST_FINDING = 4000
_COUNT = """
select count(*) from revision where unit_id = $1 and old ->> 'metric' = $2 and state = 'APPROVED' and approved_at > $3
  and id <> $4
"""


class FindingInvalid(InvalidInput):
    """A ticket is closed by what was found."""

    code = "ROOT_CAUSE_FINDING_INVALID"
    zh = "请填写根因结论（1 到 {longest} 个字符）。"
    en = "Say what was found, in 1 to {longest} characters."


class RootCauseClosed(Refused):
    """A closed ticket has its answer."""

    code = "ROOT_CAUSE_CLOSED"
    zh = "该根因分析工单已关闭。"
    en = "This root-cause ticket is closed."


async def count_revision(actor: Actor, row: Revision) -> UUID | None:
    """Return the open ticket that an approved revision belongs to, made if it is the one too many; None below the limit.

    Counted per metric and unit over the rolling months of the rules; the revision itself is the last of them.
    """
    rules, category, at = await rules_in_effect(actor), str(row.old["metric"]), row.approved_at or now()
    await take_lock("root_cause", row.unit_id, category)
    zone = ZoneInfo((await get_company(actor)).time_zone)
    since = months_before(at.astimezone(zone), rules.stability_months)
    if 1 + int(await fetch_value(_COUNT, row.unit_id, category, since, row.id)) <= rules.stability_limit:
        return None
    state = RootCauseState.OPEN.value
    found = await RootCause.filter(unit_id=row.unit_id, category=category, state=state).first()
    if found is None:
        found = await RootCause.create(unit_id=row.unit_id, category=category, state=state)
        await record(actor, "root_cause.open", "root_cause", found.id, after={"category": category, "revision": str(row.id)})
    return found.id


async def close_root_cause(actor: Actor, *, root_cause_id: UUID, version: int, finding: str) -> UUID:
    """Close a ticket with what was found, and return its id; the next revision too many opens another."""
    if not await reaches_whole(actor, Permission.ROOT_CAUSE_CLOSE):
        raise Forbidden(permission=Permission.ROOT_CAUSE_CLOSE.value)
    row = await RootCause.filter(id=root_cause_id).select_for_update(no_key=True).first()
    if row is None:
        raise NotFound(field="rootCauseId")
    if row.state == RootCauseState.CLOSED:
        raise RootCauseClosed(field="rootCauseId")
    if row.version != version:
        raise Conflict(current_version=row.version)
    if not is_text(finding, longest=LONGEST_FINDING):
        raise FindingInvalid(field="finding", longest=LONGEST_FINDING)
    row.state, row.finding, row.version = RootCauseState.CLOSED.value, finding.strip(), row.version + 1
    row.closed_at, row.closed_by = now(), actor.membership_id
    await row.save()
    await record(actor, "root_cause.close", "root_cause", row.id, after={"finding": row.finding})
    return row.id


def months_before(instant: datetime, months: int) -> datetime:
    """Return the same time of day so many months earlier on the calendar of the instant's own zone.

    It is on the month's last day where that has no such day; a day has its length there, whatever the hour was moved by.
    """
    number = instant.year * 12 + instant.month - 1 - months
    year, month = number // 12, number % 12 + 1
    return instant.replace(year=year, month=month, day=min(instant.day, calendar.monthrange(year, month)[1]))
