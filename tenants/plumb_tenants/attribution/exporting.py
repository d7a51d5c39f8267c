"""The bonus files of a closed period, CSV or XLSX, by line or by group: made once, the same bytes for ever (C61, A39)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import take_lock
from plumb_platform.errors import InvalidInput, NotFound, Refused
from plumb_platform.exports import csv_bytes, xlsx_bytes
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions import Permission
from plumb_platform.storage import Storage
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.attribution.access import access_period
from plumb_tenants.attribution.bonus_rows import fields_of, rows_of
from plumb_tenants.attribution.definition import Dimension
from plumb_tenants.attribution.models import BonusExport, BonusPeriod
from plumb_tenants.attribution.reports import check_dimensions
from plumb_tenants.attribution.resources import CREDIT
from plumb_tenants.attribution.states import ExportFormat, PeriodState

MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class PeriodStillOpen(Refused):
    """Bonuses are paid from what can no longer change."""

    code = "PERIOD_STILL_OPEN"
    zh = "奖金期“{period}”尚未关闭，关闭后方可导出。"
    en = "The bonus period {period} is still open; close it to export it."


class BonusFileMissing(NotFound):
    """A file is made once, and then it is there for ever."""

    code = "BONUS_FILE_MISSING"
    zh = "奖金期“{period}”尚无 {format} 文件，请先通过 exportBonus 生成。"
    en = "There is no {format} file of the bonus period {period} yet; make it with exportBonus."


class BonusFormatUnknown(InvalidInput):
    """A bonus file can be had in some formats."""

    code = "BONUS_FORMAT_UNKNOWN"
    zh = "未知格式“{format}”，可用：{known}。"
    en = "The format {format} is unknown; the formats are {known}."


class BonusDimensionUnknown(InvalidInput):
    """A bonus file is grouped by dimensions of credit."""

    code = "BONUS_DIMENSION_UNKNOWN"
    zh = "未知归因维度“{name}”，可用：{known}。"
    en = "The dimension {name} is unknown; the dimensions are {known}."


@dataclass(frozen=True, slots=True)
class BonusFile:
    """A bonus file with its bytes; `id` is that of the export, `by` the dimensions whose groups it sums, none for lines."""

    id: UUID
    period_id: UUID
    name: str
    form: ExportFormat
    by: tuple[Dimension, ...]
    sha256: str
    content: bytes

    @property
    def media_type(self) -> str:
        """Return what the file is, as HTTP names it."""
        return MEDIA_TYPES[self.form]


async def export_bonus(
    actor: Actor, *, period_id: UUID, form: ExportFormat, storage: Storage, by: Sequence[Dimension] = ()
) -> BonusFile:
    """Return the file of a closed period, made at the first call and read from the store at every later one.

    Every line of credit stands in it; with `by` one row for each group, in the order of its dimensions. The whole company is
    in it, so only a grant over the company reaches it. Raises PERIOD_STILL_OPEN, REPORT_DIMENSION_TWICE, and FIELD_HIDDEN where
    a field of credit that it says is hidden from the actor.
    """
    period = await access_period(actor, period_id, Permission.BONUS_EXPORT)
    if period.state != PeriodState.CLOSED:
        raise PeriodStillOpen(field="periodId", period=period.code)
    check_dimensions(by)
    await refuse_hidden(actor, CREDIT, fields_of(by))
    # Two at once: the second waits and then reads what the first made.
    await take_lock("bonus_export", period.id)
    kept = await BonusExport.get_or_none(period_id=period.id, format=form.value, grouped_by=_words(by))
    content = await storage.get(kept.file_key) if kept else await bonus_content(period, form, by)
    made = kept or await _keep(actor, content, storage, period_id=period.id, format=form.value, grouped_by=_words(by))
    return await _handed_out(actor, "bonus.export", period, made, content)


async def download_bonus(actor: Actor, period_id: UUID, *, form: str, by: Sequence[str], storage: Storage) -> BonusFile:
    """Return a file that `export_bonus` made, with an audit entry.

    Raises BONUS_FILE_MISSING while nobody did, and FIELD_HIDDEN as that does.
    """
    period = await access_period(actor, period_id, Permission.BONUS_EXPORT)
    if form not in ExportFormat.__members__:
        raise BonusFormatUnknown(field="format", format=form[:20], known=", ".join(ExportFormat))
    for each in by:
        if each not in Dimension.__members__:
            raise BonusDimensionUnknown(field="by", name=each[:20], known=", ".join(Dimension.__members__))
    await refuse_hidden(actor, CREDIT, fields_of([Dimension[each] for each in by]))
    grouped = ",".join(by)
    made = await BonusExport.get_or_none(period_id=period.id, format=form, grouped_by=grouped)
    if made is None:
        asked = f"{form} ({', '.join(by)})" if by else form
        raise BonusFileMissing(field="format", format=asked, period=period.code)
    return await _handed_out(actor, "bonus.download", period, made, await storage.get(made.file_key))


async def _handed_out(actor: Actor, action: str, period: BonusPeriod, made: BonusExport, content: bytes) -> BonusFile:
    facts = {"format": made.format, "sha256": made.sha256} | ({"by": made.grouped_by} if made.grouped_by else {})
    await record(actor, action, "bonus_period", period.id, after=facts)
    form, by = ExportFormat(made.format), tuple(Dimension[each] for each in made.grouped_by.split(",") if each)
    name = "-".join(["bonus", period.code, *(["by", *by] if by else [])])
    return BonusFile(made.id, period.id, f"{name}.{form.lower()}", form, by, made.sha256, content)


async def bonus_content(period: BonusPeriod, form: ExportFormat, by: Sequence[Dimension] = ()) -> bytes:
    """Make the bytes of a closed period's file; equal at every call, because the lines of a closed period never change."""
    header, rows = await rows_of(period.id, by)
    if form is ExportFormat.CSV:
        return await asyncio.to_thread(csv_bytes, header, rows)
    return await asyncio.to_thread(xlsx_bytes, period.code[:31], header, rows)


async def _keep(actor: Actor, content: bytes, storage: Storage, **place: Any) -> BonusExport:
    return await BonusExport.create(
        **place,
        file_key=await storage.put(actor.tenant_id, "exports", content, suffix=place["format"].lower()),
        sha256=sha256_hex(content),
        size=len(content),
        made_by=actor.membership_id,
    )


def _words(by: Sequence[Dimension]) -> str:
    return ",".join(each.name for each in by)
