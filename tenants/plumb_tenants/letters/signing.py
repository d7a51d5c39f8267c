"""Signing letters: each in their own session, when their turn has come, with the proof that the company asks (A22, A25, A35)."""

from dataclasses import dataclass, field
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.documents.pictures import decoded_picture, remade_picture
from plumb_platform.errors import Conflict, InvalidInput, NotFound, Refused
from plumb_platform.identity.second_factor import check_password, check_totp
from plumb_platform.permissions import Permission, require
from plumb_platform.queue.service import enqueue
from plumb_platform.settings import Keys
from plumb_tenants.letters.access import access_letter
from plumb_tenants.letters.annex_kinds import AnnexKind
from plumb_tenants.letters.annexes import ask_annex
from plumb_tenants.letters.chain import ask_next, set_state, signers_of, tell
from plumb_tenants.letters.models import Letter, LetterSignature
from plumb_tenants.letters.readers import is_outdated
from plumb_tenants.letters.rules import OPEN, LetterState
from plumb_tenants.letters.signers import Act, Called, Signer, SignerState, state_after, waited_for
from plumb_tenants.letters.signing_rules import LetterRules, SignatureForm, StepUp, letter_rules
from plumb_tenants.people.service import get_person

SEAL_TOPIC = "letters.seal"
LARGEST_SIGNATURE = (720, 240)
"""Pixels that print sharp at the size of a signature line."""


class SignNeedsSession(Refused):
    """A token, a job or a script is nobody's own act."""

    code = "SIGN_NEEDS_SESSION"
    zh = "签署须由本人登录后操作，不能使用令牌或程序。"
    en = "A letter is signed by a person signed in, not by a token or a program."


class NotYourSignature(Refused, tells={"number": "Letter.number"}):
    """Only those of the chain sign, whoever issued the letter."""

    code = "NOT_YOUR_SIGNATURE"
    zh = "责任书 {number} 不需要您签署：只有其签署链中的人员本人可以签署。"
    en = "The letter {number} does not ask for your signature; only the people of its chain sign, each for themselves."


class NotYourTurn(Refused, tells={"number": "Letter.number"}):
    """Those before sign first."""

    code = "LETTER_NOT_YOUR_TURN"
    zh = "责任书 {number} 须先由{waiting}签署，之后才轮到您。"
    en = "The letter {number} waits for {waiting} first; then it is your turn."


class LetterNotAwaiting(Refused, tells={"number": "Letter.number"}):
    """The letter does not wait for this signature, or no longer."""

    code = "LETTER_NOT_AWAITING_SIGNATURE"
    zh = "责任书 {number} 当前状态为“{state}”，不需要您再签署。"
    en = "The letter {number} is {state} and does not wait for your signature."


class LetterOutdated(Refused, tells={"number": "Letter.number"}):
    """Nobody signs numbers that hold no more."""

    code = "LETTER_OUTDATED"
    zh = "责任书 {number} 所列目标已修订，请签署新的责任书。"
    en = "A goal of the letter {number} was revised; sign the new letter."


class LetterExpired(Refused, tells={"number": "Letter.number"}):
    """The day by which a letter had to be signed is over."""

    code = "LETTER_EXPIRED"
    zh = "责任书 {number} 已超过签署期限，请联系人力资源部重新签发。"
    en = "The letter {number} was not signed in time; ask for a new one."


class SignerLeft(Refused, tells={"number": "Letter.number"}):
    """Who has left the company binds nobody."""

    code = "SIGNER_LEFT"
    zh = "您在员工档案中已离职，不能签署责任书 {number}。"
    en = "You have left the company by its records and cannot sign the letter {number}."


class SignProofNeeded(Refused):
    """The company asks for more than a session."""

    code = "SIGN_PROOF_NEEDED"
    zh = "签署或作废责任书须再次验证身份：请提供{wanted}。"
    en = "Signing or revoking a letter needs a further proof of who you are: give {wanted_en}."


