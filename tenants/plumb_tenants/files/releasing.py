"""Judging held files: somebody who knows what a file is clears the finding, and the file is handed out again (C92)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.errors import Conflict, InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission, require
from plumb_tenants.files.models import FileScan
from plumb_tenants.files.quarantine import tell
from plumb_tenants.files.states import ScanState, state_of

LONGEST_REASON = 500


class FileNotHeld(Refused):
    """Only a file that is held is released or removed."""

    code = "FILE_NOT_HELD"
    zh = "该文件当前状态为“{state}”，没有被隔离。"
    en = "The file is {state}; it is not held."


class FileReasonMissing(InvalidInput):
    """Who judges a held file says why."""

    code = "FILE_REASON_MISSING"
    zh = "须填写原因（1 到 {longest} 个字符）。"
    en = "Give a reason of 1 to {longest} characters."


async def release_held_file(actor: Actor, *, scan_id: UUID, version: int, reason: str) -> UUID:
    """Declare what was found in a held file a false alarm; another finding holds it again. Returns the scan's id."""
    scan = await held_file(actor, scan_id=scan_id, version=version)
    why = checked_reason(reason)
    scan.cleared_as, scan.cleared_at, scan.cleared_reason = scan.found_as, now(), why
    scan.held_since, scan.version = None, scan.version + 1
    await scan.save(update_fields=["cleared_as", "cleared_at", "cleared_reason", "held_since", "version"])
    await tell(actor, scan, "release", before=scan.found_as, reason=why)
    return scan.id


async def held_file(actor: Actor, *, scan_id: UUID, version: int) -> FileScan:
    """Return the scan of a file that is held, locked, to somebody who may judge it."""
    await require(actor, Permission.FILE_JUDGE)
    scan = await FileScan.filter(id=scan_id).select_for_update(no_key=True).first()
    if scan is None:
        raise NotFound(field="id")
    if scan.version != version:
        raise Conflict(current_version=scan.version)
    if state_of(scan) is not ScanState.HELD:
        raise FileNotHeld(field="id", state=state_of(scan))
    return scan


def checked_reason(reason: str) -> str:
    """Return a reason without blanks around it; raises FILE_REASON_MISSING."""
    why = reason.strip()
    if not why or len(why) > LONGEST_REASON or "\x00" in why:
        raise FileReasonMissing(field="reason", longest=LONGEST_REASON)
    return why
