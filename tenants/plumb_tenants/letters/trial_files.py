"""The files of a preview: its PDF and the pictures of its pages, for whoever asked for it (N10)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission, require
from plumb_platform.storage import Storage
from plumb_tenants.access.fields import refuse_hidden_on
from plumb_tenants.letters.models import LetterTrial
from plumb_tenants.letters.trial_resource import LETTER_TRIAL


async def trial_file(actor: Actor, trial_id: UUID, storage: Storage, *, page: int | None = None) -> tuple[bytes, str]:
    """Return the PDF of a preview, or one of its pages as PNG counted from 1, with its file name; its owner's alone."""
    await require(actor, Permission.TRIAL_READ)
    trial = await LetterTrial.get_or_none(id=trial_id, made_by=actor.membership_id) if actor.membership_id else None
    if trial is None or trial.pdf_key is None:
        raise NotFound(field="trialId")
    await refuse_hidden_on(actor, LETTER_TRIAL, trial.id, "pdfPath")
    if page is None:
        return await storage.get(trial.pdf_key), "preview.pdf"
    if not 1 <= page <= len(trial.pages):
        raise NotFound(field="trialId")
    return await storage.get(trial.pages[page - 1]), f"preview-{page}.png"
