"""Taking the figures that a split does not give from metrics and portrait reports, as the template says (C27, C31, C82)."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError
from plumb_tenants.decomposition.figures import Completed, Figures, Found, Origin, OriginKind, complete
from plumb_tenants.decomposition.portraits import fit_portrait_number, portrait_numbers
from plumb_tenants.decomposition.template import DecompositionTemplate
from plumb_tenants.decomposition.template_parts import FigureSource
from plumb_tenants.definitions.kinds import Step
from plumb_tenants.forms.service import ReportNumbers
from plumb_tenants.goals.service import Cycle
from plumb_tenants.metrics.service import MetricValue, get_scored_metric, values_between

Codes = Mapping[UUID, str]
"""The children of a split by id, each with the code of its unit."""
Figure = tuple[Decimal, Origin]


async def find_figures(actor: Actor, template: DecompositionTemplate, cycle: Cycle, codes: Codes) -> Mapping[UUID, Found]:
    """Return what metrics and reports say of children, by few statements a metric and one for all reports.

    No permission is asked for: what a published template takes, the plan shows to whoever may read it, and is the same
    whoever made it. Raises METRIC_UNKNOWN, USAGE_NOT_SCORED and as `portrait_numbers`, at the template's version.
    """
    found: dict[UUID, dict[str, Figure]] = defaultdict(dict)
    if not codes:
        return found
    try:
        for source in template.figure_sources:
            if source.metric:
                for child_id, value in (await _values(actor, source, cycle, codes)).items():
                    found[child_id] |= _of_metric(source, value)
        told = await _numbers(template, cycle, codes)
    except DomainError as error:
        error.field = "templateVersionId"
        raise
    for child_id, code in codes.items():
        if code in told:
            found[child_id] |= _of_report(template, told[code])
    return found


def completed(
    template: DecompositionTemplate, given: Sequence[Figures], found: Sequence[Found], waiting: Sequence[bool]
) -> Completed:
    """Complete the figures of children in their order; what was found nowhere stays missing."""
    return complete(given, found, waiting, [each.figure for each in template.figure_sources if each.report_field])


async def check_sources(actor: Actor, step: Step) -> None:
    """Refuse to publish a template that takes figures from a metric or a field of a report that gives no number."""
    template: DecompositionTemplate = step.body
    if step.state not in ("PILOT", "PUBLISHED"):
        return
    for place, source in enumerate(template.figure_sources):
        field = f"figure_sources[{place}].{'metric' if source.metric else 'report_field'}"
        try:
            if source.metric:
                await get_scored_metric(actor, source.metric)
            elif template.portrait is not None:
                await fit_portrait_number(actor, template.portrait, source.report_field)
        except DomainError as error:
            error.field = field
            raise


def days_of(source: FigureSource, starts_on: date, ends_on: date) -> tuple[date, date]:
    """Return the first and the last day that a metric counts over, for a cycle of these days."""
    if source.months_before is None:
        return _years_before(starts_on, source.years_before), _years_before(ends_on, source.years_before, last=True)
    month = starts_on.replace(day=1)
    number = month.year * 12 + month.month - 1 - source.months_before
    return date(number // 12, number % 12 + 1, 1), month - timedelta(days=1)


def _years_before(day: date, years: int, *, last: bool = False) -> date:
    """Return the day so many years before; the last day of a month stays the last, and 29 February becomes the 28th."""
    longest, length = (monthrange(year, day.month)[1] for year in (day.year, day.year - years))
    return date(day.year - years, day.month, length if last and day.day == longest else min(day.day, length))


async def _values(actor: Actor, source: FigureSource, cycle: Cycle, codes: Codes) -> Mapping[UUID, MetricValue]:
    first, last = days_of(source, cycle.starts_on, cycle.ends_on)
    return await values_between(actor, metric_key=source.metric, subject_ids=list(codes), starts_on=first, ends_on=last)


async def _numbers(template: DecompositionTemplate, cycle: Cycle, codes: Codes) -> Mapping[str, ReportNumbers]:
    fields = [each.report_field for each in template.figure_sources if each.report_field]
    return await portrait_numbers(template, cycle, codes.values(), fields) if fields else {}


def _of_metric(source: FigureSource, value: MetricValue) -> dict[str, Figure]:
    origin = Origin(
        kind=OriginKind.METRIC,
        metric=value.metric_key,
        version_id=value.definition_version_id,
        starts_on=value.starts_on,
        ends_on=value.ends_on,
        as_of=value.as_of,
        stale=value.stale,
    )
    return {} if value.value is None else {source.figure: (value.value, origin)}


def _of_report(template: DecompositionTemplate, told: ReportNumbers) -> dict[str, Figure]:
    origin = Origin(kind=OriginKind.REPORT, version_id=told.version_id, submission_id=told.submission_id, as_of=told.submitted_at)
    wanted = ((each.figure, told.values.get(each.report_field)) for each in template.figure_sources if each.report_field)
    return {figure: (value, origin) for figure, value in wanted if value is not None}
