"""Handing out sealed letters: the file as it was sealed, or a copy that says who took it and when (A56, A57)."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.errors import Refused
from plumb_platform.identity.links import Link, new_link
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions import Permission, reaches_whole
from plumb_platform.storage import FileChanged, Storage
from plumb_tenants.access.fields import refuse_hidden_on
from plumb_tenants.company.service import get_company
from plumb_tenants.letters.access import access_letter
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.printing import moment_text
from plumb_tenants.letters.resources import LETTER
from plumb_tenants.letters.rules import LetterState
from plumb_tenants.letters.seal_rules import seal_rules
from plumb_tenants.letters.shredded import refuse_shredded
from plumb_tenants.letters.stamping import newest_file
from plumb_tenants.people.service import get_person

COPY = "-copy"
"""How the name of a marked copy ends."""


class LetterNotSealed(Refused, tells={"number": "Letter.number"}):
    """There is no file yet."""

    code = "LETTER_NOT_SEALED"
    zh = "责任书 {number} 尚未生成签章文件，当前状态为“{state}”。"
    en = "The letter {number} has no sealed file yet; it is {state}."


class OriginalRefused(Refused, tells={"number": "Letter.number"}):
    """Where copies are marked, the file without a mark is for its parties and for those who answer for all letters."""

    code = "LETTER_ORIGINAL_REFUSED"
    zh = "责任书 {number} 的签章原件仅供签署双方与全公司范围的责任书管理者下载，请下载带标记的副本。"
    en = "The sealed original of {number} is for its parties and for those who may download all letters; take the marked copy."


@dataclass(frozen=True, slots=True)
class LetterFile:
    """A letter to hand out; `sha256` is of these very bytes, `file_key` where the store keeps them, unless they are marked."""

    content: bytes
    filename: str
    sha256: str
    file_key: str | None = None

    @property
    def marked(self) -> bool:
        """Return whether it is a marked copy, which no store keeps."""
        return self.file_key is None


async def download_letter(actor: Actor, letter_id: UUID, storage: Storage, *, original: bool = False) -> LetterFile:
    """Return the PDF and leave an audit entry: byte for byte as it was sealed, or a marked copy where the company wants that.

    `original` asks for the unmarked one in any case. Raises FILE_CHANGED, FILE_MISSING, LETTER_ORIGINAL_REFUSED.
    """
    letter = await _downloadable(actor, letter_id, original=original)
    marks = (await seal_rules(actor)).mark_copies and not original
    file_key, sha256 = await newest_file(letter)
    content = await storage.get(file_key)
    if sha256 not in file_key:
        raise FileChanged(key=file_key)
    await record(actor, "letter.download", "letter", letter.id, after={"file_sha256": sha256, "marked": marks})
    if not marks:
        return LetterFile(content=content, filename=f"{letter.number}.pdf", sha256=sha256, file_key=file_key)
    copy = await marked(content, await mark_text(actor))
    return LetterFile(content=copy, filename=f"{letter.number}{COPY}.pdf", sha256=sha256_hex(copy))


async def letter_link(actor: Actor, *, letter_id: UUID, original: bool = False) -> Link:
    """Return a link by which the actor may fetch the letter for some minutes; the access is checked again when they do."""
    letter = await _downloadable(actor, letter_id, original=original)
    return new_link(actor, act=Permission.LETTER_DOWNLOAD.value, object_id=letter.id, original=original)


async def _downloadable(actor: Actor, letter_id: UUID, *, original: bool) -> Letter:
    letter = await access_letter(actor, letter_id, Permission.LETTER_DOWNLOAD)
    await refuse_hidden_on(actor, LETTER, letter.id, "downloadPath")
    await refuse_shredded(letter)
    if letter.file_key is None or letter.file_sha256 is None:
        raise LetterNotSealed(field="letterId", row=letter.id, number=letter.number, state=LetterState(letter.state))
    party = actor.person_id in (letter.employee_id, letter.manager_id)
    if original and not party and not await reaches_whole(actor, Permission.LETTER_DOWNLOAD):
        raise OriginalRefused(field="letterId", row=letter.id, number=letter.number)
    return letter


async def mark_text(actor: Actor) -> str:
    """Return what a copy says that the actor takes now: who they are, and when it is, by the company's clock."""
    company = await get_company(actor)
    if actor.person_id is not None:
        person = await get_person(actor, actor.person_id)
        who = f"{person.name} {person.number}"
    else:
        who = f"成员 {str(actor.membership_id)[:8]}"
    return f"副本 COPY · {who} · {moment_text(now(), company.time_zone)}"


async def marked(content: bytes, text: str) -> bytes:
    """Return a copy of a sealed letter that bears a text, made while others are served."""
    return await asyncio.to_thread(_marked, content, text)


def _marked(content: bytes, text: str) -> bytes:
    # fontTools and qpdf, which only marked copies need: loaded beside the event loop, for that takes half a second.
    from plumb_platform.documents.copy_mark import marked_copy

    return marked_copy(content, text)
