"""Verifying letters for anybody, by code or by file: VALID, MODIFIED, SUPERSEDED, REVOKED, DESTROYED or UNKNOWN (A27).

Nobody is signed in here. What is shown was printed in the letter that the caller holds; UNKNOWN shows nothing.
"""

import asyncio
import contextvars
import re
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Literal
from uuid import UUID

import orjson

from plumb_platform.actor import Actor, system_actor
from plumb_platform.database import platform_transaction, tenant_transaction
from plumb_platform.documents.attachments import claimed_files
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.settings import Keys
from plumb_platform.storage import Storage
from plumb_tenants.company.service import SigningKey, signing_key
from plumb_tenants.letters.hints import Hint, KeptFile, hint_of, own_copy
from plumb_tenants.letters.models import Letter, LetterStamp
from plumb_tenants.letters.readers import SignatureRow, is_outdated, signatures_of
from plumb_tenants.letters.rules import SCHEMA, LetterState, Role
from plumb_tenants.letters.shredded import shredded_on

Status = Literal["VALID", "MODIFIED", "SUPERSEDED", "REVOKED", "DESTROYED", "UNKNOWN"]
CODE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
PDF_ID = re.compile(rb"/ID\s*\[\s*<([0-9a-fA-F]{32})>")
LONGEST_FILE = 4 * 1024 * 1024
MOST_IDS = 4


@dataclass(frozen=True, slots=True)
class Signer:
    """One who signed, as the letter names them."""

    role: Role
    name: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class LetterVerification:
    """What may be told of a letter; `superseded_by` is the number of the letter in its place.

    `expected_sha256` is the whole file's as it was sealed, `found_sha256` the upload's: None where only a code was given.
    With a `hint`, `newest_sha256` is of the file to look at in place of the upload, and `letter_id` names the letter.
    """

    status: Status
    number: str | None = None
    company: str | None = None
    employee: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    superseded_by: str | None = None
    revoked_at: datetime | None = None
    signers: tuple[Signer, ...] = ()
    sealed_at: datetime | None = None
    certificate_serial: str | None = None
    seal_level: str | None = None
    stamped_at: datetime | None = None
    stamped_by: str | None = None
    goals_sha256: str | None = None
    expected_sha256: str | None = None
    found_sha256: str | None = None
    destroyed_on: date | None = None
    hint: Hint | None = None
    newest_sha256: str | None = None
    letter_id: UUID | None = None


UNKNOWN = LetterVerification(status="UNKNOWN")


async def verify_by_code(code: str, storage: Storage, timestamp_roots: Sequence[bytes] = ()) -> LetterVerification:
    """Return what stands under a verify code; VALID and SUPERSEDED also mean that our own copy is whole."""
    place = await _find("verify_code = $1", code.strip()) if CODE.fullmatch(code.strip()) else None
    if place is None:
        return UNKNOWN
    return await _as_nobody(_verdict(*place, content=None, storage=storage, timestamp_roots=timestamp_roots))


async def verify_upload(
    content: bytes, timestamp_roots: Sequence[bytes] = (), storage: Storage | None = None, copy_keys: Keys = ()
) -> LetterVerification:
    """Return whether a file is, byte for byte, a letter of ours; one that only began as one is MODIFIED.

    By `storage` a file that was taken back to an earlier revision is known, by `copy_keys` a marked copy.
    """
    # Readers of PDFs look for its beginning within so many bytes.
    if b"%PDF-" not in content[:1024] or len(content) > LONGEST_FILE:
        return UNKNOWN
    digest = sha256_hex(content)
    place = await _find_revision(digest) or await _find_claimed(content)
    if place is None:
        return UNKNOWN
    found = _verdict(*place, content=content, storage=storage, timestamp_roots=timestamp_roots, copy_keys=copy_keys)
    return await _as_nobody(found)


async def _as_nobody(work: Coroutine[None, None, LetterVerification]) -> LetterVerification:
    """Do the work outside of the caller's transaction: whoever is signed in may hold a letter of another company."""
    return await asyncio.create_task(work, context=contextvars.Context())


async def _find(condition: str, value: object) -> tuple[UUID, UUID] | None:
    async with platform_transaction() as connection:
        row = await connection.fetchrow(f"select tenant_id, id from letter where file_sha256 is not null and {condition}", value)
    return (row["tenant_id"], row["id"]) if row else None


async def _find_revision(digest: str) -> tuple[UUID, UUID] | None:
    """Find a letter by the digest of its file as it was sealed, or as it is with a later time stamp."""
    async with platform_transaction() as connection:
        row = await connection.fetchrow(
            "select tenant_id, letter_id as id from letter_stamp where file_sha256 = $1 limit 1", digest
        )
    return (row["tenant_id"], row["id"]) if row else await _find("file_sha256 = $1", digest)


async def _find_claimed(content: bytes) -> tuple[UUID, UUID] | None:
    """Find the letter that a file says it is: by the verify code inside its goals, or else by the id of the document."""
    code = await asyncio.to_thread(lambda: next(_codes(content), None))
    if code is not None:
        return await _find("verify_code = $1", code)
    # A file may hold any number of ids, and each costs a look into the database.
    for found in islice(_ids(content), MOST_IDS):
        place = await _find("id = $1", found)
        if place is not None:
            return place
    return None


