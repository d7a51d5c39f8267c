"""The alarm of a revision that has not reached everybody within 24 hours: said to those responsible, and kept (C73)."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.permissions import Permission
from plumb_platform.permissions.members import members_holding
from plumb_platform.telling import Sentence
from plumb_tenants.notifications.service import notify
from plumb_tenants.revisions.resources import PROPAGATION_STATE
from plumb_tenants.revisions.states import REACHES_WITHIN

_OPEN = f"from propagation p where p.revision_id = r.id and {PROPAGATION_STATE.format(row='p')} <> 'DONE'"
_LATE = f"""
select r.id, r.goal_id, r.opened_by, g.title, r.published_at is null as untold, (select count(*)::int {_OPEN}) as open,
  exists (select {_OPEN} and p.state = 'PENDING') as waits,
  array(select distinct p.asked_id {_OPEN} and p.asked_id is not null) as asked
from revision r join goal g on g.tenant_id = r.tenant_id and g.id = r.goal_id
where r.state = 'APPROVED' and r.approved_at < $1 and r.alarmed_at is null and (r.published_at is null or exists (select {_OPEN}))
order by r.id for no key update of r
"""
_PARTS = "select owner_id, goal_id from propagation where revision_id = $1 and owner_id is not null"
_ALARMED = "update revision set alarmed_at = $2 where id = $1 returning id"
_MANAGERS = "select m.id from person p join person m on m.id = p.manager_id and m.active where p.id = any($1::uuid[])"


async def raise_late_alarms(actor: Actor) -> list[UUID]:
    """Tell those responsible of each revision that is late, once, and return its id.

    Responsible are who asked for the revision, who is asked about a goal below and their managers; where the product itself
    owes the work, also whoever may start its jobs again.
    """
    late = await fetch(_LATE, now() - REACHES_WITHIN)
    for row in late:
        people = await _responsible(actor, row)
        await _tell(actor, row, people)
        await execute(_ALARMED, row["id"], now())
        after = {"open": row["open"], "untold": row["untold"], "people": [str(each) for each in people]}
        await record(actor, "revision.late", "revision", row["id"], after=after)
    return [row["id"] for row in late]


async def _tell(actor: Actor, row: dict[str, Any], people: Collection[UUID]) -> None:
    """Tell each, once; who has a part of the goal is told of it as of the part."""
    own = {each["owner_id"]: each["goal_id"] for each in await fetch(_PARTS, row["id"])}
    for person in people:
        await notify(
            actor,
            people=[person],
            kind="revision.late",
            object_type="Revision",
            object_id=row["id"],
            said=Sentence(
                zh="目标“{title}”的修订通过已超过 24 小时，尚未全部同步，请尽快确认或处理仍待您处理的下级目标。",
                en="The revision of {title} was approved more than 24 hours ago and has not reached everybody: confirm the goals "
                "below it that wait for you, or decide.",
                tells={"title": "Goal.title"},
                row=own.get(person, row["goal_id"]),
                title=row["title"],
            ),
            once=f"revision:{row['id']}:late",
        )


async def _responsible(actor: Actor, row: dict[str, Any]) -> list[UUID]:
    managers = [each["id"] for each in await fetch(_MANAGERS, row["asked"])]
    holders = await members_holding(actor, Permission.JOB_RETRY) if row["untold"] or row["waits"] else []
    keepers = [each.person_id for each in holders if each.person_id is not None]
    return sorted({row["opened_by"], *row["asked"], *managers, *keepers})
