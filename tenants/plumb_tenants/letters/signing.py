"""Signing letters: the employee, then the manager, each in their own session and nobody for them (A25)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.errors import Conflict, NotFound, Refused
from plumb_platform.permissions import Permission, require
from plumb_platform.queue.service import enqueue
from plumb_tenants.letters.access import access_letter
from plumb_tenants.letters.models import Letter, LetterSignature
from plumb_tenants.letters.readers import is_outdated
from plumb_tenants.letters.rules import LetterState, Role, next_state, role_of

SEAL_TOPIC = "letters.seal"


class SignNeedsSession(Refused):
    """A token, a job or a script is nobody's own act."""

    code = "SIGN_NEEDS_SESSION"
    zh = "签署须由本人登录后操作，不能使用令牌或程序。"
    en = "A letter is signed by a person signed in, not by a token or a program."


class NotYourSignature(Refused):
    """Only the two parties sign, whoever issued the letter."""

    code = "NOT_YOUR_SIGNATURE"
    zh = "责任书 {number} 只能由责任人本人及其直属上级签署。"
    en = "Only the employee and the manager whom the letter {number} names can sign it."


class EmployeeSignsFirst(Refused):
    """The manager signs what the employee has taken on."""

    code = "EMPLOYEE_SIGNS_FIRST"
    zh = "责任书 {number} 须先由责任人签署。"
    en = "The employee signs the letter {number} first."


class LetterNotAwaiting(Refused):
    """The letter does not wait for this signature, or no longer."""

    code = "LETTER_NOT_AWAITING_SIGNATURE"
    zh = "责任书 {number} 当前状态为“{state}”，不需要您再签署。"
    en = "The letter {number} is {state} and does not wait for your signature."


class LetterOutdated(Refused):
    """Nobody signs numbers that hold no more."""

    code = "LETTER_OUTDATED"
    zh = "责任书 {number} 所列目标已修订，请签署新的责任书。"
    en = "A goal of the letter {number} was revised; sign the new letter."


async def sign_letter(actor: Actor, *, letter_id: UUID, version: int) -> Letter:
    """Sign a letter as the party that the actor is; the manager's signature sets the seal in motion."""
    await require(actor, Permission.LETTER_SIGN)
    letter = await access_letter(actor, letter_id, Permission.LETTER_READ, lock=True)
    if actor.channel != "session":
        raise SignNeedsSession(field="letterId")
    role = role_of(actor.person_id, employee_id=letter.employee_id, manager_id=letter.manager_id)
    if role is None:
        raise NotYourSignature(field="letterId", number=letter.number)
    await access_letter(actor, letter_id, Permission.LETTER_SIGN)
    if letter.version != version:
        raise Conflict(current_version=letter.version)
    state = _turn(letter, role)
    if await is_outdated(letter.id, hold=True):
        raise LetterOutdated(field="letterId", number=letter.number)
    await _sign(actor, letter, role, state)
    if state is LetterState.SIGNED:
        await enqueue(actor, SEAL_TOPIC, {"letter_id": str(letter.id)}, dedupe_key=str(letter.id))
    return letter


def _turn(letter: Letter, role: Role) -> LetterState:
    state = next_state(letter.state, role)
    if state is None and letter.state == LetterState.ISSUED:
        raise EmployeeSignsFirst(field="letterId", number=letter.number)
    if state is None:
        raise LetterNotAwaiting(field="letterId", number=letter.number, state=LetterState(letter.state))
    return state


async def _sign(actor: Actor, letter: Letter, role: Role, state: LetterState) -> None:
    if actor.person_id is None or actor.membership_id is None:
        raise NotFound(field="letterId")
    signed_at = now()
    await LetterSignature.create(
        letter_id=letter.id,
        role=role.value,
        person_id=actor.person_id,
        membership_id=actor.membership_id,
        session_id=actor.session_id,
        signed_at=signed_at,
        address=actor.address,
        agent=actor.agent[:300],
        canonical_sha256=letter.canonical_sha256,
    )
    before = {"state": letter.state, "version": letter.version}
    letter.state, letter.version = state.value, letter.version + 1
    await letter.save(update_fields=["state", "version"])
    after = {"state": letter.state, "version": letter.version, "role": role.value, "signed_at": signed_at.isoformat()}
    await record(actor, "letter.sign", "letter", letter.id, before=before, after=after | {"sha256": letter.canonical_sha256})
