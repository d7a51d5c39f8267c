"""Quarantine of brought files: one that a later signature of the scanner knows is kept as evidence and handed to nobody (C92)."""

from collections.abc import Mapping
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute
from plumb_platform.errors import Refused
from plumb_platform.ids import uuid7
from plumb_platform.observability import get_logger
from plumb_platform.permissions import Permission
from plumb_platform.permissions.members import Member, members_holding
from plumb_platform.telling import Said, Sentence
from plumb_tenants.files.models import FileScan
from plumb_tenants.files.sources import source_of
from plumb_tenants.files.states import ScanState, state_of
from plumb_tenants.notifications.service import notify

log = get_logger(__name__)
_PASSED = """
insert into file_scan (tenant_id, id, created_at, file_key, signatures, scanned_at)
values ($1, $2, $3, $4, '', $3) on conflict (tenant_id, file_key) do nothing
"""


_FOUND = {"signature": "Attachment.scanFinding|DefinitionVersion.scanFinding|FileScan.finding"}


class FileQuarantined(Refused, tells=_FOUND):
    """A file passed when it was brought, and the scanner has learnt since what it is."""

    code = "FILE_QUARANTINED"
    zh = (
        "病毒扫描在复查中发现该文件含有“{signature}”，文件已隔离，不再提供。"
        "请联系管理员；如属误报，管理员可解除隔离，病毒库更正后的复查也会自动解除。"
    )
    en = (
        "A later scan found {signature} in the file; it is in quarantine and handed to nobody. Ask an administrator: "
        "if the alarm was false, they release it, and so does the first scan under corrected signatures."
    )


class FileRemoved(Refused, tells=_FOUND):
    """A file that was held is destroyed for good."""

    code = "FILE_REMOVED"
    zh = "该文件含有“{signature}”，管理员已将其销毁。请上传干净的文件。"
    en = "The file held {signature}, and an administrator destroyed it. Bring a clean one."


async def refuse_quarantined(file_key: str, *, field: str, row: UUID | Said | None = None) -> None:
    """Raise FILE_QUARANTINED when the last scan of a file found something, FILE_REMOVED when it was destroyed for that.

    What was found is told as of `row`, the attachment or version of a definition that is asked for, else as of the scan.
    """
    scan = await FileScan.get_or_none(file_key=file_key)
    state = state_of(scan)
    if scan is not None and state is ScanState.HELD:
        raise FileQuarantined(field=field, row=row or scan.id, signature=scan.found_as)
    if scan is not None and state is ScanState.REMOVED:
        raise FileRemoved(field=field, row=row or scan.id, signature=scan.found_as)


async def held_fields(file_key: str) -> frozenset[str]:
    """Return the fields of a definition in which the scan holds something."""
    scan = await FileScan.get_or_none(file_key=file_key)
    return frozenset(scan.found_in.split(",")) if scan is not None and state_of(scan) is ScanState.HELD else frozenset()


async def note_passed(actor: Actor, file_key: str) -> None:
    """Keep that a file passed the scan as it was brought; what is known of it already stays, and the next signatures see it."""
    await execute(_PASSED, actor.tenant_id, uuid7(), now(), file_key)


async def note_scan(actor: Actor, file_key: str, *, signatures: str, found: Mapping[str, str]) -> None:
    """Keep what a scan found in a file, by field; what changes by it is audited, and people are told."""
    known = await FileScan.filter(file_key=file_key).select_for_update(no_key=True).first()
    scan = known or FileScan(file_key=file_key)
    if scan.removed_at is not None:
        return
    was_held, before = state_of(scan) is ScanState.HELD, scan.found_as
    scan.found_as = next((signature[:80] for signature in found.values()), None)
    scan.found_in, scan.signatures, scan.scanned_at = ",".join(filter(None, found)), signatures, now()
    is_held = state_of(scan) is ScanState.HELD
    if (is_held, scan.found_as) != (was_held, before):
        scan.version += 1
    scan.held_since = (scan.held_since or scan.scanned_at) if is_held else None
    await scan.save()
    if is_held is not was_held or (is_held and scan.found_as != before):
        await tell(actor, scan, "quarantine" if is_held else "release", before=before)


async def tell(actor: Actor, scan: FileScan, act: str, *, before: str | None, reason: str = "") -> None:
    """Audit what became of a file (`quarantine`, `release`, `remove`) for each object that it belongs to, and tell of it.

    Who may judge held files is told, and who brought this one.
    """
    source = source_of(scan.file_key)
    signature = scan.found_as or before or ""
    log.warning("brought file", act=act, file_key=scan.file_key, signature=signature)
    is_back = act == "release" and not reason and scan.found_as is not None
    judges = {each.id for each in await _judges(actor)}
    for bearer in await source.bearers(scan.file_key):
        facts = bearer.facts | {"signatures": scan.signatures} | ({"reason": reason} if reason else {})
        after = {"found_as": scan.found_as, "state": state_of(scan).value} | facts
        action = f"{source.word}.{act}"
        await record(actor, action, source.table, bearer.object_id, before={"found_as": before}, after=after)
        zh, en = _WORDS_BACK if is_back else _words(act, reason)
        told: set[UUID] = judges | ({bearer.brought_by} if bearer.brought_by else set())
        kind, place = source.type_name, bearer.object_id
        said = Sentence(
            zh=zh,
            en=en,
            tells={
                "name": "Attachment.name|Definition.name",
                "before": "Attachment.scanFinding|DefinitionVersion.scanFinding",
                "signature": "Attachment.scanFinding|DefinitionVersion.scanFinding",
                "reason": "Attachment.scanReason|DefinitionVersion.scanReason",
            },
            row=dict.fromkeys(("before", "signature", "reason"), place) | {"name": bearer.named},
            name=bearer.name,
            before=before,
            signature=signature,
            reason=reason,
        )
        await notify(actor, members=told, kind=action, object_type=kind, object_id=place, said=said)


async def _judges(actor: Actor) -> list[Member]:
    """Return who judges held files; where the matrix gives that to nobody, as after an upgrade, who gives roles."""
    return await members_holding(actor, Permission.FILE_JUDGE) or await members_holding(actor, Permission.ROLE_ASSIGN)


def _words(act: str, reason: str) -> tuple[str, str]:
    if act == "quarantine":
        return (
            "文件“{name}”在复查中发现“{signature}”，已隔离，不再提供下载。",
            "A later scan found {signature} in the file {name}; it is in quarantine and handed to nobody.",
        )
    if act == "remove":
        return (
            "文件“{name}”含有“{signature}”，已由管理员销毁。原因：{reason}",
            "The file {name} held {signature}; an administrator destroyed it. Why: {reason}",
        )
    if reason:
        return (
            "文件“{name}”（“{signature}”）经管理员确认为误报，已解除隔离。原因：{reason}",
            "An administrator found the alarm about the file {name} ({signature}) to be false; it is released. Why: {reason}",
        )
    return (
        "文件“{name}”经更正后的病毒库复查无毒（此前为“{signature}”），已解除隔离。",
        "Under later signatures the file {name} is clean ({signature} before); it is released.",
    )


_WORDS_BACK = (
    "文件“{name}”的复查结果由“{before}”变回“{signature}”，后者此前已由管理员确认为误报，因此解除隔离。",
    "A later scan finds {signature} in the file {name} again in place of {before}; an administrator found that alarm to be "
    "false before, so the file is released.",
)
"""What people are told when a scan finds again what an administrator has found to be a false alarm."""
