"""Files of submissions: uploaded into drafts, checked by content, handed out to who may read the submission (C92)."""

import unicodedata
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch_value
from plumb_platform.errors import InvalidInput, NotFound, Refused
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions import Permission
from plumb_platform.scanning import Scanner
from plumb_platform.storage import FileChanged, Storage, content_key
from plumb_platform.stored_files import store_brought_file
from plumb_platform.telling import Said
from plumb_platform.texts import TURNING
from plumb_tenants.access.fields import refuse_hidden_on
from plumb_tenants.files.service import note_passed, refuse_quarantined
from plumb_tenants.forms.access import access_attachment, access_standing_attachment, access_submission
from plumb_tenants.forms.body import MOST_FILES, Field, MediaType, Type
from plumb_tenants.forms.content import media_type_of
from plumb_tenants.forms.models import Attachment, Submission
from plumb_tenants.forms.problems import FieldUnknown
from plumb_tenants.forms.resources import ATTACHMENT, EDITABLE, NAMED_BY
from plumb_tenants.forms.versions import compiled_of, form_of

_SENT = f"select true from attachment a join submission_version v on {NAMED_BY} where a.id = $1 limit 1".format(v="v", a="a")
LONGEST_NAME = 200
NOT_IN_NAMES = frozenset({"Cc", "Cs", "Zl", "Zp"})
SUFFIXES = {
    MediaType.PDF: "pdf",
    MediaType.PNG: "png",
    MediaType.JPEG: "jpg",
    MediaType.XLSX: "xlsx",
    MediaType.DOCX: "docx",
    MediaType.CSV: "csv",
}


class AttachmentTypeWrong(InvalidInput):
    """A file's content is of a type that its field takes."""

    code = "ATTACHMENT_TYPE_WRONG"
    zh = "文件内容是 {found}，“{label}”只接受：{wanted}。"
    en = "The file's content is {found}; {label} takes {wanted}."


class AttachmentTooLarge(InvalidInput):
    """A file is as large as its field allows."""

    code = "ATTACHMENT_TOO_LARGE"
    zh = "文件有 {size} 字节，“{label}”须为 1 到 {limit} 字节。"
    en = "The file has {size} bytes; {label} takes 1 to {limit}."


class AttachmentNameInvalid(InvalidInput):
    """A name is one that a file can have, and reads as it is: U+202E makes "fdp.exe" look like "exe.pdf" (UAX 9, UTR 36)."""

    code = "ATTACHMENT_NAME_INVALID"
    zh = "文件名须为 1 到 200 个字符，不含斜线、换行、控制字符与文字方向控制符。"
    en = "A file name has 1 to 200 characters, no slashes, line ends, control characters or controls of writing direction."


class AttachmentsFull(Refused):
    """A field takes so many files."""

    code = "ATTACHMENTS_FULL"
    zh = "“{label}”最多 {most} 个文件。"
    en = "{label} takes at most {most} files."


class SubmissionFinal(Refused):
    """What was submitted stays as it is (A1), unless an approver returned it."""

    code = "SUBMISSION_FINAL"
    zh = "该表单已提交，不能再修改。"
    en = "The form was submitted and does not change any more."


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file to hand out."""

    content: bytes
    name: str
    media_type: str
    sha256: str


async def upload_attachment(
    actor: Actor, storage: Storage, scanner: Scanner, *, submission_id: UUID, field: str, name: str, content: bytes
) -> UUID:
    """Keep a file for a field of one's own draft, and return its id; the same file there again is the one that stands."""
    submission = await access_submission(actor, submission_id, Permission.SUBMISSION_WRITE, lock=True)
    refuse_final(submission)
    asked = await _field(actor, submission, field)
    media_type = _checked(asked, name, content)
    digest = sha256_hex(content)
    there = await Attachment.filter(submission_id=submission.id, field=field, removed_at=None)
    same = next((each for each in there if each.sha256 == digest), None)
    if same is not None:
        return same.id
    most = min(asked.max_items or MOST_FILES, MOST_FILES)
    if len(there) >= most:
        raise AttachmentsFull(field="field", label=asked.label, most=most)
    suffix = SUFFIXES[media_type]
    await refuse_quarantined(content_key(actor.tenant_id, "attachments", content, suffix=suffix), field="content", row=Said.GIVEN)
    key = await store_brought_file(storage, scanner, actor.tenant_id, "attachments", content, suffix=suffix)
    if scanner.is_set:
        await note_passed(actor, key)
    facts: dict[str, Any] = {"name": name.strip(), "media_type": media_type.value, "size": len(content), "sha256": digest}
    kept = await Attachment.get_or_none(submission_id=submission.id, field=field, sha256=digest)
    if kept is None:
        kept = Attachment(submission_id=submission.id, field=field, file_key=key, uploaded_by=actor.membership_id, **facts)
        await kept.save(force_create=True)
    else:
        # A version that was sent names it: what was taken out is put back, under the name that it has there.
        await Attachment.filter(id=kept.id).update(removed_at=None)
    await record(actor, "attachment.upload", "attachment", kept.id, after={"submission": str(submission.id), **facts})
    return kept.id


