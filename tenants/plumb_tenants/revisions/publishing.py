"""Publishing an approved revision: one message to each whom it touches, and marks on what changed until they have read it (C74).

It follows the job that carries the revision to the goals below, due within 24 hours of the approval (C73).
"""

from collections import Counter
from collections.abc import Collection, Sequence
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import Write, fetch, write_alone
from plumb_platform.errors import InvalidInput, NotFound
from plumb_platform.permissions import Permission, require
from plumb_platform.telling import Sentence
from plumb_tenants.notifications.service import notify
from plumb_tenants.revisions.impact import PADDED
from plumb_tenants.revisions.models import ChangeMark, Propagation, Revision, RevisionImpact
from plumb_tenants.revisions.states import Direction, RevisionState

PUBLISH_TOPIC = "revisions.publish"
MOST_AT_ONCE = 500
_TITLE = "select title from goal where id = $1"
_UNTOLD = f"select distinct g.owner_id from goal g where g.parent_id = $1 and g.owner_id is not null and {PADDED}"
# Whether each goal bears a mark of the caller's is asked by the statement that takes them off.
_READ = """
seen as (
  select count(distinct goal_id) = cardinality($3::uuid[]) as each from change_mark where person_id = $2 and goal_id = any($3)
), marked as (
  update change_mark set read_at = $1
  where person_id = $2 and read_at is null and goal_id = any($3) and (select each from seen) returning id
)
"""
_MARKED = "(select case when each then (select count(*) from marked) end from seen)"


class TooManyMarks(InvalidInput):
    """A list of ids has a length that one statement carries."""

    code = "CHANGE_MARKS_TOO_MANY"
    zh = "一次最多标记 {most} 个目标。"
    en = "Mark at most {most} goals at once."


async def publish_revision(actor: Actor, revision_id: UUID) -> int:
    """Tell everybody whom a revision touches, once, and mark what changed; return how many people that were."""
    row = await Revision.filter(id=revision_id).select_for_update(no_key=True).get()
    if row.state != RevisionState.APPROVED or row.published_at is not None:
        return 0
    touched = await RevisionImpact.filter(revision_id=row.id)
    people = {each.owner_id for each in touched if each.owner_id is not None} | {row.opened_by}
    (goal,) = await fetch(_TITLE, row.goal_id)
    below = await Propagation.filter(revision_id=row.id)
    asked = Counter(each.asked_id for each in below if each.asked_id is not None)
    people |= set(asked)
    # Whose part comes of a padded total reads neither that total nor its successor (A6).
    untold = {each["owner_id"] for each in await fetch(_UNTOLD, row.goal_id)} - {row.owner_id, row.opened_by}
    # What a goal is a part of is told with the goal: who sees these fields of their own part is told them of the one above.
    parts = {each.goal_id: each.owner_id for each in touched} | {each.goal_id: each.owner_id for each in below}
    own = {owner: goal_id for goal_id, owner in parts.items() if owner not in (None, row.owner_id)}
    marks = _marks(row, touched, people)
    await ChangeMark.bulk_create(marks + _marks_below(row, below))
    # Why is told by one's own mark: the revision itself is read by few of those whom it touches.
    marked = {each.person_id: each.id for each in marks if each.goal_id == row.goal_id}
    for person in sorted(people):
        zh, en = _asked(asked[person])
        ends = ("", "") if person in untold else ("：{change}", ": {change}")
        await notify(
            actor,
            people=[person],
            kind="revision.published",
            object_type="Goal",
            object_id=row.goal_id,
            said=Sentence(
                zh="目标“{title}”已修订" + ends[0] + "。{asked_zh}原因：{why}",
                en="The goal {title} was revised" + ends[1] + ". {asked_en}Why: {why}",
                tells={
                    "title": "Goal.title",
                    "change": "Goal.target Goal.weight Goal.metric Goal.unitOfMeasure",
                    "why": "ChangeMark.cause",
                },
                row=dict.fromkeys(("title", "change"), own.get(person, row.goal_id)) | {"why": marked[person]},
                title=goal["title"],
                change=_said(row),
                asked_zh=zh,
                asked_en=en,
                why=row.cause,
            ),
            once=f"revision:{row.id}",
        )
    row.published_at = now()
    await row.save(update_fields=["published_at"])
    await record(actor, "revision.publish", "revision", row.id, after={"people": len(people), "goals": len(touched)})
    return len(people)


async def mark_changes_read(actor: Actor, *, goal_ids: Collection[UUID]) -> int:
    """Take the caller's own marks off goals, and return how many there were; NotFound for a goal without any mark of theirs."""
    await require(actor, Permission.REVISION_READ)
    chosen = list(set(goal_ids))
    if len(chosen) > MOST_AT_ONCE:
        raise TooManyMarks(field="goalIds", most=MOST_AT_ONCE)
    marked: int | None = await write_alone(Write(_READ, (now(), actor.person_id, chosen), _MARKED))
    if marked is None:
        raise NotFound(field="goalIds")
    return marked


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


def _marks_below(row: Revision, below: Sequence[Propagation]) -> list[ChangeMark]:
    """The owner of a goal below sees what was proposed for it."""
    swapped = {"metric": row.old["metric"] != row.metric, "unitOfMeasure": row.old["unit_of_measure"] != row.unit_of_measure}
    return [
        ChangeMark(
            revision_id=row.id,
            goal_id=each.goal_id,
            person_id=each.owner_id,
            changed=["target", *(name for name, is_changed in swapped.items() if is_changed)],
        )
        for each in below
        if each.owner_id is not None and each.goal_version_id is not None
    ]


def _asked(goals: int) -> tuple[str, str]:
    """Return what a person is asked to do, in both languages; nothing for nobody's word."""
    if not goals:
        return "", ""
    return f"请确认或处理随之调整的 {goals} 个下级目标。", f"Goals below that wait for your word: {goals}. "


def _said(row: Revision) -> str:
    old = row.old
    return f"{old['metric']} {old['target']} {old['unit_of_measure']} → {row.metric} {row.target:.2f} {row.unit_of_measure}"
