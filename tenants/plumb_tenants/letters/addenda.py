"""Addendum letters: once the owner has confirmed revised goals, the letter that they outdated gets its successor (N3).

One whose goals passed to somebody else stays as it is: who took them over signed nothing.
"""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch, fetch_value
from plumb_platform.queue.service import enqueue
from plumb_tenants.definitions.service import effective_version, pinned_version
from plumb_tenants.goals.service import on_confirmed
from plumb_tenants.letters.definition import KIND
from plumb_tenants.letters.issuing import hold_letters_of, issue_letter
from plumb_tenants.letters.shipped import ShippedLetter
from plumb_tenants.letters.statements import ENDED, OUTDATED

_OWED = f"""
select l.id, l.definition_version_id, array(
  select b.goal_id from letter_goal b where b.letter_id = l.id order by b.ordinal) as goals
from letter l where l.superseded_by is null and not {ENDED.format("l")} and {OUTDATED.format("l")}
  and exists (select from letter_goal b join goal g on g.id = b.goal_id
    join goal_version v on v.goal_id = g.id and v.number = g.current_number
    where b.letter_id = l.id and v.id <> b.goal_version_id and v.derivation ? 'revision_id')
  and not exists (select from letter_goal b join goal g on g.id = b.goal_id where b.letter_id = l.id
    and (g.state <> 'CONFIRMED' or g.owner_id is distinct from l.employee_id))
"""
_OUTDATING = """
select true from letter l join letter_goal b on b.letter_id = l.id join goal g on g.id = b.goal_id
join goal_version v on v.goal_id = g.id and v.number = g.current_number
where b.goal_id = $1 and l.superseded_by is null and v.id <> b.goal_version_id limit 1
"""
_BOUND = " and exists (select from letter_goal b where b.letter_id = l.id and b.goal_id = $1)"
ADDENDA_TOPIC = "letters.addenda"


@on_confirmed
async def ask_addenda(actor: Actor, goal_id: UUID) -> None:
    """Have a job issue the addenda that a confirmation owes, where a letter binds the goal as it was.

    Whether all its other goals are confirmed too is the job's question: they may be, by somebody at the same time.
    """
    if await fetch_value(_OUTDATING, goal_id):
        await enqueue(actor, ADDENDA_TOPIC, {"goal_id": str(goal_id)})


async def issue_addenda(actor: Actor, goal_id: UUID) -> list[UUID]:
    """Issue the addenda that are owed over a goal and return their ids; none where they came about meanwhile."""
    owed = [row["id"] for row in await fetch(f"{_OWED} {_BOUND} order by l.id", goal_id)]
    return [issued for letter_id in owed if (issued := await issue_addendum(actor, letter_id))]


async def addenda_owed() -> list[UUID]:
    """Return the letters that bind somebody, that a revision outdated and whose goals their owner has all confirmed anew."""
    return [row["id"] for row in await fetch(f"{_OWED} order by l.id")]


async def issue_addendum(actor: Actor, letter_id: UUID) -> UUID | None:
    """Issue the letter that takes an outdated one's place and return its id; None when it has one.

    The company's addendum is used, if it has published the one that Plumb brings along in the letter's language; else the
    letter's own template, which names its predecessor as well. Timer and job may come at once: whoever waited finds it issued.
    """
    employee_id = await fetch_value("select employee_id from letter where id = $1", letter_id)
    await hold_letters_of(employee_id)
    rows = await fetch(f"{_OWED} and l.id = $1", letter_id)
    if not rows:
        return None
    (found,) = rows
    letter = await issue_letter(
        actor, goal_ids=found["goals"], template_version_id=await _template_of(actor, found["definition_version_id"])
    )
    await record(actor, "letter.addendum", "letter", letter.id, after={"addendum_to": str(letter_id)})
    return letter.id


async def _template_of(actor: Actor, version_id: UUID) -> UUID:
    outdated = await pinned_version(actor, version_id, kind=KIND)
    key = ShippedLetter.ADDENDUM_EN if outdated.body.locale == "en" else ShippedLetter.ADDENDUM_ZH
    addendum = await effective_version(actor, kind=KIND, key=key.value)
    return addendum.id if addendum else version_id
