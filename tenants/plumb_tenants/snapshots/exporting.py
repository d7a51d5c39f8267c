"""Files of a snapshot: PDF, XLSX, and JSON as the very bytes that its hashes are made of; made once, kept by their hash."""

import asyncio
import json
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import take_lock
from plumb_platform.documents.renderer import Renderer
from plumb_platform.documents.snapshot_html import snapshot_page
from plumb_platform.errors import InvalidInput, NotFound, Refused
from plumb_platform.exports import xlsx_bytes
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.queue.service import enqueue, queue_again
from plumb_platform.storage import Storage
from plumb_platform.stored_files import store_file
from plumb_tenants.company.service import get_company
from plumb_tenants.snapshots.access import access_whole_snapshot
from plumb_tenants.snapshots.models import Snapshot, SnapshotAnchor, SnapshotFile
from plumb_tenants.snapshots.reporting import COLUMNS, page_data, sheet_rows
from plumb_tenants.snapshots.resources import SnapshotFormat
from plumb_tenants.snapshots.service import snapshot_bytes

EXPORT_TOPIC = "snapshots.export"
Locale = Literal["zh-CN", "en"]
MEDIA_TYPES = {
    SnapshotFormat.PDF: "application/pdf",
    SnapshotFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    SnapshotFormat.JSON: "application/jsonl; charset=utf-8",
}


class SnapshotFileMissing(NotFound):
    """A file is made by a job, and then it is there for ever."""

    code = "SNAPSHOT_FILE_MISSING"
    zh = "该快照尚无 {format} 文件，请先通过 exportSnapshot 生成。"
    en = "There is no {format} file of this snapshot yet; ask for it with exportSnapshot."


class SnapshotFormatUnknown(InvalidInput):
    """A snapshot can be had in some formats."""

    code = "SNAPSHOT_FORMAT_UNKNOWN"
    zh = "未知格式“{format}”，可用：{known}。"
    en = "The format {format} is unknown; the formats are {known}."


class SnapshotAnchorMissing(Refused):
    """An anchor is signed by a job soon after the snapshot, and later where the key or the store was away."""

    code = "SNAPSHOT_ANCHOR_MISSING"
    zh = "该快照的锚点尚未生成；系统会自动补做，请稍后再取。"
    en = "The snapshot has no anchor yet; one is made by itself, ask again later."


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file of a snapshot with its bytes."""

    name: str
    media_type: str
    sha256: str
    content: bytes


async def request_export(actor: Actor, snapshot_id: UUID, *, form: SnapshotFormat, locale: Locale) -> UUID:
    """Have a file made in the background, once while it is kept, and return the id of the job."""
    await access_whole_snapshot(actor, snapshot_id)
    asked = {"snapshot_id": str(snapshot_id), "format": form.value, "locale": _kept_locale(form, locale)}
    job = await enqueue(actor, EXPORT_TOPIC, asked, dedupe_key=":".join(asked.values()))
    is_kept = await SnapshotFile.filter(snapshot_id=snapshot_id, format=form.value, locale=asked["locale"]).exists()
    return job.id if is_kept or job.done_at is None else (await queue_again(job)).id


async def make_file(
    actor: Actor, snapshot_id: UUID, *, form: SnapshotFormat, locale: Locale, storage: Storage, renderer: Renderer
) -> SnapshotFile:
    """Make a file of a snapshot and keep it; one that stands is returned."""
    locale = _kept_locale(form, locale)
    await take_lock("snapshot_file", snapshot_id, form, locale)
    known = await SnapshotFile.get_or_none(snapshot_id=snapshot_id, format=form.value, locale=locale)
    if known is not None:
        return known
    snapshot = await access_whole_snapshot(actor, snapshot_id)
    content = await _content(actor, snapshot, form, locale, renderer)
    return await SnapshotFile.create(
        snapshot_id=snapshot.id,
        format=form.value,
        locale=locale,
        file_key=await store_file(storage, actor.tenant_id, "snapshots", content, suffix=form.value.lower()),
        sha256=sha256_hex(content),
        size=len(content),
    )


async def download_file(actor: Actor, snapshot_id: UUID, *, form: str, locale: Locale, storage: Storage) -> ExportedFile:
    """Return a file that was made, with an audit entry; raises SNAPSHOT_FILE_MISSING while it was not."""
    if form not in SnapshotFormat.__members__:
        raise SnapshotFormatUnknown(field="format", format=form[:20], known=", ".join(SnapshotFormat))
    asked = SnapshotFormat(form)
    snapshot = await access_whole_snapshot(actor, snapshot_id)
    file = await SnapshotFile.get_or_none(snapshot_id=snapshot.id, format=form, locale=_kept_locale(asked, locale))
    if file is None:
        raise SnapshotFileMissing(field="format", format=form)
    content = await storage.get(file.file_key)
    await record(actor, "snapshot.download", "snapshot", snapshot.id, after={"format": form, "sha256": file.sha256})
    suffix = "jsonl" if asked is SnapshotFormat.JSON else form.lower()
    return ExportedFile(f"snapshot-{snapshot.number}.{suffix}", MEDIA_TYPES[asked], file.sha256, content)


async def download_anchor(actor: Actor, snapshot_id: UUID, *, storage: Storage) -> ExportedFile:
    """Return the snapshot's anchor, the one with a time stamp if there are two, with an audit entry; to be kept elsewhere (N6).

    Raises SNAPSHOT_ANCHOR_MISSING while there is none.
    """
    snapshot = await access_whole_snapshot(actor, snapshot_id)
    anchor = await SnapshotAnchor.filter(snapshot_id=snapshot.id).order_by("-is_timestamped").first()
    if anchor is None:
        raise SnapshotAnchorMissing(field="snapshotId")
    content = await storage.get(anchor.file_key)
    await record(actor, "snapshot.download", "snapshot", snapshot.id, after={"format": "ANCHOR", "sha256": anchor.sha256})
    return ExportedFile(f"anchor-{snapshot.number}.json", "application/json", anchor.sha256, content)


async def _content(actor: Actor, snapshot: Snapshot, form: SnapshotFormat, locale: Locale, renderer: Renderer) -> bytes:
    whole = await snapshot_bytes(actor, snapshot.id)
    if form is SnapshotFormat.JSON:
        return whole
    lines = whole.decode().splitlines()
    if form is SnapshotFormat.XLSX:
        goals = (goal for goal in map(json.loads, lines[1:]) if "goal_id" in goal)
        return await asyncio.to_thread(xlsx_bytes, f"Snapshot {snapshot.number}", list(COLUMNS.values()), sheet_rows(goals))
    zone = (await get_company(actor)).time_zone
    hashes = {"content": snapshot.content_hash, "chain": snapshot.chain_hash, "previous": snapshot.previous_hash}
    page = snapshot_page(page_data(lines, hashes=hashes, locale=locale, time_zone=zone))
    return await renderer.render_pdf(page.html, css=page.css, identifier=snapshot.id.bytes, created=snapshot.taken_at)


def _kept_locale(form: SnapshotFormat, locale: Locale) -> Locale:
    """Return the language that a file is kept under; only a PDF has one, the others are in both."""
    return locale if form is SnapshotFormat.PDF else "zh-CN"