def _codes(content: bytes) -> Iterator[str]:
    for embedded in claimed_files(content):
        try:
            goals = orjson.loads(embedded)
        except ValueError:
            continue
        code = goals.get("verify_code") if isinstance(goals, dict) and goals.get("schema") == SCHEMA else None
        if isinstance(code, str) and CODE.fullmatch(code):
            yield code


def _ids(content: bytes) -> Iterator[UUID]:
    return (UUID(hex=found[1].decode()) for found in PDF_ID.finditer(content))


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the company keeps of a letter; `known` are the digests of its file, the newest first."""

    letter: Letter
    key: SigningKey | None
    signatures: Sequence[SignatureRow]
    revisions: Sequence[LetterStamp]
    outdated: bool
    shredded: date | None
    superseded_by: str | None

    @property
    def known(self) -> list[str | None]:
        """Return the digests of the file with each later time stamp, and as it was sealed."""
        return [*(each.file_sha256 for each in self.revisions), self.letter.file_sha256]

    @property
    def files(self) -> list[KeptFile]:
        """Return the same files, of a letter that is sealed, with their keys."""
        sealed = (self.letter.file_key or "", self.letter.file_sha256 or "")
        return [*((each.file_key, each.file_sha256) for each in self.revisions), sealed]


async def _kept(actor: Actor, letter_id: UUID) -> _Kept:
    async with tenant_transaction(actor):
        letter = await Letter.get(id=letter_id)
        successor = await Letter.get_or_none(id=letter.superseded_by) if letter.superseded_by else None
        return _Kept(
            letter,
            key=await signing_key(actor, letter.signing_key_id) if letter.signing_key_id else None,
            signatures=(await signatures_of(actor, [letter_id]))[letter_id],
            revisions=await LetterStamp.filter(letter_id=letter_id).order_by("-number"),
            outdated=await is_outdated(letter_id),
            shredded=await shredded_on(letter),
            superseded_by=successor.number if successor else None,
        )


async def _verdict(
    tenant_id: UUID,
    letter_id: UUID,
    *,
    content: bytes | None,
    storage: Storage | None,
    timestamp_roots: Sequence[bytes],
    copy_keys: Keys = (),
) -> LetterVerification:
    from plumb_platform.documents.seal_inspection import SealReport, inspect_seal  # pyHanko: 50 MB that only a verification needs

    kept = await _kept(system_actor(tenant_id, request_id="verify"), letter_id)
    letter, key = kept.letter, kept.key
    if kept.shredded is not None:
        return _destroyed(kept.shredded, content, kept.known)
    if letter.file_key is None or key is None:
        return UNKNOWN
    is_upload = content is not None
    if content is None and storage is not None:
        content = await own_copy(storage, kept.files[0][0])
    hinted = await hint_of(content, kept.files, storage, copy_keys) if is_upload and content is not None else None
    found = sha256_hex(content) if content is not None else None
    report = SealReport()
    if content is not None and found in kept.known:
        report = await inspect_seal(content, [key.root_certificate], timestamp_roots)
    facts = orjson.loads(letter.canonical)
    return LetterVerification(
        status=_status(letter, sound=report.valid, outdated=kept.outdated),
        number=letter.number,
        company=facts["company"]["name"],
        employee=facts["parties"]["employee"]["name"],
        starts_on=date.fromisoformat(facts["period"]["starts_on"]),
        ends_on=date.fromisoformat(facts["period"]["ends_on"]),
        superseded_by=kept.superseded_by,
        revoked_at=letter.closed_at if letter.state == LetterState.REVOKED else None,
        signers=tuple(Signer(each.role, facts["parties"][each.role.value]["name"], each.signed_at) for each in kept.signatures),
        sealed_at=letter.sealed_at,
        certificate_serial=key.serial,
        seal_level=letter.seal_level,
        stamped_at=letter.stamped_at,
        stamped_by=report.stamped_by,
        goals_sha256=letter.canonical_sha256,
        expected_sha256=found if report.valid else kept.known[0],
        found_sha256=found if is_upload else None,
        hint=hinted.hint if hinted else None,
        newest_sha256=hinted.sha256 if hinted else None,
        letter_id=letter.id if hinted else None,
    )


def _destroyed(on: date, content: bytes | None, known: Sequence[str | None]) -> LetterVerification:
    """Tell of a letter that was destroyed the day alone, and of a file whether it is, byte for byte, what was sealed."""
    found = sha256_hex(content) if content is not None else None
    if found is not None and found not in known:
        return LetterVerification(status="MODIFIED", expected_sha256=known[0], found_sha256=found)
    return LetterVerification(status="DESTROYED", destroyed_on=on, expected_sha256=found, found_sha256=found)


def _status(letter: Letter, *, sound: bool, outdated: bool) -> Status:
    if not sound:
        return "MODIFIED"
    # A sealed letter that stands in another state was taken back after it was sealed.
    if letter.state != LetterState.SEALED:
        return "REVOKED"
    return "SUPERSEDED" if outdated else "VALID"
