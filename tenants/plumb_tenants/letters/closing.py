"""Letters that end without being signed: declined by one of the chain, cancelled by the company, or out of time (A23)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.errors import Conflict, InvalidInput, Refused
from plumb_platform.permissions import Permission, require
from plumb_tenants.letters.access import access_letter
from plumb_tenants.letters.chain import set_state, signers_of, tell
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.rules import OPEN, LetterState
from plumb_tenants.letters.signers import Called, SignerState
from plumb_tenants.letters.signing import own_turn

LONGEST_REASON = 500
ACTIONS = {
    LetterState.DECLINED: "letter.decline",
    LetterState.CANCELLED: "letter.cancel",
    LetterState.EXPIRED: "letter.expire",
    LetterState.REVOKED: "letter.revoke",
}


class ReasonNeeded(InvalidInput):
    """Whoever ends a letter says why."""

    code = "LETTER_REASON_NEEDED"
    zh = "请填写原因（1 到 {longest} 个字符）。"
    en = "Give the reason in 1 to {longest} characters."


class LetterNotOpen(Refused, tells={"number": "Letter.number"}):
    """Only a letter that waits for signatures can be ended; a sealed one is replaced by a revision, or revoked."""

    code = "LETTER_NOT_OPEN"
    zh = "责任书 {number} 当前状态为“{state}”，不能撤销；已签章的责任书请通过目标修订重新签发，或予以作废。"
    en = (
        "The letter {number} is {state} and cannot be cancelled; a sealed one is replaced by a revision of its goals, or revoked."
    )


async def decline_letter(actor: Actor, *, letter_id: UUID, version: int, reason: str) -> Letter:
    """Refuse one's signature, with the reason; only whoever's turn it is declines, and it ends the letter."""
    why = checked_reason(reason)
    letter, signer = await own_turn(actor, letter_id, version)
    await set_state(letter.id, [signer.role], SignerState.DECLINED)
    await close_letter(actor, letter, LetterState.DECLINED, why)
    told = "责任书 {number} 被拒签。{by}：{why}", "The letter {number} was declined. {by}: {why}"
    people = await concerned(letter, besides=actor.person_id)
    await tell(actor, letter, people, "letter.declined", said=told, by=Called((signer.role, signer.label)), why=why)
    return letter


async def cancel_letter(actor: Actor, *, letter_id: UUID, version: int, reason: str) -> Letter:
    """Take back a letter that is not signed by all, with the reason; who may issue it may cancel it."""
    why = checked_reason(reason)
    await require(actor, Permission.LETTER_ISSUE)
    letter = await access_letter(actor, letter_id, Permission.LETTER_ISSUE, lock=True)
    if letter.version != version:
        raise Conflict(current_version=letter.version)
    if LetterState(letter.state) not in OPEN:
        raise LetterNotOpen(field="letterId", row=letter.id, number=letter.number, state=LetterState(letter.state))
    await close_letter(actor, letter, LetterState.CANCELLED, why)
    told = "责任书 {number} 已撤销：{why}", "The letter {number} was cancelled: {why}"
    people = await concerned(letter, besides=actor.person_id)
    await tell(actor, letter, people, "letter.cancelled", said=told, why=why)
    return letter


async def expire_letters(actor: Actor) -> int:
    """End every letter of the company whose time to sign is over; return how many."""
    due = await fetch(
        "select id from letter where state in ('ISSUED', 'PARTLY_SIGNED') and expires_at <= $1 and superseded_by is null "
        "order by id for no key update skip locked",
        now(),
    )
    for row in due:
        letter = await Letter.get(id=row["id"])
        await close_letter(actor, letter, LetterState.EXPIRED, "")
        told = "责任书 {number} 超过签署期限，已失效。", "The letter {number} was not signed in time and has expired."
        await tell(actor, letter, await concerned(letter, besides=None), "letter.expired", said=told)
    return len(due)


async def close_letter(actor: Actor, letter: Letter, state: LetterState, reason: str) -> None:
    """Move a letter to the state in which it ends, with who, when and why, and leave an audit entry."""
    before = {"state": letter.state, "version": letter.version}
    letter.state, letter.version = state.value, letter.version + 1
    letter.closed_at, letter.closed_by, letter.closed_reason = now(), actor.membership_id, reason or None
    await letter.save(update_fields=["state", "version", "closed_at", "closed_by", "closed_reason"])
    action = ACTIONS[state]
    after = {"state": letter.state, "version": letter.version, "reason": reason}
    await record(actor, action, "letter", letter.id, before=before, after=after)


async def concerned(letter: Letter, *, besides: UUID | None) -> list[UUID]:
    """Return the issuer and everybody of the chain who was asked already, without whoever acted."""
    asked = {each.person_id for each in await signers_of(letter.id) if each.asked_at is not None}
    rows = await fetch("select person_id from membership where id = $1 and person_id is not null", letter.issued_by)
    return sorted((asked | {row["person_id"] for row in rows}) - {besides})


def checked_reason(text: str) -> str:
    """Return the reason without space around it; raises LETTER_REASON_NEEDED."""
    if not 1 <= len(text.strip()) <= LONGEST_REASON:
        raise ReasonNeeded(field="reason", longest=LONGEST_REASON)
    return text.strip()