class SignatureMissing(InvalidInput):
    """The company wants to see a signature on paper."""

    code = "SIGNATURE_NEEDED"
    zh = "公司要求附上签名，可用方式：{forms}。"
    en = "The company wants a signature on the paper; the forms are {forms}."


class SignatureFormRefused(InvalidInput):
    """The company allows some forms of signatures only."""

    code = "SIGNATURE_FORM_REFUSED"
    zh = "公司不接受 {form} 签名，可用方式：{forms}。"
    en = "The company does not take signatures that are {form}; the forms are {forms}."


class SignatureNameDiffers(InvalidInput):
    """A typed signature is one's own name."""

    code = "SIGNATURE_NAME_DIFFERS"
    zh = "键入的签名“{typed}”与您的姓名“{name}”不一致。"
    en = "The typed signature {typed} is not your name {name}."


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody gives beyond the session; `keys` open the secrets of authenticators."""

    password: str | None = field(default=None, repr=False)
    totp: str | None = field(default=None, repr=False)
    keys: Keys = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class SignatureGiven:
    """How somebody's signature shall look: a typed name, or a picture as a `data:` URL."""

    form: SignatureForm
    text: str = ""
    image: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Look:
    form: SignatureForm | None = None
    image: bytes | None = None


NO_PROOF = Proof()


async def sign_letter(
    actor: Actor, *, letter_id: UUID, version: int, proof: Proof = NO_PROOF, signature: SignatureGiven | None = None
) -> Letter:
    """Sign or approve a letter as the one of its chain that the actor is; the last one's act sets the seal in motion.

    Whoever comes next is asked then and not before. A code of an authenticator is used up even when the act is refused.
    """
    letter, signer = await own_turn(actor, letter_id, version)
    if await is_outdated(letter.id, hold=True):
        raise LetterOutdated(field="letterId", row=letter.id, number=letter.number)
    rules = await letter_rules(actor)
    look = await _look(actor, signer, signature, rules)
    await step_up(actor, proof, rules)
    signed = await _write(actor, letter, signer, look, rules.step_up)
    signers = await signers_of(letter.id)
    state = state_after(signers)
    await _move(actor, letter, signer, state, signed)
    if state is LetterState.SIGNED:
        await enqueue(actor, SEAL_TOPIC, {"letter_id": str(letter.id)}, dedupe_key=str(letter.id))
        await ask_annex(actor, letter.id, AnnexKind.BATTLE_MAP)
        await _tell_copies(actor, letter, signers)
    else:
        await ask_next(actor, letter)
    return letter


async def own_turn(actor: Actor, letter_id: UUID, version: int) -> tuple[Letter, Signer]:
    """Return a letter, locked, that waits for the actor's own act, and as whom of the chain they act; raises why not."""
    await require(actor, Permission.LETTER_SIGN)
    letter = await access_letter(actor, letter_id, Permission.LETTER_READ, lock=True)
    if actor.channel != "session":
        raise SignNeedsSession(field="letterId")
    own = [each for each in await signers_of(letter.id) if each.person_id == actor.person_id and each.act is not Act.CC]
    if not own or actor.person_id is None:
        raise NotYourSignature(field="letterId", row=letter.id, number=letter.number)
    await access_letter(actor, letter_id, Permission.LETTER_SIGN)
    if letter.version != version:
        raise Conflict(current_version=letter.version)
    signer = await _turn(letter, own)
    if not (await get_person(actor, actor.person_id)).active:
        raise SignerLeft(field="letterId", row=letter.id, number=letter.number)
    return letter, signer


