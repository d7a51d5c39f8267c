"""Trials of a letter template, drafts too: a preview as PDF and pictures, and a dry run over a cycle (N10)."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.permissions import Permission
from plumb_platform.queue.service import enqueue
from plumb_tenants.definitions.access import access_version
from plumb_tenants.definitions.service import refuse_held, version_of_any_state
from plumb_tenants.goals.access import access_cycle
from plumb_tenants.letters.definition import KIND
from plumb_tenants.letters.issuing import manager_of, person_of
from plumb_tenants.letters.models import LetterTrial

TRIAL_TOPIC = "letters.trial"


class TrialKind(StrEnum):
    """What a trial tries."""

    PREVIEW = "PREVIEW"
    DRY_RUN = "DRY_RUN"


async def preview_letter(actor: Actor, *, version_id: UUID, goal_ids: Sequence[UUID] = ()) -> LetterTrial:
    """Ask for a template as it will print: over confirmed goals of one person, or over a sample without any."""
    await _template(actor, version_id)
    if goal_ids:
        await manager_of(actor, await person_of(actor, goal_ids))
    return await _ask(actor, TrialKind.PREVIEW, version_id, {"goal_ids": [str(each) for each in goal_ids]})


async def dry_run_template(actor: Actor, *, version_id: UUID, cycle_id: UUID) -> LetterTrial:
    """Ask what a template would not print of a cycle: its confirmed goals, and its letters as they were issued."""
    await _template(actor, version_id)
    cycle = await access_cycle(actor, cycle_id, field="cycleId")
    return await _ask(actor, TrialKind.DRY_RUN, version_id, {"cycle_id": str(cycle.id)})


async def _template(actor: Actor, version_id: UUID) -> None:
    await access_version(actor, version_id, Permission.DEFINITION_READ, field="templateVersionId")
    template = await version_of_any_state(actor, version_id, kind=KIND, field="templateVersionId")
    if template.body.has_pictures:
        await refuse_held(template.id, field="templateVersionId")


async def _ask(actor: Actor, kind: TrialKind, version_id: UUID, asked: dict[str, object]) -> LetterTrial:
    trial = await LetterTrial.create(
        kind=kind.value, definition_version_id=version_id, made_by=actor.membership_id, asked=asked, pages=[], findings=[]
    )
    await enqueue(actor, TRIAL_TOPIC, {"trial_id": str(trial.id)}, dedupe_key=str(trial.id))
    await record(actor, "letter_trial.ask", "letter_trial", trial.id, after={"kind": kind.value, **asked})
    return trial
