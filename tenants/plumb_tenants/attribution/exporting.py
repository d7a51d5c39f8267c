"""The bonus file of a closed period, CSV or XLSX: made once, kept by its hash, the same bytes for ever (C61, A39)."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch, take_lock
from plumb_platform.errors import InvalidInput, NotFound, Refused
from plumb_platform.exports import Cell, csv_bytes, xlsx_bytes
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions import Permission
from plumb_platform.storage import Storage
from plumb_tenants.attribution.access import access_period
from plumb_tenants.attribution.models import BonusExport, BonusPeriod
from plumb_tenants.attribution.states import ExportFormat, PeriodState

COLUMNS = {
    "order_code": "订单编号 / Order",
    "customer": "客户 / Customer",
    "product": "产品线 / Product",
    "region": "区域 / Region",
    "ordered_on": "订单日期 / Ordered on",
    "unit_code": "部门编码 / Unit code",
    "unit_name": "部门 / Unit",
    "person_number": "工号 / Number",
    "person_name": "姓名 / Name",
    "role": "角色 / Role",
    "kind": "类型 / Kind",
    "percent": "份额% / Share %",
    "amount": "金额 / Amount",
    "currency": "币种 / Currency",
}
_LINES = f"select {', '.join(COLUMNS)} from bonus_line where period_id = $1 order by ordinal"


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


@dataclass(frozen=True, slots=True)
class BonusFile:
    """A bonus file with its bytes; `id` is that of the export."""

    id: UUID
    period_id: UUID
    name: str
    form: ExportFormat
    sha256: str
    content: bytes

    @property
    def media_type(self) -> str:
        """Return what the file is, as HTTP names it."""
        return MEDIA_TYPES[self.form]


async def export_bonus(actor: Actor, *, period_id: UUID, form: ExportFormat, storage: Storage) -> BonusFile:
    """Return the file of a closed period, made at the first call and read from the store at every later one.

    The whole company is in it, so only a grant over the company reaches it. Raises PERIOD_STILL_OPEN.
    """
    period = await access_period(actor, period_id, Permission.BONUS_EXPORT)
    if period.state != PeriodState.CLOSED:
        raise PeriodStillOpen(field="periodId", period=period.code)
    # Two at once: the second waits and then reads what the first made.
    await take_lock("bonus_export", period.id)
    kept = await BonusExport.get_or_none(period_id=period.id, format=form.value)
    content = await storage.get(kept.file_key) if kept else await bonus_content(period, form)
    made = kept or await _keep(actor, period, form, content, storage)
    return await _handed_out(actor, "bonus.export", period, made, content)


async def download_bonus(actor: Actor, period_id: UUID, *, form: str, storage: Storage) -> BonusFile:
    """Return a file that `export_bonus` made, with an audit entry; raises BONUS_FILE_MISSING while it did not."""
    period = await access_period(actor, period_id, Permission.BONUS_EXPORT)
    if form not in ExportFormat.__members__:
        raise BonusFormatUnknown(field="format", format=form[:20], known=", ".join(ExportFormat))
    made = await BonusExport.get_or_none(period_id=period.id, format=form)
    if made is None:
        raise BonusFileMissing(field="format", format=form, period=period.code)
    return await _handed_out(actor, "bonus.download", period, made, await storage.get(made.file_key))


async def _handed_out(actor: Actor, action: str, period: BonusPeriod, made: BonusExport, content: bytes) -> BonusFile:
    await record(actor, action, "bonus_period", period.id, after={"format": made.format, "sha256": made.sha256})
    form = ExportFormat(made.format)
    return BonusFile(made.id, period.id, f"bonus-{period.code}.{form.lower()}", form, made.sha256, content)


async def bonus_content(period: BonusPeriod, form: ExportFormat) -> bytes:
    """Make the bytes of a closed period's file; equal at every call, because the lines of a closed period never change."""
    rows = await fetch(_LINES, period.id)
    header = list(COLUMNS.values())
    if form is ExportFormat.CSV:
        return await asyncio.to_thread(csv_bytes, header, _cells(rows))
    return await asyncio.to_thread(xlsx_bytes, period.code[:31], header, _cells(rows))


async def _keep(actor: Actor, period: BonusPeriod, form: ExportFormat, content: bytes, storage: Storage) -> BonusExport:
    return await BonusExport.create(
        period_id=period.id,
        format=form.value,
        file_key=await storage.put(actor.tenant_id, "exports", content, suffix=form.value.lower()),
        sha256=sha256_hex(content),
        size=len(content),
        made_by=actor.membership_id,
    )


def _cells(rows: Sequence[dict[str, Any]]) -> Iterator[list[Cell]]:
    return ([row[name] for name in COLUMNS] for row in rows)
