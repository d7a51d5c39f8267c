"""Delegating one's approvals between two days, and who acts for whom today (A17)."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.errors import InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission, require
from plumb_tenants.approvals.models import ApprovalDelegation
from plumb_tenants.definitions.service import company_today
from plumb_tenants.people.access import access_colleague
from plumb_tenants.people.service import refuse_leavers

LONGEST_DAYS = 366
DELEGATED_TODAY = (
    "exists (select from approval_delegation g where g.tenant_id = {task}.tenant_id and g.from_id = {task}.assignee_id "
    "and g.to_id = {task}.delegate_id and g.revoked_at is null and {today} between g.starts_on and g.ends_on)"
)
"""Whether the delegate that a task was shown to acts for its assignee on the day `{today}`; the timer tidies up later."""
_IN_FORCE = "d.revoked_at is null and d.starts_on <= $1 and d.ends_on >= $1"
_DELEGATES = f"""
select distinct on (d.from_id) d.from_id, d.to_id from approval_delegation d join person p on p.id = d.to_id and p.active
where d.from_id = any($2) and {_IN_FORCE} order by d.from_id, d.id desc
"""
_REFRESH = f"""
update approval_task t set delegate_id = f.to_id from (
  select o.id, (select d.to_id from approval_delegation d join person p on p.id = d.to_id and p.active
    where d.from_id = o.assignee_id and {_IN_FORCE} order by d.id desc limit 1) as to_id
  from approval_task o where o.state = 'OPEN' and ($2::uuid is null or o.assignee_id = $2)) f
where t.id = f.id and t.delegate_id is distinct from f.to_id returning t.id
"""
_OVERLAP = "select id from approval_delegation where from_id = $1 and revoked_at is null and starts_on <= $3 and ends_on >= $2"


class DelegationDatesInvalid(InvalidInput):
    """A delegation begins today or later and comes to an end."""

    code = "APPROVAL_DELEGATION_DATES_INVALID"
    zh = "委派日期 {starts_on} 至 {ends_on} 无效：不早于今天 {today}，先开始后结束，最长 {longest} 天。"
    en = "The days {starts_on} to {ends_on} are not valid: from today, {today}, on, in order, at most {longest} days."


class DelegationToSelf(InvalidInput):
    """Somebody else acts while one is away."""

    code = "APPROVAL_DELEGATION_TO_SELF"
    zh = "不能委派给自己。"
    en = "Approvals are delegated to somebody else."


class DelegationOverlaps(Refused):
    """On one day one person acts for another."""

    code = "APPROVAL_DELEGATION_OVERLAPS"
    zh = "该时段内您已有委派，请先撤销。"
    en = "You have delegated your approvals for some of these days already; revoke that first."


async def delegate_approvals(actor: Actor, *, person_id: UUID, starts_on: date, ends_on: date) -> UUID:
    """Let a colleague decide one's approvals from a day to a day, both included, and return the delegation's id."""
    await require(actor, Permission.APPROVAL_ACT)
    today = await company_today(actor)
    if not today <= starts_on <= ends_on or ends_on - starts_on >= timedelta(days=LONGEST_DAYS):
        raise DelegationDatesInvalid(field="endsOn", starts_on=starts_on, ends_on=ends_on, today=today, longest=LONGEST_DAYS)
    if actor.person_id is None:
        raise NotFound(field="personId")
    await access_colleague(actor, person_id, field="personId")
    if person_id == actor.person_id:
        raise DelegationToSelf(field="personId")
    await fetch("select id from person where id = $1 for no key update", actor.person_id)
    if await fetch(_OVERLAP, actor.person_id, starts_on, ends_on):
        raise DelegationOverlaps(field="startsOn")
    made = await ApprovalDelegation.create(from_id=actor.person_id, to_id=person_id, starts_on=starts_on, ends_on=ends_on)
    await refuse_leavers([person_id], field="personId")
    await refresh_delegates(actor, actor.person_id)
    after = {"to": str(person_id), "starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
    await record(actor, "approval.delegate", "approval_delegation", made.id, after=after)
    return made.id


async def revoke_approval_delegation(actor: Actor, *, delegation_id: UUID) -> UUID:
    """End one's own delegation at once, and return its id; ended already, it stays as it is."""
    await require(actor, Permission.APPROVAL_ACT)
    found = await ApprovalDelegation.filter(id=delegation_id, from_id=actor.person_id).select_for_update(no_key=True).first()
    if found is None or actor.person_id is None:
        raise NotFound(field="delegationId")
    if found.revoked_at is None:
        found.revoked_at = now()
        await found.save(update_fields=["revoked_at"])
        await refresh_delegates(actor, actor.person_id)
        await record(actor, "approval.revoke_delegation", "approval_delegation", found.id, before={"to": str(found.to_id)})
    return found.id


async def delegates_of(actor: Actor, people: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return who acts today for those of the people who have delegated."""
    if not people:
        return {}
    rows = await fetch(_DELEGATES, await company_today(actor), list(people))
    return {row["from_id"]: row["to_id"] for row in rows}


async def refresh_delegates(actor: Actor, person_id: UUID | None = None) -> int:
    """Show open tasks, of one person or of all, to who acts for their people today; return how many changed hands."""
    return len(await execute(_REFRESH, await company_today(actor), person_id))
