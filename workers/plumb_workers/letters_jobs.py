"""Jobs of letters: sealing what all have signed, addenda of what was confirmed anew, and trying templates."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.letters.run_audits import RUN_AUDITS_TOPIC, make_run_audits
from plumb_tenants.letters.run_failures import pause_failed_run
from plumb_tenants.letters.runs import RUN_TOPIC, work_on_run
from plumb_tenants.letters.service import (
    ADDENDA_TOPIC,
    ANNEX_TOPIC,
    SEAL_TOPIC,
    STAMP_TOPIC,
    TRANSIENT,
    TRIAL_TOPIC,
    AnnexKind,
    issue_addenda,
    make_annex,
    run_trial,
    seal_letter,
    stamp_letter,
)
from plumb_workers.jobs import Tools, job


@job(SEAL_TOPIC, timeout=60, transient=TRANSIENT)
async def seal(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:
    """Seal one letter; its number and the hash of its file are the job's result."""
    letter = await seal_letter(actor, UUID(payload["letter_id"]), tools.seal)
    return {"letter_id": str(letter.id), "number": letter.number, "file_sha256": letter.file_sha256}


@job(STAMP_TOPIC, timeout=60, transient=TRANSIENT)
async def stamp(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:
    """Put the time stamp on a letter that was sealed without, or one more on a B-LTA letter whose last one ends soon."""
    letter = await stamp_letter(actor, UUID(payload["letter_id"]), tools.seal)
    return {"letter_id": str(letter.id), "stamps_end_at": letter.stamps_end_at.isoformat() if letter.stamps_end_at else None}


@job(ADDENDA_TOPIC, timeout=60)
async def addenda(actor: Actor, payload: dict[str, Any], _: Tools) -> dict[str, Any]:
    """Issue the addenda that a goal which was confirmed anew owes; a second run, or the timer before it, leaves none."""
    return {"letter_ids": [str(each) for each in await issue_addenda(actor, UUID(payload["goal_id"]))]}


@job(ANNEX_TOPIC, timeout=60, transient=TRANSIENT)
async def annex(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:
    """Make the battle map or the audit page of a letter, once."""
    made = await make_annex(
        actor,
        UUID(payload["letter_id"]),
        AnnexKind(payload["kind"]),
        renderer=tools.seal.renderer,
        storage=tools.seal.storage,
        public_url=tools.seal.public_url,
    )
    return {"kind": made.kind, "file_sha256": made.file_sha256}


@job(TRIAL_TOPIC, timeout=600)
async def trial(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:
    """Run a trial of a template; whatever the template does wrong is the job's error, at once and not five times."""
    done = await run_trial(actor, UUID(payload["trial_id"]), renderer=tools.seal.renderer, storage=tools.seal.storage)
    return {"trial_id": str(done.id), "faults": done.faults}


@job(RUN_TOPIC, timeout=120, failed=pause_failed_run)
async def run(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:  # noqa: ARG001 - jobs take their tools
    """Issue the next letters of a run."""
    done = await work_on_run(actor, UUID(payload["run_id"]))
    return {"run_id": str(done.id), "state": done.state}


@job(RUN_AUDITS_TOPIC, timeout=120)
async def run_audits(actor: Actor, payload: dict[str, Any], _: Tools) -> dict[str, Any]:
    """Have the audit pages of a run made that it lacks; how many is the job's result."""
    return {"run_id": payload["run_id"], "pages": await make_run_audits(actor, UUID(payload["run_id"]))}
