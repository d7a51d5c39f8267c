"""Reports that others' work waits for: whether a form was handed in about a unit for a period, and what it lacks (C82)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput
from plumb_platform.words import Word
from plumb_tenants.definitions.service import PublishedVersion, effective_version
from plumb_tenants.forms.attachments import files_of
from plumb_tenants.forms.body import NUMBERS, Form, Type
from plumb_tenants.forms.definition import KIND
from plumb_tenants.forms.feeds import latest_fed
from plumb_tenants.forms.rules import Facts, evaluate
from plumb_tenants.forms.values import PLAIN
from plumb_tenants.forms.versions import compiled_of, form_of
from plumb_tenants.formulas.service import Type as FormulaType

NAMING_PERIODS = (Type.PERIOD, Type.TEXT, Type.SINGLE_CHOICE)


class ReportFormMissing(InvalidInput):
    """What is waited for can be handed in."""

    code = "REPORT_FORM_MISSING"
    zh = "报告所用的表单“{form}”未生效，请先发布该表单。"
    en = "The form {form} of the report is not in effect; publish it first."


class ReportFormUnfit(InvalidInput):
    """A report says which unit and which period it is about."""

    code = "REPORT_FORM_UNFIT"
    zh = "表单“{form}”的字段“{key}”须为必填的{wanted_zh}字段，报告才能对应到部门与周期。"
    en = "The field {key} of the form {form} must be a required {wanted_en} field, so that a report tells its unit and period."


class ReportFieldNotNumber(InvalidInput):
    """What is computed with is a number."""

    code = "REPORT_FIELD_NOT_NUMBER"
    zh = "报告表单“{form}”的字段“{key}”不存在，或不是数值字段。"
    en = "The report form {form} has no field {key} that holds a number."


class ReportState(Word):
    """Why a report does not count yet: nobody handed it in, or nobody has approved it."""

    NOT_SUBMITTED = "NOT_SUBMITTED", "未提交", "not submitted"
    NOT_APPROVED = "NOT_APPROVED", "未批准", "not approved"


@dataclass(frozen=True, slots=True)
class ReportGap:
    """A report that does not count yet, and the labels of the fields that it lacks; never what its other fields hold."""

    state: ReportState
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportForm:
    """The form of a report by its key, and the keys of the fields that name its unit and its period."""

    form: str
    unit: str
    period: str


@dataclass(frozen=True, slots=True)
class ReportNumbers:
    """The numbers of a report that counts, by the keys of their fields: which submission, under which version, sent when."""

    values: Mapping[str, Decimal]
    submission_id: UUID
    version_id: UUID
    submitted_at: datetime


# Whoever hands a report in stands in its unit or above it; what a flow decides about may come from anybody.
_REPORTS = """
select distinct on (u.code) u.code, s.id, s.state, s.definition_version_id, s.person_id, s.submitted_at,
       s.values::text as values
from submission s
join definition d on d.tenant_id = s.tenant_id and d.id = s.definition_id and d.kind = 'form' and d.key = $1
join org_unit u on u.tenant_id = s.tenant_id and u.code = s.values ->> $2
where u.code = any($4::text[]) and s.values ->> $3 = any($5::text[]) and s.state not in ('REJECTED', 'WITHDRAWN')
  and (s.state in ('APPROVED', 'IN_APPROVAL') or exists (select from org_unit_closure c
    where c.tenant_id = s.tenant_id and c.ancestor_id = s.unit_id and c.descendant_id = u.id))
order by u.code, array_position(array['APPROVED', 'SUBMITTED', 'IN_APPROVAL', 'RETURNED', 'DRAFT'], s.state::text), s.id desc
"""


async def fit_report_form(actor: Actor, report: ReportForm) -> PublishedVersion:
    """Return the version of a report's form that is in effect; raise REPORT_FORM_MISSING or REPORT_FORM_UNFIT."""
    version = await effective_version(actor, kind=KIND, key=report.form)
    if version is None:
        raise ReportFormMissing(form=report.form)
    form: Form = version.body
    known = {each.key: each for each in form.fields}
    for key, types, zh, en in (
        (report.unit, (Type.UNIT,), "部门", "unit"),
        (report.period, NAMING_PERIODS, "期间或文本", "period or text"),
    ):
        found = known.get(key)
        if found is None or found.type not in types or not found.required:
            raise ReportFormUnfit(form=report.form, key=key, wanted_zh=zh, wanted_en=en)
    return version


