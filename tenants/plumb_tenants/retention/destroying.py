"""Files of rows that a run emptied: destroyed in a later step, unless a hold reaches them by then or equal bytes are needed."""

from typing import Any

from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, fetch_value
from plumb_platform.storage import FileMissing, Storage
from plumb_platform.stored_files import lock_files
from plumb_tenants.files.service import forget_scan
from plumb_tenants.retention.categories import HELD, REFERENCED
from plumb_tenants.retention.due import MOST
from plumb_tenants.retention.models import RetentionItem, RetentionRun

_HELD_OF = f"select i.id from retention_item i where i.id = any($1) and {HELD}"
_RELEASED = f"select i.id from retention_item i where i.outcome = 'HELD' and not {HELD} order by i.id limit $1"
_TAKE_UP = "update retention_item set run_id = $2, outcome = 'PENDING' where id = any($1) and outcome = 'HELD'"


async def destroy_files(run: RetentionRun, storage: Storage) -> int:
    """Destroy the next files whose rows an earlier step emptied, and return how many were judged.

    Whoever calls has locked destroying, so that no hold comes between its judgement here and the end of the transaction. A file
    that is held is kept and named in the report (HELD); one whose bytes somebody else needs stays with them (SHARED).
    """
    items = await RetentionItem.filter(run_id=run.id, outcome="PENDING").order_by("id").limit(MOST)
    if not items:
        return 0
    await lock_files()
    held = _ids(await fetch(_HELD_OF, [item.id for item in items]))
    # The held ones first, so that no equal bytes are destroyed for another row of the same batch.
    for item in sorted(items, key=lambda each: each.id not in held):
        await _judge(item, storage, is_held=item.id in held)
    return len(items)


async def released() -> list[Any]:
    """Return the next files that a hold saved from a run and no hold reaches any more, by the ids of their items."""
    return sorted(_ids(await fetch(_RELEASED, MOST)))


async def take_up_released(run: RetentionRun) -> int:
    """Make files whose hold was lifted a run's own, to be destroyed in its next step; return how many."""
    ids = await released()
    if ids:
        await execute(_TAKE_UP, ids, run.id)
    return len(ids)


async def _judge(item: RetentionItem, storage: Storage, *, is_held: bool) -> None:
    if is_held:
        item.outcome = "HELD"
        await item.save(update_fields=["outcome"])
        return
    shared = item.file_key is not None and await fetch_value(REFERENCED, item.file_key, item.id)
    if not shared and item.file_key:
        await _delete(storage, item.file_key)
    item.outcome, item.destroyed_at = "SHARED" if shared else "DESTROYED", now()
    await item.save(update_fields=["outcome", "destroyed_at"])


async def _delete(storage: Storage, key: str) -> None:
    await forget_scan(key)
    try:
        await storage.delete(key)
    except FileMissing:
        return


def _ids(rows: list[dict[str, Any]]) -> set[Any]:
    return {row["id"] for row in rows}
