"""Files beside a letter, made once by a job: the battle map when all have signed (C10), the audit page when asked for (A28)."""

from datetime import timedelta
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.documents.renderer import Renderer
from plumb_platform.errors import Refused
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions import Permission
from plumb_platform.queue.service import Outbox, enqueue, retry
from plumb_platform.storage import FileMissing, Storage
from plumb_platform.stored_files import store_file
from plumb_tenants.access.fields import refuse_hidden_on
from plumb_tenants.letters.access import access_letter
from plumb_tenants.letters.annex_kinds import NAMES, READY, AnnexKind
from plumb_tenants.letters.audit_trail import audit_document
from plumb_tenants.letters.battle_map import battle_map
from plumb_tenants.letters.models import Letter, LetterAnnex
from plumb_tenants.letters.pictures import letter_pictures
from plumb_tenants.letters.resources import LETTER
from plumb_tenants.letters.rules import LetterState
from plumb_tenants.letters.shredded import refuse_shredded

ANNEX_TOPIC = "letters.annex"
AGAIN = timedelta(hours=1)


class AnnexNotReady(Refused, tells={"number": "Letter.number"}):
    """A map is made of what all have signed, an audit page of what is sealed."""

    code = "LETTER_ANNEX_NOT_READY"
    zh = "责任书 {number} 当前状态为“{state}”，该附件尚未生成。"
    en = "The letter {number} is {state}; this file beside it is not there yet."


async def ask_annex(actor: Actor, letter_id: UUID, kind: AnnexKind) -> Outbox:
    """Have an annex made by a job, in the transaction of the act that it follows from; asking twice asks once."""
    payload = {"letter_id": str(letter_id), "kind": kind.value}
    return await enqueue(actor, ANNEX_TOPIC, payload, dedupe_key=f"{letter_id}:{kind.value}")


async def request_audit(actor: Actor, *, letter_id: UUID) -> Letter:
    """Have the audit page of a sealed letter made, which tells all events until then; once, whoever asks how often."""
    letter = await access_letter(actor, letter_id, Permission.LETTER_DOWNLOAD)
    await refuse_shredded(letter)
    if LetterState(letter.state) not in READY[AnnexKind.AUDIT]:
        raise AnnexNotReady(field="letterId", row=letter.id, number=letter.number, state=LetterState(letter.state))
    await ask_annex(actor, letter.id, AnnexKind.AUDIT)
    return letter


async def make_annex(
    actor: Actor, letter_id: UUID, kind: AnnexKind, *, renderer: Renderer, storage: Storage, public_url: str
) -> LetterAnnex:
    """Make an annex and keep its file; one that is there already is returned as it is.

    The letter is neither changed nor asked whether it still holds: whatever becomes of this, its signatures stand.
    """
    letter = await Letter.filter(id=letter_id).select_for_update(no_key=True).get()
    known = await LetterAnnex.get_or_none(letter_id=letter.id, kind=kind.value)
    if known is not None:
        return known
    await refuse_shredded(letter)
    if LetterState(letter.state) not in READY[kind]:
        raise AnnexNotReady(row=letter.id, number=letter.number, state=LetterState(letter.state))
    content = await _printed(actor, letter, kind, renderer, public_url)
    key = await store_file(storage, actor.tenant_id, "annexes", content)
    sha256 = sha256_hex(content)
    annex = await LetterAnnex.create(
        letter_id=letter.id, kind=kind.value, file_key=key, file_sha256=sha256, file_size=len(content)
    )
    await record(actor, "letter.annex", "letter", letter.id, after={"kind": kind.value, "file_sha256": sha256})
    return annex


async def annex_file(actor: Actor, letter_id: UUID, kind: AnnexKind, storage: Storage) -> tuple[bytes, str]:
    """Return an annex with its file name to somebody who may download the letter, and leave an audit entry."""
    letter = await access_letter(actor, letter_id, Permission.LETTER_DOWNLOAD)
    await refuse_hidden_on(actor, LETTER, letter.id, "annexes")
    await refuse_shredded(letter)
    annex = await LetterAnnex.get_or_none(letter_id=letter.id, kind=kind.value)
    if annex is None:
        raise AnnexNotReady(field="letterId", row=letter.id, number=letter.number, state=LetterState(letter.state))
    if annex.file_sha256 not in annex.file_key:
        raise FileMissing
    content = await storage.get(annex.file_key)
    await record(actor, "letter.download", "letter", letter.id, after={"kind": kind.value, "file_sha256": annex.file_sha256})
    return content, f"{letter.number}-{NAMES[kind]}.pdf"


async def requeue_maps(actor: Actor) -> int:
    """Have the battle map made of every signed letter of the company that lacks one; return how many. No letter is too old.

    A job that failed, for whatever reason, is tried again after an hour.
    """
    lacking = await fetch(
        "select l.id from letter l where l.state in ('SIGNED', 'SEALED') and l.shredded_at is null and not exists ("
        "select from letter_annex a where a.tenant_id = l.tenant_id and a.letter_id = l.id and a.kind = 'BATTLE_MAP') "
        "and not exists (select from outbox o where o.tenant_id = l.tenant_id and o.topic = $1 "
        "and o.dedupe_key = l.id || ':BATTLE_MAP' and (o.failed_at is null and o.done_at is null or o.failed_at > $2)) "
        "order by l.id limit 1000",
        *(ANNEX_TOPIC, now() - AGAIN),
    )
    for row in lacking:
        job = await ask_annex(actor, row["id"], AnnexKind.BATTLE_MAP)
        if job.failed_at is not None:
            await retry(job)
    return len(lacking)


async def _printed(actor: Actor, letter: Letter, kind: AnnexKind, renderer: Renderer, public_url: str) -> bytes:
    identifier = f"{letter.id}{kind.value}".encode()
    if kind is AnnexKind.BATTLE_MAP:
        from plumb_platform.documents.letter_print import print_letter

        pictures = await letter_pictures(actor, letter)
        return await print_letter(renderer, battle_map(letter), assets=pictures, identifier=identifier, created=letter.created_at)
    from plumb_platform.documents.audit_page import print_audit

    document = await audit_document(actor, letter, public_url=public_url)
    return await print_audit(renderer, document, identifier=identifier, created=letter.sealed_at or letter.created_at)
