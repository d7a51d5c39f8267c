"""The portrait gate: the node of a unit about which no complete report was handed in for the cycle is not split for (C82)."""

from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError, Refused
from plumb_platform.numbers.periods import FiscalCalendar, periods_of_year, quarter_of
from plumb_tenants.decomposition.template import DecompositionTemplate
from plumb_tenants.decomposition.template_parts import Portrait
from plumb_tenants.definitions.kinds import Step
from plumb_tenants.forms.service import (
    ReportForm,
    ReportGap,
    ReportNumbers,
    fit_report_form,
    fit_report_number,
    report_gaps,
    report_numbers,
)
from plumb_tenants.goals.service import Cycle


class NodeBlocked(Refused, tells={"fields_zh": "PlanNode.missing", "fields_en": "PlanNode.missing", "state": "PlanNode.blocked"}):
    """What waits for its report has no number that anybody could change."""

    code = "NODE_BLOCKED"
    zh = (
        "画像报告{state}，该节点尚未拆解{fields_zh}。请先完成报告，再解除阻塞（unblockPlan）；"
        "尚未发布的全层级拆解请重新运行（startRun）。"
    )
    en = (
        "The portrait report is {state}, so this node is not split for yet{fields_en}. "
        "Complete it, then call unblockPlan, or startRun for a run that is not published."
    )


def node_blocked(gap: ReportGap, *, row: UUID, field: str) -> NodeBlocked:
    """Return the refusal of what a node cannot take while its report is missing, with the labels of the fields that it lacks."""
    names = "、".join(gap.missing)[:300]
    said = {"fields_zh": f"（缺少：{names}）" if names else "", "fields_en": f" (missing: {names})" if names else ""}
    return NodeBlocked(field=field, row=row, state=gap.state, **said)


async def portrait_gaps(
    actor: Actor, template: DecompositionTemplate, cycle: Cycle, codes: Iterable[str]
) -> Mapping[str, ReportGap]:
    """Return, by unit code, what keeps a unit's node from being split for; nothing where the template has no gate.

    Raises REPORT_FORM_MISSING, REPORT_FORM_UNFIT at the template's version.
    """
    wanted = sorted(set(codes))
    if template.portrait is None or not wanted:
        return {}
    try:
        return await report_gaps(
            actor, _form(template.portrait), codes=wanted, periods=periods_named(cycle, template.calendar.fiscal)
        )
    except DomainError as error:
        error.field = "templateVersionId"
        raise


async def portrait_numbers(
    template: DecompositionTemplate, cycle: Cycle, codes: Iterable[str], fields: Collection[str]
) -> Mapping[str, ReportNumbers]:
    """Return, by unit code, what reports that count hold in these fields; nothing where the template has no gate."""
    wanted = sorted(set(codes))
    if template.portrait is None or not wanted:
        return {}
    periods = periods_named(cycle, template.calendar.fiscal)
    return await report_numbers(_form(template.portrait), codes=wanted, periods=periods, fields=fields)


async def fit_portrait_number(actor: Actor, portrait: Portrait, key: str) -> None:
    """Refuse a field of the report's form that holds no number; raises as `fit_report_number`."""
    await fit_report_number(actor, _form(portrait), key)


def periods_named(cycle: Cycle, calendar: FiscalCalendar) -> list[str]:
    """Return how a report may name a cycle: by the fiscal year, the quarter or the month that it is, and by its code."""
    first, last = cycle.starts_on, cycle.ends_on
    quarter = quarter_of(calendar, first)
    year = periods_of_year(calendar, quarter.year)
    month = (first.replace(day=1), date(first.year, first.month, monthrange(first.year, first.month)[1]))
    spans = {
        f"{quarter.year}": (year[0].starts_on, year[-1].ends_on),
        quarter.name: (quarter.starts_on, quarter.ends_on),
        f"{first:%Y-%m}": month,
    }
    return [*(name for name, span in spans.items() if span == (first, last)), cycle.code]


async def check_portrait(actor: Actor, step: Step) -> None:
    """Refuse to publish a template whose gate nobody could pass: a form that is not in effect, or tells no unit or period."""
    portrait: Portrait | None = step.body.portrait
    if portrait is None or step.state not in ("PILOT", "PUBLISHED"):
        return
    try:
        await fit_report_form(actor, _form(portrait))
    except DomainError as error:
        error.field = "portrait.form"
        raise


def _form(portrait: Portrait) -> ReportForm:
    return ReportForm(portrait.form, portrait.unit, portrait.period)
