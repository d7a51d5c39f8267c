"""Destroying a file that the virus scan holds, by decision of an administrator, unless a legal hold keeps it (C92)."""

from contextlib import suppress
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch_value
from plumb_platform.errors import Refused
from plumb_platform.storage import KEY, FileMissing, Storage
from plumb_platform.stored_files import lock_files
from plumb_tenants.files.service import checked_reason, held_file, tell
from plumb_tenants.retention.holds import lock_destroying

_KEPT = """
select exists (select from retention_item where file_key = $1 and outcome = 'HELD') or exists (
  select from attachment a join submission u on u.tenant_id = a.tenant_id and u.id = a.submission_id
  where a.file_key = $1 and sec.person_is_held(u.tenant_id, u.person_id))
"""


class FileOnLegalHold(Refused):
    """What a legal hold keeps is destroyed by nobody."""

    code = "FILE_ON_LEGAL_HOLD"
    zh = "该文件处于法律保全之下，不得销毁；隔离期间无人能够下载。"
    en = "A legal hold keeps the file, and nobody destroys it; while it is in quarantine nobody gets it."


class FileInDefinition(Refused):
    """A picture is a part of its version, which never changes."""

    code = "FILE_IN_DEFINITION"
    zh = "该图片是配置版本的一部分，版本内容不可更改；请发布不含该图片的新版本。"
    en = "The picture is part of a version of a definition, which never changes; publish a version without it."


async def remove_held_file(actor: Actor, storage: Storage, *, scan_id: UUID, version: int, reason: str) -> UUID:
    """Destroy a held file for good; its name and digest stay where it was attached. Returns the scan's id.

    Raises FORBIDDEN, NOT_FOUND, CONFLICT, FILE_NOT_HELD, FILE_REASON_MISSING, FILE_IN_DEFINITION and FILE_ON_LEGAL_HOLD.
    """
    scan = await held_file(actor, scan_id=scan_id, version=version)
    why = checked_reason(reason)
    if KEY.fullmatch(scan.file_key) is None:
        raise FileInDefinition(field="id")
    await lock_destroying()
    if await fetch_value(_KEPT, scan.file_key):
        raise FileOnLegalHold(field="id")
    await lock_files()
    scan.removed_at, scan.removed_reason, scan.held_since, scan.version = now(), why, None, scan.version + 1
    await scan.save(update_fields=["removed_at", "removed_reason", "held_since", "version"])
    await tell(actor, scan, "remove", before=scan.found_as, reason=why)
    # The last step: if it is all undone after this, the file is still held, and is removed the next time.
    with suppress(FileMissing):
        await storage.delete(scan.file_key)
    return scan.id
