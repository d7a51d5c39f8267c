"""Observations from a file that people typed: dry run, all or nothing, the same file twice changes nothing (C52)."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, take_lock
from plumb_platform.errors import DomainError, Forbidden, InvalidInput
from plumb_platform.numbers.canonical import canonical_bytes, sha256_hex
from plumb_platform.permissions import Permission, grants_of
from plumb_platform.sheets.cells import Column, Columns, read_day, read_flag, read_number, read_whole, safe_echo
from plumb_platform.sheets.lines import Fault, FileReport, Line, Lines, read_lines, report_of
from plumb_tenants.metrics.library import library
from plumb_tenants.metrics.new_observations import NewObservation
from plumb_tenants.metrics.recording import Ready, check_source, checked, fresh_of, store_checked
from plumb_tenants.metrics.statements import NEWEST_REVISIONS
from plumb_tenants.metrics.subjects import SubjectKind
from plumb_tenants.people.service import NUMBER_TITLES, UNIT_TITLES

_WHOLE_COMPANY = frozenset({"公司", "全公司", "company"})
_OF_KIND = {SubjectKind.PERSON: "number", SubjectKind.UNIT: "unit_code", SubjectKind.CUSTOMER: "customer_code"}
_COLUMN_OF = {"metric": "metric", "day": "day", "value": "value", "revision": "revision"} | {
    "externalId": "external_id",
    "objectCode": "object_code",
}
"""Columns by the fields of an observation that errors name."""


class SubjectNotGiven(InvalidInput):
    """A figure is about one person, one unit, one customer or the whole company, and nobody guesses which."""

    code = "SUBJECT_NOT_GIVEN"
    zh = "每行须填写工号、部门编码、客户代码三者之一；关于全公司的数值，请加“对象”列并填写“公司”。"
    en = "Each row has one of number, unit_code and customer_code; for the whole company add a column subject that says company."


class ObservationTwice(InvalidInput):
    """What is told once a day of one subject is told in one row, unless rows have numbers of their own."""

    code = "OBSERVATION_TWICE"
    zh = "与第 {other} 行重复（同一指标、对象与日期）：请合并；如确为两笔，请加“记录号”列加以区分。"
    en = "Row {other} tells the same metric of the same subject and day: add them up, or tell them apart by a column external_id."


class RecordTwice(InvalidInput):
    """A record of a file stands in one row, unless each of its rows says which revision it is."""

    code = "RECORD_TWICE"
    zh = "记录号“{record}”已在第 {other} 行出现：一个记录号只写一行；如为同一记录的多次修订，请在各行填写“修订号”。"
    en = "Row {other} has the record {record} too: write one row for each record, or the revision in all of its rows."


def _subject(text: str) -> SubjectKind | None:
    if text and text.casefold() not in _WHOLE_COMPANY:
        raise SubjectNotGiven
    return SubjectKind.COMPANY if text else None


COLUMNS = Columns(
    Column("metric", ("指标", "指标代号", "指标名称"), 200, needed=True, filled=True),
    Column("number", NUMBER_TITLES, 40, narrow=True),
    Column("unit_code", UNIT_TITLES, 40, narrow=True),
    Column("customer_code", ("客户代码", "客户编码", "客户编号"), 60, narrow=True),
    Column("subject", ("对象",), 20, read=_subject),
    Column("day", ("日期", "date"), 20, read=read_day, needed=True, filled=True, narrow=True),
    Column("value", ("数值", "值", "实际值", "完成值"), 60, read=read_number, narrow=True),
    Column("object_code", ("明细对象", "object"), 120),
    Column("external_id", ("记录号", "来源记录号", "record"), 120),
    Column("revision", ("修订号",), 10, read=read_whole, narrow=True),
    Column("deleted", ("删除", "已删除"), 10, read=read_flag, narrow=True),
)


async def import_observations(
    actor: Actor,
    *,
    content: bytes,
    source: str,
    dry_run: bool,
    sheet: str | None = None,
    as_of: datetime | None = None,
) -> FileReport:
    """Record what a CSV file or a sheet says, under the source of that name; any error writes nothing (columns: COLUMNS).

    A row without a number of its own is known again by metric, subject, day and object; one without a revision repeats what
    stands (unchanged) or corrects it (corrected). A file that is neither CSV nor a workbook raises.
    """
    if not (await grants_of(actor)).allows(Permission.OBSERVATION_WRITE):
        raise Forbidden(permission=Permission.OBSERVATION_WRITE.value)
    heard = check_source(actor, source, as_of)
    lines = await asyncio.to_thread(read_lines, content, COLUMNS, sheet=sheet)
    keys = await _keys_by_name(actor)
    given, rows = _observations(lines, keys)
    if not dry_run:
        await take_lock("observation", source)

    def fault(place: int, error: DomainError) -> None:
        name = (error.field or "").rpartition("].")[2]
        lines.faults.append(Fault(rows[place].row, _COLUMN_OF.get(name, _said_in(given[place])), error))

    ready = await checked(actor, given, on_fault=fault)
    ready, corrected = await _revised(source, ready, rows)
    fresh = await fresh_of(source, ready, on_fault=fault)
    written = not dry_run and not lines.faults
    if written:
        await store_checked(actor, source, ready, fresh, heard=heard)
    counts = {"recorded": len(fresh) - corrected, "corrected": corrected, "unchanged": len(ready) - len(fresh)}
    return report_of(lines, counts, written=written)


async def _keys_by_name(actor: Actor) -> dict[str, str]:
    """Return the keys of metrics by key, and by name where one metric alone has it."""
    known = await library(actor)
    names = [version.name for version in known.values()]
    return {version.name: key for key, version in known.items() if names.count(version.name) == 1} | {key: key for key in known}


def _observations(lines: Lines, keys: dict[str, str]) -> tuple[list[NewObservation], list[Line]]:
    """Return what the lines say that are whole, and those lines; the faults of the others are among the file's own."""
    given: list[NewObservation] = []
    rows: list[Line] = []
    seen: dict[str, Line] = {}
    for line in lines.whole:
        try:
            observation = _observation(line.values, keys)
            _refuse_twice(line, seen.setdefault(observation.external_id, line))
        except InvalidInput as error:
            lines.faults.append(Fault(line.row, None, error))
            continue
        given.append(observation)
        rows.append(line)
    return given, rows


