"""Sealing signed letters: render, prove glyphs, embed the canonical JSON, seal, store; once, however often tried (N3-N5)."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now, today
from plumb_platform.database import fetch
from plumb_platform.documents.attachments import goals_attachment
from plumb_platform.documents.key_vault import KeyLocked, KeyUnfit, KeyVault, TokenUnavailable
from plumb_platform.documents.letter_data import LetterDocument
from plumb_platform.documents.letter_note import NOT_STAMPED
from plumb_platform.documents.renderer import Renderer, RendererSlow, RenderFailed, RenderTimeout, RenderUnavailable
from plumb_platform.documents.seal_level import SealLevel
from plumb_platform.documents.timestamp_servers import TimestampServers, TimestampUnavailable
from plumb_platform.errors import Refused
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.queue.service import enqueue, find_job_of, retry
from plumb_platform.storage import Storage, StorageUnavailable
from plumb_tenants.company.service import SigningKey, active_signing_key, get_company, stored_key
from plumb_tenants.letters.acts import acts_of
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.pictures import letter_pictures
from plumb_tenants.letters.printing import signed_letter
from plumb_tenants.letters.readiness import NoSigningKey
from plumb_tenants.letters.rules import LetterState
from plumb_tenants.letters.run_audits import ask_run_audits
from plumb_tenants.letters.seal_rules import SealRules, WithoutTimestamp, seal_rules
from plumb_tenants.letters.signing import SEAL_TOPIC

if TYPE_CHECKING:
    # Loaded where they are used: the API seals nothing, and pyHanko alone takes 50 MB.
    from plumb_platform.documents.seal import OpenedKey, Stamping

TRANSIENT = (
    *(RenderTimeout, RenderFailed, RenderUnavailable, RendererSlow),
    *(StorageUnavailable, TimestampUnavailable, TokenUnavailable),
)
"""Refusals that may pass by themselves or by an operator's hand: worth another attempt."""
MENDABLE = ("JOB_GIVEN_UP", *(each.code for each in (*TRANSIENT, NoSigningKey, KeyLocked, KeyUnfit)))
"""Codes of failures that the reconciler comes back to: besides those, a key that had ended, did not open or did not fit."""
KEYS_KEPT = 64
SEALED_FIELDS = (
    *("file_key", "file_sha256", "file_size", "state", "version", "sealed_at", "signing_key_id"),
    *("seal_level", "seal_note", "stamped_at", "stamps_end_at"),
)
"""What sealing writes; the texts of a letter, most of its row, stay where they are."""


class LetterNotSigned(Refused, tells={"number": "Letter.number"}):
    """Only a letter that both parties signed is sealed."""

    code = "LETTER_NOT_SIGNED"
    zh = "责任书 {number} 尚未由双方签署，当前状态为“{state}”。"
    en = "The letter {number} is not signed by both parties; it is {state}."


@dataclass(slots=True)
class SealTools:
    """What sealing needs besides the database, made once per process."""

    renderer: Renderer
    storage: Storage
    vault: KeyVault
    public_url: str
    timestamps: TimestampServers = field(default_factory=TimestampServers)
    _keys: "OrderedDict[UUID, OpenedKey]" = field(default_factory=OrderedDict)

    def opened(self, key: SigningKey, tenant_id: UUID) -> "OpenedKey":
        """Return a company's key, unlocked once and kept; raises KEY_LOCKED, TOKEN_UNAVAILABLE."""
        from plumb_platform.documents.seal import OpenedKey

        if key.id not in self._keys:
            self._keys[key.id] = OpenedKey(stored_key(key), company_id=str(tenant_id), vault=self.vault)
            while len(self._keys) > KEYS_KEPT:
                self._keys.popitem(last=False)
        return self._keys[key.id]

    def stamping(self, rules: SealRules) -> "Stamping":
        """Return what the company's rules want of a seal."""
        from plumb_platform.documents.seal import Stamping

        return Stamping(rules.seal_level, self.timestamps, rules.timestamp_server)

    def verify_url(self, verify_code: str) -> str:
        """Return the address that the QR code holds."""
        return f"{self.public_url.rstrip('/')}/verify?code={verify_code}"


