"""Quarantine of brought files: one that a later signature of the scanner knows is kept as evidence and handed to nobody (C92)."""

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.errors import Refused
from plumb_platform.observability import get_logger
from plumb_platform.permissions import Permission
from plumb_platform.permissions.members import members_holding
from plumb_tenants.forms.models import Attachment, FileScan
from plumb_tenants.notifications.service import notify

log = get_logger(__name__)


class FileQuarantined(Refused):
    """A file passed when it was brought, and the scanner has learnt since what it is."""

    code = "FILE_QUARANTINED"
    zh = (
        "病毒扫描在复查中发现该文件含有“{signature}”，文件已隔离，不再提供下载。"
        "请联系管理员；如属误报，病毒库更正后的下一次复查会自动解除隔离。"
    )
    en = (
        "A later scan found {signature} in the file; it is in quarantine and handed to nobody. Ask an administrator; "
        "if the alarm was false, the first scan under corrected signatures releases it."
    )


async def refuse_quarantined(file_key: str, *, field: str) -> None:
    """Raise FILE_QUARANTINED when the last scan of the stored file found something."""
    found = await standing_finding(file_key)
    if found is not None:
        raise FileQuarantined(field=field, signature=found)


async def standing_finding(file_key: str) -> str | None:
    """Return what the last scan found in a stored file, or None."""
    scan = await FileScan.get_or_none(file_key=file_key)
    return scan.found_as if scan else None


async def note_scan(actor: Actor, file_key: str, *, signatures: str, found_as: str | None) -> None:
    """Keep what a scan said of a stored file; what changes by it is audited, and administrators are told."""
    scan = await FileScan.get_or_none(file_key=file_key) or FileScan(file_key=file_key)
    before, scan.found_as = scan.found_as, found_as and found_as[:80]
    scan.signatures, scan.scanned_at = signatures, now()
    await scan.save()
    if scan.found_as != before:
        await _tell(actor, scan, before)


async def _tell(actor: Actor, scan: FileScan, before: str | None) -> None:
    action = "attachment.quarantine" if scan.found_as else "attachment.release"
    log.warning(action, file_key=scan.file_key, signature=scan.found_as or before)
    admins = [each.id for each in await members_holding(actor, Permission.ROLE_ASSIGN)]
    for file in await Attachment.filter(file_key=scan.file_key).order_by("id"):
        facts = {"sha256": file.sha256, "signatures": scan.signatures}
        after = {"found_as": scan.found_as} | facts
        await record(actor, action, "attachment", file.id, before={"found_as": before}, after=after)
        zh, en = _words(file.name, scan.found_as or before, found=scan.found_as is not None)
        await notify(actor, members=admins, kind=action, object_type="Attachment", object_id=file.id, zh=zh, en=en)


def _words(name: str, signature: str | None, *, found: bool) -> tuple[str, str]:
    if found:
        return (
            f"文件“{name}”在复查中发现“{signature}”，已隔离，不再提供下载。",
            f"A later scan found {signature} in the file {name}; it is in quarantine and handed to nobody.",
        )
    return (
        f"文件“{name}”经更正后的病毒库复查无毒（此前为“{signature}”），已解除隔离。",
        f"Under later signatures the file {name} is clean ({signature} before); it is released.",
    )