async def _turn(letter: Letter, own: list[Signer]) -> Signer:
    state = LetterState(letter.state)
    if state not in OPEN:
        raise LetterNotAwaiting(field="letterId", row=letter.id, number=letter.number, state=state)
    if letter.expires_at is not None and letter.expires_at <= now():
        raise LetterExpired(field="letterId", row=letter.id, number=letter.number)
    asked = next((each for each in own if each.state is SignerState.ASKED), None)
    if asked is not None:
        return asked
    if all(each.state is SignerState.DONE for each in own):
        raise LetterNotAwaiting(field="letterId", row=letter.id, number=letter.number, state=state)
    waiting = Called(*((each.role, each.label) for each in waited_for(await signers_of(letter.id))))
    raise NotYourTurn(field="letterId", row=letter.id, number=letter.number, waiting=waiting)


async def step_up(actor: Actor, proof: Proof, rules: LetterRules) -> None:
    """Check what the company asks beyond the session; raises SignProofNeeded, PasswordWrong, TotpWrong, RateLimited."""
    if rules.step_up is StepUp.PASSWORD:
        if not proof.password:
            raise SignProofNeeded(field="password", wanted="登录密码", wanted_en="your password")
        await check_password(actor, proof.password)
    elif rules.step_up is StepUp.TOTP:
        if not proof.totp:
            raise SignProofNeeded(field="totp", wanted="身份验证器的动态口令", wanted_en="a code of your authenticator")
        await check_totp(actor, code=proof.totp, keys=proof.keys)


async def _look(actor: Actor, signer: Signer, given: SignatureGiven | None, rules: LetterRules) -> _Look:
    forms = ", ".join(rules.forms)
    if given is None:
        if rules.signature_needed and signer.act is Act.SIGNER:
            raise SignatureMissing(field="signature", forms=forms)
        return _Look()
    if given.form not in rules.forms:
        raise SignatureFormRefused(field="signature.form", form=given.form.value, forms=forms)
    if given.form is SignatureForm.TYPED:
        name = (await get_person(actor, signer.person_id)).name
        if given.text.split() != name.split():
            raise SignatureNameDiffers(field="signature.text", typed=given.text[:60], name=name)
        return _Look(given.form)
    content = decoded_picture(given.image, field="signature.image")
    return _Look(given.form, remade_picture(content, field="signature.image", largest=LARGEST_SIGNATURE, inked=True))


async def _write(actor: Actor, letter: Letter, signer: Signer, look: _Look, step_up: StepUp) -> LetterSignature:
    if actor.membership_id is None:
        raise NotFound(field="letterId")
    signed = await LetterSignature.create(
        letter_id=letter.id,
        role=signer.role.value,
        act=signer.act.value,
        label=signer.label,
        person_id=signer.person_id,
        membership_id=actor.membership_id,
        session_id=actor.session_id,
        signed_at=now(),
        address=actor.address,
        agent=actor.agent[:300],
        canonical_sha256=letter.canonical_sha256,
        proof=step_up.value,
        form=look.form.value if look.form else None,
        image=look.image,
    )
    await set_state(letter.id, [signer.role], SignerState.DONE)
    return signed


async def _move(actor: Actor, letter: Letter, signer: Signer, state: LetterState, signed: LetterSignature) -> None:
    before = {"state": letter.state, "version": letter.version}
    letter.state, letter.version = state.value, letter.version + 1
    await letter.save(update_fields=["state", "version"])
    after = {
        "state": letter.state,
        "version": letter.version,
        "role": signer.role.value,
        "act": signer.act.value,
        "proof": signed.proof,
        "form": signed.form,
        "signed_at": signed.signed_at.isoformat(),
        "sha256": signed.canonical_sha256,
    }
    await record(actor, "letter.sign", "letter", letter.id, before=before, after=after)


async def _tell_copies(actor: Actor, letter: Letter, signers: list[Signer]) -> None:
    copies = [each for each in signers if each.act is Act.CC]
    await set_state(letter.id, [each.role for each in copies], SignerState.TOLD)
    people = [each.person_id for each in copies]
    told = ("责任书 {number} 已签署完成。", "The letter {number} is signed by all.")
    await tell(actor, letter, people, "letter.signed", said=told)
