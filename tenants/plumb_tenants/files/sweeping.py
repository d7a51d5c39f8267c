"""Sweeping the file store: what a process left there that was killed while it wrote, once a day."""

from datetime import timedelta

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.observability import get_logger
from plumb_platform.queue.service import enqueue
from plumb_platform.storage import Storage

SWEEP_TOPIC = "files.sweep"
LEFT_FOR = timedelta(days=1)
"""No write lasts as long: what is older is nobody's."""
log = get_logger(__name__)


async def queue_sweep(actor: Actor) -> None:
    """Queue the sweep of a company's files, once a day."""
    await enqueue(actor, SWEEP_TOPIC, {}, dedupe_key=now().date().isoformat())


async def sweep(actor: Actor, storage: Storage) -> int:
    """Delete what was left for longer than a day, and return how many files; raises STORAGE_UNAVAILABLE."""
    swept = await storage.sweep(actor.tenant_id, before=now() - LEFT_FOR)
    if swept:
        log.warning("files were swept that a process left half-written", count=swept)
    return swept
