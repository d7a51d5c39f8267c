"""Addendum letters: once the owner has confirmed revised goals, the letter that they outdated gets its successor (N3)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch
from plumb_tenants.definitions.service import effective_version, pinned_version
from plumb_tenants.letters.definition import KIND
from plumb_tenants.letters.issuing import issue_letter
from plumb_tenants.letters.shipped import ShippedLetter
from plumb_tenants.letters.statements import ENDED, OUTDATED

_OWED = f"""
select l.id, l.definition_version_id, array(
  select b.goal_id from letter_goal b where b.letter_id = l.id order by b.ordinal) as goals
from letter l where l.superseded_by is null and not {ENDED.format("l")} and {OUTDATED.format("l")}
  and exists (select from letter_goal b join goal g on g.id = b.goal_id
    join goal_version v on v.goal_id = g.id and v.number = g.current_number
    where b.letter_id = l.id and v.id <> b.goal_version_id and v.derivation ? 'revision_id')
  and not exists (select from letter_goal b join goal g on g.id = b.goal_id where b.letter_id = l.id and g.state <> 'CONFIRMED')
order by l.id
"""


async def addenda_owed() -> list[UUID]:
    """Return the letters that bind somebody, that a revision outdated and whose goals their owner has all confirmed anew."""
    return [row["id"] for row in await fetch(_OWED)]


async def issue_addendum(actor: Actor, letter_id: UUID) -> UUID | None:
    """Issue the letter that takes an outdated one's place and return its id; None when it has one.

    The company's addendum is used, if it has published the one that Plumb brings along in the letter's language; else the
    letter's own template, which names its predecessor as well.
    """
    found = next((row for row in await fetch(_OWED) if row["id"] == letter_id), None)
    if found is None:
        return None
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
