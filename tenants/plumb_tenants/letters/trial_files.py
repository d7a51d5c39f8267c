"""The files of a preview: its PDF and the pictures of its pages, for whoever asked for it (N10)."""

from dataclasses import replace
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import Forbidden, NotFound
from plumb_platform.permissions import Permission, require
from plumb_platform.storage import Storage
from plumb_tenants.access.fields import refuse_hidden_on
from plumb_tenants.letters.models import LetterTrial
from plumb_tenants.letters.trial_resource import LETTER_TRIAL
from plumb_tenants.people.access import access_person


async def trial_file(actor: Actor, trial_id: UUID, storage: Storage, *, page: int | None = None) -> tuple[bytes, str]:
    """Return the PDF of a preview, or one of its pages as PNG counted from 1, with its file name; its owner's alone.

    One over somebody's goals is handed out as long as its owner may issue letters to them; NotFound afterwards.
    """
    await require(actor, Permission.TRIAL_READ)
    trial = await LetterTrial.get_or_none(id=trial_id, made_by=actor.membership_id) if actor.membership_id else None
    if trial is None or trial.pdf_key is None:
        raise NotFound(field="trialId")
    await refuse_hidden_on(actor, LETTER_TRIAL, trial.id, "pdfPath")
    await _still_reached(actor, trial)
    if page is None:
        return await storage.get(trial.pdf_key), "preview.pdf"
    if not 1 <= page <= len(trial.pages):
        raise NotFound(field="trialId")
    return await storage.get(trial.pages[page - 1]), f"preview-{page}.png"


async def _still_reached(actor: Actor, trial: LetterTrial) -> None:
    """Raise when the owner of a preview may no longer have one over those goals; a token does so with its owner's rights."""
    goal_ids = [UUID(each) for each in trial.asked.get("goal_ids", ())]
    for row in await fetch("select distinct owner_id from goal where id = any($1)", goal_ids) if goal_ids else ():
        try:
            await access_person(replace(actor, scopes=None), row["owner_id"], Permission.LETTER_ISSUE)
        except (Forbidden, NotFound):
            raise NotFound(field="trialId") from None