async def fit_report_number(actor: Actor, report: ReportForm, key: str) -> None:
    """Refuse a field of a report that gives no number; raises REPORT_FIELD_NOT_NUMBER and as `fit_report_form`."""
    cell = compiled_of(await fit_report_form(actor, report)).fields.get(key)
    if cell is None or not (cell.cell.type in NUMBERS or cell.computed is FormulaType.NUMBER):
        raise ReportFieldNotNumber(form=report.form, key=f"{key:.40}")


async def report_numbers(
    report: ReportForm, *, codes: Collection[str], periods: Sequence[str], fields: Collection[str]
) -> Mapping[str, ReportNumbers]:
    """Return, by unit code, the numbers in these fields of the reports that count; a field without an answer is left out.

    No permission is asked for: it serves domains whose published definitions name the fields.
    """
    rows = await fetch(_REPORTS, *(report.form, report.unit, report.period), list(codes), periods)
    return {row["code"]: _numbers(row, fields) for row in rows if row["state"] in ("SUBMITTED", "APPROVED")}


def _numbers(row: dict[str, Any], fields: Collection[str]) -> ReportNumbers:
    """Return the numbers of a report; under an older version a field may have held something else."""
    values = orjson.loads(row["values"])
    told = {key: str(values[key]) for key in fields if isinstance(values.get(key), str | int)}
    numbers = {key: Decimal(text) for key, text in told.items() if PLAIN.fullmatch(text)}
    return ReportNumbers(numbers, row["id"], row["definition_version_id"], row["submitted_at"])


async def report_gaps(
    actor: Actor, report: ReportForm, *, codes: Collection[str], periods: Sequence[str]
) -> Mapping[str, ReportGap]:
    """Return, by unit code, the reports about these units for one of the periods that do not count yet.

    A report counts once it is submitted, and approved where its form runs on a flow. No permission is asked for, because
    nothing is told but names of fields. Raises as `fit_report_form`.
    """
    version = await fit_report_form(actor, report)
    rows = {row["code"]: row for row in await fetch(_REPORTS, *(report.form, report.unit, report.period), list(codes), periods)}
    empty = ReportGap(ReportState.NOT_SUBMITTED, _lacking(version, report, {report.period: periods[0]}))
    found: dict[str, ReportGap] = {}
    for code in codes:
        gap = await _gap(actor, report, rows[code]) if code in rows else empty
        if gap is not None:
            found[code] = gap
    return found


async def _gap(actor: Actor, report: ReportForm, row: dict[str, Any]) -> ReportGap | None:
    if row["state"] in ("SUBMITTED", "APPROVED"):
        return None
    if row["state"] == "IN_APPROVAL":
        return ReportGap(ReportState.NOT_APPROVED)
    version = await form_of(actor, row["definition_version_id"])
    compiled = compiled_of(version)
    feeds = {key: cell.field.feed for key, cell in compiled.fields.items() if cell.cell.type is Type.FED}
    latest = await latest_fed(row["person_id"], feeds.values())
    fed = {key: latest[feed].value for key, feed in feeds.items() if feed in latest}
    lacking = _lacking(version, report, compiled.written(orjson.loads(row["values"])), fed=fed, files=await files_of(row["id"]))
    return ReportGap(ReportState.NOT_SUBMITTED, lacking)


def _lacking(version: PublishedVersion, report: ReportForm, values: Mapping[str, Any], **known: Any) -> tuple[str, ...]:
    """Return the labels of the fields that keep values from being submitted, each once, in the order of the form."""
    evaluation = evaluate(compiled_of(version), Facts(given=values, **known))

    def labels() -> Iterator[str]:
        for state in evaluation.states:
            if state.problems and state.cell.key not in (report.unit, report.period):
                yield state.cell.label

    return tuple(dict.fromkeys(labels()))