def _refuse_twice(line: Line, first: Line) -> None:
    """Refuse a row of a record that stands above already, unless both say which revision they are."""
    if line is first or None not in (line.values.get("revision"), first.values.get("revision")):
        return
    if record := line.values.get("external_id"):
        raise RecordTwice(record=safe_echo(record), other=first.row)
    raise ObservationTwice(other=first.row)


def _observation(values: dict[str, Any], keys: dict[str, str]) -> NewObservation:
    said = [(kind, values[column]) for kind, column in _OF_KIND.items() if values.get(column)]
    if values.get("subject"):
        said.append((SubjectKind.COMPANY, ""))
    if len(said) != 1:
        raise SubjectNotGiven
    ((kind, code),) = said
    metric = keys.get(values["metric"], values["metric"])
    of_what, revision = values.get("object_code") or "", values.get("revision")
    own = [metric, kind.value, code, values["day"].isoformat(), of_what]
    return NewObservation(
        external_id=values.get("external_id") or f"file:{sha256_hex(canonical_bytes(own))[:32]}",
        metric=metric,
        subject_kind=kind,
        subject_code=code,
        day=values["day"],
        value=values.get("value"),
        revision=1 if revision is None else revision,
        object_code=of_what,
        deleted=bool(values.get("deleted")),
    )


def _said_in(given: NewObservation) -> str:
    """The column that names what an observation is about."""
    return _OF_KIND.get(given.subject_kind, "subject")


async def _revised(source: str, ready: Sequence[Ready], rows: Sequence[Line]) -> tuple[list[Ready], int]:
    """Give those that tell no revision the one that they repeat, or the next; return them, and how many correct what stands."""
    without = {each.place for each in ready if rows[each.place].values.get("revision") is None}
    ids = [each.given.external_id for each in ready if each.place in without]
    newest = {row["external_id"]: (row["revision"], row["digest"]) for row in await fetch(NEWEST_REVISIONS, source, ids)}
    revised: list[Ready] = []
    corrected = 0
    for each in ready:
        number, digest = newest.get(each.given.external_id, (0, ""))
        if each.place in without and number:
            corrects = digest != each.digest
            corrected += corrects
            each = replace(each, given=replace(each.given, revision=number + corrects))  # noqa: PLW2901 - the same row, told fully
        revised.append(each)
    return revised, corrected
