"""Publishing an approved revision: one message to each whom it touches, and marks on what changed until they have read it (C74).

It is a job of the approval's own transaction, due within 24 hours; what is later is an alarm (C73).
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.errors import InvalidInput, NotFound
from plumb_platform.permissions import Permission, require
from plumb_tenants.notifications.service import notify
from plumb_tenants.revisions.models import ChangeMark, Revision, RevisionImpact
from plumb_tenants.revisions.states import Direction, RevisionState

PUBLISHED_WITHIN = timedelta(hours=24)
MOST_AT_ONCE = 500
_LATE = "select id from revision where state = 'APPROVED' and published_at is null and approved_at < $1 order by id"
_TITLE = "select title from goal where id = $1"
_READ = "update change_mark set read_at = $1 where person_id = $2 and read_at is null and goal_id = any($3) returning id"
_SEEN = "select count(distinct goal_id) as n from change_mark where person_id = $1 and goal_id = any($2)"


class TooManyMarks(InvalidInput):
    """A list of ids has a length that one statement carries."""

    code = "CHANGE_MARKS_TOO_MANY"
    zh = "一次最多标记 {most} 个目标。"
    en = "Mark at most {most} goals at once."


async def publish_revision(actor: Actor, revision_id: UUID) -> int:
    """Tell everybody whom a revision touches, once, and mark what changed; return how many people that were."""
    row = await Revision.filter(id=revision_id).select_for_update().get()
    if row.state != RevisionState.APPROVED or row.published_at is not None:
        return 0
    touched = await RevisionImpact.filter(revision_id=row.id)
    people = {each.owner_id for each in touched if each.owner_id is not None} | {row.opened_by}
    (goal,) = await fetch(_TITLE, row.goal_id)
    await notify(
        actor,
        people=people,
        kind="revision.published",
        object_type="Goal",
        object_id=row.goal_id,
        zh=f"目标“{goal['title']}”已修订：{_said(row)}。原因：{row.cause}",
        en=f"The goal {goal['title']} was revised: {_said(row)}. Why: {row.cause}",
        once=f"revision:{row.id}",
    )
    await ChangeMark.bulk_create(_marks(row, touched, people))
    row.published_at = now()
    await row.save(update_fields=["published_at"])
    await record(actor, "revision.publish", "revision", row.id, after={"people": len(people), "goals": len(touched)})
    return len(people)


async def late_publications() -> list[UUID]:
    """Return the revisions that were approved more than 24 hours ago and that nobody was told of."""
    return [row["id"] for row in await fetch(_LATE, now() - PUBLISHED_WITHIN)]


async def mark_changes_read(actor: Actor, *, goal_ids: Collection[UUID]) -> int:
    """Take the caller's own marks off goals, and return how many there were; NotFound for a goal without any mark of theirs."""
    await require(actor, Permission.REVISION_READ)
    chosen = list(set(goal_ids))
    if len(chosen) > MOST_AT_ONCE:
        raise TooManyMarks(field="goalIds", most=MOST_AT_ONCE)
    seen = await fetch(_SEEN, actor.person_id, chosen)
    if seen[0]["n"] != len(chosen):
        raise NotFound(field="goalIds")
    return len(await execute(_READ, now(), actor.person_id, chosen))


def changed_fields(row: Revision) -> list[str]:
    """Return the fields of the goal that a revision changes, as the API writes them."""
    pairs = {
        "target": (str(row.old["target"]), f"{row.target:.2f}"),
        "weight": (str(row.old["weight"]), f"{row.weight:.2f}"),
        "metric": (row.old["metric"], row.metric),
        "unitOfMeasure": (row.old["unit_of_measure"], row.unit_of_measure),
    }
    return [name for name, (before, after) in pairs.items() if before != after]


def _marks(row: Revision, touched: list[RevisionImpact], people: Collection[UUID]) -> list[ChangeMark]:
    """Everybody sees the marks on the revised goal, the owner of another goal those on its weight."""
    marks = [ChangeMark(revision_id=row.id, goal_id=row.goal_id, person_id=each, changed=changed_fields(row)) for each in people]
    marks += [
        ChangeMark(revision_id=row.id, goal_id=each.goal_id, person_id=each.owner_id, changed=["weight"])
        for each in touched
        if each.direction == Direction.BESIDE and each.owner_id is not None and each.weight_before != each.weight_after
    ]
    return marks


def _said(row: Revision) -> str:
    old = row.old
    return f"{old['metric']} {old['target']} {old['unit_of_measure']} → {row.metric} {row.target:.2f} {row.unit_of_measure}"