async def remove_attachment(actor: Actor, *, attachment_id: UUID) -> UUID:
    """Take a file out of one's own draft, and return the submission's id; versions that were sent with it keep it."""
    attachment, submission = await access_standing_attachment(actor, attachment_id)
    refuse_final(submission)
    standing = Attachment.filter(id=attachment.id, removed_at=None)
    was_sent = await fetch_value(_SENT, attachment.id)
    if not await (standing.update(removed_at=now()) if was_sent else standing.delete()):
        raise NotFound(field="attachmentId")
    before = {"name": attachment.name, "sha256": attachment.sha256}
    await record(actor, "attachment.remove", "attachment", attachment.id, before=before)
    return submission.id


async def download_attachment(actor: Actor, attachment_id: UUID, storage: Storage) -> AttachedFile:
    """Return a file to somebody who may read its submission, audited; raises FILE_QUARANTINED and FILE_REMOVED."""
    attachment = await access_attachment(actor, attachment_id)
    await refuse_hidden_on(actor, ATTACHMENT, attachment.id, "downloadPath")
    await refuse_quarantined(attachment.file_key, field="attachmentId", row=attachment.id)
    content = await storage.get(attachment.file_key)
    if attachment.sha256 not in attachment.file_key:
        raise FileChanged(key=attachment.file_key)
    await record(actor, "attachment.download", "attachment", attachment.id, after={"sha256": attachment.sha256})
    return AttachedFile(content, attachment.name, attachment.media_type, attachment.sha256)


async def files_of(submission_id: UUID) -> dict[str, list[str]]:
    """Return the ids of a submission's files by field, oldest first."""
    found: dict[str, list[str]] = {}
    for each in await Attachment.filter(submission_id=submission_id, removed_at=None).order_by("id"):
        found.setdefault(each.field, []).append(str(each.id))
    return found


def refuse_final(submission: Submission) -> None:
    """Raise SubmissionFinal unless it is a draft, or came back to its person."""
    if submission.state not in EDITABLE:
        raise SubmissionFinal(field="submissionId")


async def _field(actor: Actor, submission: Submission, key: str) -> Field:
    compiled = compiled_of(await form_of(actor, submission.definition_version_id))
    cell = compiled.fields.get(key)
    if cell is None or cell.cell.type is not Type.ATTACHMENT:
        raise FieldUnknown(field="field", key=f"{key:.60}")
    return cell.field


def _misleads(character: str) -> bool:
    return character in TURNING or character in "/\\" or unicodedata.category(character) in NOT_IN_NAMES


def _checked(field: Field, name: str, content: bytes) -> MediaType:
    if not 0 < len(name.strip()) <= LONGEST_NAME or any(_misleads(character) for character in name):
        raise AttachmentNameInvalid(field="name")
    if not 0 < len(content) <= field.max_bytes:
        raise AttachmentTooLarge(field="content", label=field.label, size=len(content), limit=field.max_bytes)
    media_type = media_type_of(content)
    if media_type is None or media_type not in field.media_types:
        wanted = ", ".join(field.media_types)
        found = media_type.value if media_type else "application/octet-stream"
        raise AttachmentTypeWrong(field="content", label=field.label, found=found, wanted=wanted)
    return media_type
