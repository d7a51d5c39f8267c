"""What people do with letters: issue, sign, download, verify. Other domains import this module and access.py only."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.permissions import Permission
from plumb_platform.queue.models import Outbox
from plumb_platform.queue.service import find_job_of
from plumb_tenants.letters.access import access_letter
from plumb_tenants.letters.addenda import ADDENDA_TOPIC, addenda_owed, issue_addenda, issue_addendum
from plumb_tenants.letters.annex_kinds import AnnexKind
from plumb_tenants.letters.annexes import ANNEX_TOPIC, annex_file, make_annex, request_audit, requeue_maps
from plumb_tenants.letters.closing import cancel_letter, decline_letter, expire_letters
from plumb_tenants.letters.downloading import LetterFile, LetterNotSealed, download_letter, letter_link
from plumb_tenants.letters.hints import Hint
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
from plumb_tenants.letters.reminding import remind_signers
from plumb_tenants.letters.revoking import KeptLists, revocation_list, revoke_letter
from plumb_tenants.letters.rules import LetterState, Role
from plumb_tenants.letters.sealing import TRANSIENT, SealTools, requeue_unsealed, seal_letter
from plumb_tenants.letters.shipped import ShippedLetter, adopt_letter_template
from plumb_tenants.letters.signers import Act, SignerState
from plumb_tenants.letters.signing import SEAL_TOPIC, Proof, SignatureGiven, sign_letter
from plumb_tenants.letters.signing_rules import SignatureForm, StepUp, letter_rules
from plumb_tenants.letters.stamping import STAMP_TOPIC, queue_stamps, stamp_letter
from plumb_tenants.letters.trial_files import trial_file
from plumb_tenants.letters.trial_running import run_trial
from plumb_tenants.letters.trials import TRIAL_TOPIC, TrialKind, dry_run_template, preview_letter
from plumb_tenants.letters.verification import LONGEST_FILE, LetterVerification, Signer, verify_by_code, verify_upload

__all__ = [
    "ADDENDA_TOPIC",
    "ANNEX_TOPIC",
    "LONGEST_FILE",
    "SEAL_TOPIC",
    "STAMP_TOPIC",
    "TRANSIENT",
    "TRIAL_TOPIC",
    "Act",
    "AnnexKind",
    "Hint",
    "IssuedItem",
    "KeptLists",
    "LetterFile",
    "LetterFilter",
    "LetterNotSealed",
    "LetterRow",
    "LetterState",
    "LetterVerification",
    "Proof",
    "Role",
    "SealAlarm",
    "SealTools",
    "ShippedLetter",
    "SignatureForm",
    "SignatureGiven",
    "SignatureRow",
    "Signer",
    "SignerState",
    "StepUp",
    "TrialKind",
    "addenda_owed",
    "adopt_letter_template",
    "annex_file",
    "cancel_letter",
    "decline_letter",
    "download_letter",
    "dry_run_template",
    "expire_letters",
    "get_letter",
    "issue_addenda",
    "issue_addendum",
    "issue_letter",
    "issue_letters",
    "letter_link",
    "letter_rules",
    "letters_by_id",
    "list_letters",
    "make_annex",
    "preview_letter",
    "queue_stamps",
    "remind_signers",
    "request_audit",
    "requeue_maps",
    "requeue_unsealed",
    "revocation_list",
    "revoke_letter",
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


async def seal_job(actor: Actor, letter_id: UUID) -> Outbox | None:
    """Return the job that seals a letter of the actor's, or None before both have signed (A50)."""
    letter = await access_letter(actor, letter_id, Permission.LETTER_READ)
    return await find_job_of(SEAL_TOPIC, str(letter.id))
