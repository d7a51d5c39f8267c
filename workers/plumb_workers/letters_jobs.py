"""Jobs of letters: sealing what all have signed, and trying templates."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.letters.service import SEAL_TOPIC, STAMP_TOPIC, TRANSIENT, TRIAL_TOPIC, run_trial, seal_letter, stamp_letter
from plumb_workers.jobs import Tools, job


@job(SEAL_TOPIC, timeout=60, transient=TRANSIENT)
async def seal(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:
    """Seal one letter; its number and the hash of its file are the job's result."""
    letter = await seal_letter(actor, UUID(payload["letter_id"]), tools.seal)
    return {"letter_id": str(letter.id), "number": letter.number, "file_sha256": letter.file_sha256}


@job(STAMP_TOPIC, timeout=60, transient=TRANSIENT)
async def stamp(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:
    """Put one more time stamp on a B-LTA letter whose last one ends soon."""
    letter = await stamp_letter(actor, UUID(payload["letter_id"]), tools.seal)
    return {"letter_id": str(letter.id), "stamps_end_at": letter.stamps_end_at.isoformat() if letter.stamps_end_at else None}


@job(TRIAL_TOPIC, timeout=600)
async def trial(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:
    """Run a trial of a template; whatever the template does wrong is the job's error, at once and not five times."""
    done = await run_trial(actor, UUID(payload["trial_id"]), renderer=tools.seal.renderer, storage=tools.seal.storage)
    return {"trial_id": str(done.id), "faults": done.faults}
