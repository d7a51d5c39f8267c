"""What people do with letters: issue, sign, download, verify. Other domains import this module and access.py only."""

from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.errors import Refused
from plumb_platform.permissions import Permission
from plumb_platform.queue.models import Outbox
from plumb_platform.queue.service import find_job_of
from plumb_platform.storage import FileChanged, Storage
from plumb_tenants.letters.access import access_letter
from plumb_tenants.letters.issuing import IssuedItem, issue_letter, issue_letters
from plumb_tenants.letters.readers import (
    LetterFilter,
    LetterRow,
    SignatureRow,
    get_letter,
    letters_by_id,
    list_letters,
    signatures_of,
)
from plumb_tenants.letters.readiness import SealAlarm, seal_alarms
from plumb_tenants.letters.rules import LetterState, Role
from plumb_tenants.letters.sealing import TRANSIENT, SealTools, requeue_unsealed, seal_letter
from plumb_tenants.letters.shipped import ShippedLetter, adopt_letter_template
from plumb_tenants.letters.signing import SEAL_TOPIC, sign_letter
from plumb_tenants.letters.stamping import STAMP_TOPIC, newest_file, queue_stamps, stamp_letter
from plumb_tenants.letters.trial_running import run_trial
from plumb_tenants.letters.trials import TRIAL_TOPIC, TrialKind, dry_run_template, preview_letter, trial_file
from plumb_tenants.letters.verification import LONGEST_FILE, LetterVerification, Signer, verify_by_code, verify_upload

__all__ = [
    "LONGEST_FILE",
    "SEAL_TOPIC",
    "STAMP_TOPIC",
    "TRANSIENT",
    "TRIAL_TOPIC",
    "IssuedItem",
    "LetterFile",
    "LetterFilter",
    "LetterRow",
    "LetterState",
    "LetterVerification",
    "Role",
    "SealAlarm",
    "SealTools",
    "ShippedLetter",
    "SignatureRow",
    "Signer",
    "TrialKind",
    "adopt_letter_template",
    "download_letter",
    "dry_run_template",
    "get_letter",
    "issue_letter",
    "issue_letters",
    "letters_by_id",
    "list_letters",
    "preview_letter",
    "queue_stamps",
    "requeue_unsealed",
    "run_trial",
    "seal_alarms",
    "seal_job",
    "seal_letter",
    "sign_letter",
    "signatures_of",
    "stamp_letter",
    "trial_file",
    "verify_by_code",
    "verify_upload",
]


class LetterNotSealed(Refused):
    """There is no file yet."""

    code = "LETTER_NOT_SEALED"
    zh = "责任书 {number} 尚未生成签章文件，当前状态为“{state}”。"
    en = "The letter {number} has no sealed file yet; it is {state}."


@dataclass(frozen=True, slots=True)
class LetterFile:
    """A sealed letter to hand out."""

    content: bytes
    filename: str
    sha256: str


async def download_letter(actor: Actor, letter_id: UUID, storage: Storage) -> LetterFile:
    """Return the sealed PDF, byte for byte as it was sealed, and leave an audit entry. Raises FILE_CHANGED, FILE_MISSING."""
    letter = await access_letter(actor, letter_id, Permission.LETTER_DOWNLOAD)
    if letter.file_key is None or letter.file_sha256 is None:
        raise LetterNotSealed(field="letterId", number=letter.number, state=LetterState(letter.state))
    file_key, sha256 = await newest_file(letter)
    content = await storage.get(file_key)
    if sha256 not in file_key:
        raise FileChanged(key=file_key)
    await record(actor, "letter.download", "letter", letter.id, after={"file_sha256": sha256})
    return LetterFile(content=content, filename=f"{letter.number}.pdf", sha256=sha256)


async def seal_job(actor: Actor, letter_id: UUID) -> Outbox | None:
    """Return the job that seals a letter of the actor's, or None before both have signed (A50)."""
    letter = await access_letter(actor, letter_id, Permission.LETTER_READ)
    return await find_job_of(SEAL_TOPIC, str(letter.id))
