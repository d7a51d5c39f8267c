"""Jobs of letters: sealing what both parties signed."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.letters.service import SEAL_TOPIC, STAMP_TOPIC, TRANSIENT, seal_letter, stamp_letter
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
