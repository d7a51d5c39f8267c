"""Sealing signed letters: render, prove glyphs, embed the canonical JSON, seal, store; once, however often tried (N3-N5)."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.documents.attachments import goals_attachment
from plumb_platform.documents.letter_data import LetterDocument
from plumb_platform.documents.renderer import Renderer, RenderFailed, RenderTimeout, RenderUnavailable
from plumb_platform.errors import Refused
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.queue.service import enqueue, find_job_of, retry
from plumb_platform.storage import Storage, StorageUnavailable
from plumb_tenants.company.service import active_signing_key, get_company
from plumb_tenants.letters.acts import acts_of
from plumb_tenants.letters.issuing import NoSigningKey
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.pictures import letter_pictures
from plumb_tenants.letters.printing import signed_letter
from plumb_tenants.letters.rules import LetterState
from plumb_tenants.letters.signing import SEAL_TOPIC

if TYPE_CHECKING:
    # Loaded where they are used: the API seals nothing, and pyHanko alone takes 50 MB.
    from plumb_platform.documents.company_key import CompanyKey
    from plumb_platform.documents.seal import OpenedKey

TRANSIENT = (RenderTimeout, RenderFailed, RenderUnavailable, StorageUnavailable)
"""Refusals that may pass by themselves or by an operator's hand: worth another attempt."""
KEYS_KEPT = 64


class LetterNotSigned(Refused):
    """Only a letter that both parties signed is sealed."""

    code = "LETTER_NOT_SIGNED"
    zh = "责任书 {number} 尚未由双方签署，当前状态为“{state}”。"
    en = "The letter {number} is not signed by both parties; it is {state}."


@dataclass(slots=True)
class SealTools:
    """What sealing needs besides the database, made once per process; `key_secret` opens the companies' keys."""

    renderer: Renderer
    storage: Storage
    key_secret: bytes
    public_url: str
    _keys: "OrderedDict[UUID, OpenedKey]" = field(default_factory=OrderedDict)

    def opened(self, key_id: UUID, stored: "CompanyKey", tenant_id: UUID) -> "OpenedKey":
        """Return a company's key, unlocked once and kept; raises KEY_LOCKED."""
        from plumb_platform.documents.seal import OpenedKey

        if key_id not in self._keys:
            self._keys[key_id] = OpenedKey(stored, company_id=str(tenant_id), wrapping_key=self.key_secret)
            while len(self._keys) > KEYS_KEPT:
                self._keys.popitem(last=False)
        return self._keys[key_id]

    def verify_url(self, verify_code: str) -> str:
        """Return the address that the QR code holds."""
        return f"{self.public_url.rstrip('/')}/verify?code={verify_code}"


async def seal_letter(actor: Actor, letter_id: UUID, tools: SealTools) -> Letter:
    """Make the sealed PDF of a signed letter and fix its file; a letter that is sealed already is returned as it is.

    The file depends on the letter, its signatures and the key only: an attempt that died after storing leaves the very file
    that the next one stores. Raises MISSING_GLYPH and other refusals that trying again would not mend, and TRANSIENT ones.
    """
    from plumb_platform.documents.company_key import CompanyKey
    from plumb_platform.documents.letter_print import print_letter
    from plumb_platform.documents.seal import seal_pdf

    letter = await Letter.filter(id=letter_id).select_for_update().get()
    if letter.state == LetterState.SEALED:
        return letter
    if letter.state != LetterState.SIGNED:
        raise LetterNotSigned(number=letter.number, state=LetterState(letter.state))
    key = await active_signing_key(actor)
    if key is None:
        raise NoSigningKey
    stored = CompanyKey(key.root_certificate, key.root_key, key.seal_certificate, key.seal_key)
    printed, signed_at = await _printed(actor, letter, tools)
    pdf = await print_letter(
        tools.renderer,
        printed,
        assets=await letter_pictures(actor, letter),
        identifier=letter.id.bytes,
        created=signed_at,
        attachments=[goals_attachment(letter.canonical.encode())],
    )
    sealed = await seal_pdf(
        pdf,
        tools.opened(key.id, stored, actor.tenant_id),
        reason=f"{printed.title} {letter.number}",
        # The time of the last signature and not of this attempt; but no time before the key was there.
        signed_at=max(signed_at, key.created_at),
    )
    letter.file_key = await tools.storage.put(actor.tenant_id, "letters", sealed)
    letter.file_sha256, letter.file_size = sha256_hex(sealed), len(sealed)
    letter.state, letter.version = LetterState.SEALED.value, letter.version + 1
    letter.sealed_at, letter.signing_key_id = now(), key.id
    await letter.save()
    facts = {"file_sha256": letter.file_sha256, "file_size": letter.file_size, "serial": key.serial}
    await record(actor, "letter.seal", "letter", letter.id, after=facts)
    return letter


async def requeue_unsealed(actor: Actor, *, patience_minutes: int = 60) -> int:
    """Enqueue the seal of every signed letter that has no job under way; return how many. No letter is too old.

    A job that failed for a TRANSIENT reason is tried again after `patience_minutes`; one that failed for another waits for a
    person to mend the cause and retry it.
    """
    waiting = await fetch(
        "select l.id from letter l left join outbox o on o.tenant_id = l.tenant_id and o.topic = $1 "
        "and o.dedupe_key = l.id::text where l.state = 'SIGNED' and (o.id is null or (o.error_code = any($2) "
        "and o.failed_at < clock_timestamp() - make_interval(mins => $3))) order by l.id limit 1000",
        *(SEAL_TOPIC, ["JOB_GIVEN_UP", *(each.code for each in TRANSIENT)], patience_minutes),
    )
    for row in waiting:
        job = await find_job_of(SEAL_TOPIC, str(row["id"]))
        if job is not None and job.failed_at is not None:
            await retry(job)
        elif job is None:
            await enqueue(actor, SEAL_TOPIC, {"letter_id": str(row["id"])}, dedupe_key=str(row["id"]))
    return len(waiting)


async def _printed(actor: Actor, letter: Letter, tools: SealTools) -> tuple[LetterDocument, datetime]:
    company = await get_company(actor)
    signed = await acts_of(actor, letter)
    printed = signed_letter(
        letter.content,
        signed,
        time_zone=company.time_zone,
        verify_url=tools.verify_url(letter.verify_code),
        goals_sha256=letter.canonical_sha256,
    )
    return printed, max(each.at for each in signed)