async def seal_letter(actor: Actor, letter_id: UUID, tools: SealTools) -> Letter:
    """Make the sealed PDF of a signed letter and fix its file; a letter that is sealed already is returned as it is.

    A B-B file depends on the letter, its signatures and the key only: an attempt that died after storing leaves the very file
    that the next one stores. Raises MISSING_GLYPH and other refusals that trying again would not mend, and TRANSIENT ones.
    """
    letter = await Letter.filter(id=letter_id).select_for_update(no_key=True).get()
    if letter.state in (LetterState.SEALED, LetterState.REVOKED):
        return letter
    if letter.state != LetterState.SIGNED:
        raise LetterNotSigned(row=letter.id, number=letter.number, state=LetterState(letter.state))
    key = await active_signing_key(actor)
    if key is None:
        raise NoSigningKey
    made = await _sealed(actor, letter, key, tools)
    letter.file_key = await tools.storage.put(actor.tenant_id, "letters", made.content)
    letter.file_sha256, letter.file_size = sha256_hex(made.content), len(made.content)
    letter.state, letter.version = LetterState.SEALED.value, letter.version + 1
    letter.sealed_at, letter.signing_key_id = now(), key.id
    letter.seal_level, letter.seal_note = made.level.value, made.note
    letter.stamped_at, letter.stamps_end_at = made.stamped_at, made.stamps_end_at
    await letter.save(update_fields=SEALED_FIELDS)
    facts = {"file_sha256": letter.file_sha256, "file_size": letter.file_size, "serial": key.serial, "level": letter.seal_level}
    await record(actor, "letter.seal", "letter", letter.id, after=facts | ({"note": made.note} if made.note else {}))
    await ask_run_audits(actor, letter.id)
    return letter


async def requeue_unsealed(actor: Actor, *, patience_minutes: int = 60) -> int:
    """Enqueue the seal of every signed letter that has no job under way; return how many. No letter is too old.

    A job that failed for a MENDABLE reason is tried again after `patience_minutes`; one that failed for another waits for a
    person to mend the cause and retry it.
    """
    waiting = await fetch(
        "select l.id from letter l left join outbox o on o.tenant_id = l.tenant_id and o.topic = $1 "
        "and o.dedupe_key = l.id::text where l.state = 'SIGNED' and (o.id is null or (o.error_code = any($2) "
        "and o.failed_at < clock_timestamp() - make_interval(mins => $3))) order by l.id limit 1000",
        *(SEAL_TOPIC, MENDABLE, patience_minutes),
    )
    for row in waiting:
        job = await find_job_of(SEAL_TOPIC, str(row["id"]))
        if job is not None and job.failed_at is not None:
            await retry(job)
        elif job is None:
            await enqueue(actor, SEAL_TOPIC, {"letter_id": str(row["id"])}, dedupe_key=str(row["id"]))
    return len(waiting)


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A sealed file: the level that it reached, why not the wanted one, and its time stamps."""

    content: bytes
    level: SealLevel
    note: str | None = None
    stamped_at: datetime | None = None
    stamps_end_at: datetime | None = None


async def _sealed(actor: Actor, letter: Letter, key: SigningKey, tools: SealTools) -> _Sealed:
    from plumb_platform.documents.letter_print import print_letter
    from plumb_platform.documents.proven_seal import proven
    from plumb_platform.documents.seal import seal_pdf

    company, opened = await get_company(actor), tools.opened(key, actor.tenant_id)
    rules = await seal_rules(actor, on=today(company.time_zone))
    printed, last_signed_at = await _printed(actor, letter, tools, company.time_zone)
    # The time of the last signature and not of this attempt; but no time before the key was there.
    seal = partial(seal_pdf, key=opened, reason=f"{printed.title} {letter.number}", signed_at=max(last_signed_at, key.created_at))
    draw = partial(
        print_letter,
        tools.renderer,
        printed,
        assets=await letter_pictures(actor, letter) if printed.pictures() else {},
        identifier=letter.id.bytes,
        created=last_signed_at,
        attachments=[goals_attachment(letter.canonical.encode())],
    )
    try:
        sealed = await seal(await draw(), stamping=tools.stamping(rules))
        if rules.seal_level is SealLevel.B_B:
            return _Sealed(sealed, SealLevel.B_B)
        by = opened.root_certificate, tools.timestamps, rules.timestamp_server
        found = await proven(sealed, *by, level=rules.seal_level)
    except TimestampUnavailable as away:
        if rules.without_timestamp is WithoutTimestamp.WAIT:
            raise
        note = NOT_STAMPED[printed.locale].format(level=rules.seal_level.value)
        return _Sealed(await seal(await draw(note=note), stamped_later=True), SealLevel.B_B, note=away.code)
    return _Sealed(sealed, rules.seal_level, stamped_at=found.stamped_at, stamps_end_at=found.stamps_end_at)


async def _printed(actor: Actor, letter: Letter, tools: SealTools, time_zone: str) -> tuple[LetterDocument, datetime]:
    signed = await acts_of(actor, letter)
    printed = signed_letter(
        letter.content,
        signed,
        time_zone=time_zone,
        verify_url=tools.verify_url(letter.verify_code),
        goals_sha256=letter.canonical_sha256,
    )
    return printed, max(each.at for each in signed)
