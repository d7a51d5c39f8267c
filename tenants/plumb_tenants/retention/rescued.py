"""Files that a hold saved after their rows were emptied: handed out by their SHA-256 to who may place holds, audited."""

import re

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission, require
from plumb_platform.storage import Storage
from plumb_tenants.files.service import refuse_quarantined
from plumb_tenants.retention.models import RetentionItem

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


async def download_held(actor: Actor, sha256: str, storage: Storage) -> tuple[bytes, str]:
    """Return the bytes of a held file and how its name ends, and leave an audit entry.

    `sha256` is what the report of a run says of the file (64 hexadecimal digits, small). One that is not held, was destroyed
    meanwhile, or is another company's is NOT_FOUND; raises FORBIDDEN to who may not place holds, and
    FILE_QUARANTINED.
    """
    await require(actor, Permission.RETENTION_HOLD)
    if _SHA256.fullmatch(sha256) is None:
        raise NotFound(field="sha256")
    # Locked, so that a later run does not destroy it while it is handed out.
    found = RetentionItem.filter(sha256=sha256, outcome="HELD", file_key__isnull=False)
    item = await found.order_by("id").select_for_update().first()
    if item is None or item.file_key is None:
        raise NotFound(field="sha256")
    await refuse_quarantined(item.file_key, field="sha256")
    content = await storage.get(item.file_key)
    after = {"sha256": sha256, "object_type": item.object_type, "object_id": str(item.object_id)}
    await record(actor, "retention.held_download", "retention_run", item.run_id, after=after)
    return content, item.file_key.rpartition(".")[2]
