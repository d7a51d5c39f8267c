"""Setting up a split: the children, the total, the figures, and what the template suggests; nothing is written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.allocation import is_modest
from plumb_platform.numbers.periods import PERIODS
from plumb_platform.permissions import Permission
from plumb_platform.telling import Row, Said
from plumb_tenants.access.fields import refuse_hidden_on
from plumb_tenants.calendars.service import company_calendar
from plumb_tenants.decomposition.calibrating import check_calibration
from plumb_tenants.decomposition.children import Child, children_at, chosen, codes_of
from plumb_tenants.decomposition.definition import KIND, DecompositionTemplate
from plumb_tenants.decomposition.figures import NO_ORIGINS, Completed, Figures, Found, Origin
from plumb_tenants.decomposition.given import NOTHING, Frame, Given, frame_of
from plumb_tenants.decomposition.linting import PaddingAboveCap, SeasonalityInvalid
from plumb_tenants.decomposition.portraits import portrait_gaps
from plumb_tenants.decomposition.presence import WorkingDays, spells_of, working_days
from plumb_tenants.decomposition.requests import ChildTerms, PlanRequest, RunRequest
from plumb_tenants.decomposition.rows import Rows, rows_of
from plumb_tenants.decomposition.rules import NothingToSplitOver, Suggestions
from plumb_tenants.decomposition.sourcing import completed, find_figures
from plumb_tenants.decomposition.splitting import Split, split_total
from plumb_tenants.decomposition.template_parts import CoefficientBasis
from plumb_tenants.decomposition.weighing import WeightedFactor
from plumb_tenants.definitions.service import PublishedVersion, company_today, published_version, version_on_trial
from plumb_tenants.forms.service import ReportGap
from plumb_tenants.goals.access import access_cycle
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.goals.service import Cycle, GoalState, ParentNotOpen, check_amount, get_goal
from plumb_tenants.people.access import access_unit
from plumb_tenants.people.service import Unit


class PlanTotalMissing(InvalidInput):
    """A split has a total of its own, or that of the goal it splits."""

    code = "PLAN_TOTAL_MISSING"
    zh = "请填写待拆解的总额，或指定上级目标。"
    en = "Give the total to split, or the goal whose target it is."


class PlanTotalDiffers(InvalidInput, tells={"target": "Goal.target", "total": "Plan.total"}):
    """What is split on is the goal's whole target: nothing is lost on the way down (N1)."""

    code = "PLAN_TOTAL_DIFFERS"
    zh = "总额 {total} 与上级目标的目标值 {target} 不一致。"
    en = "The total {total} differs from the target {target} of the goal that is split."


class PlanTotalNegative(InvalidInput):
    """Shares divide what there is: by a debt, the strongest would owe the most."""

    code = "PLAN_TOTAL_NEGATIVE"
    zh = "待拆解总额 {total} 为负数；总额须不小于 0，亏损或减量请以正数指标拆解。"
    en = "The total {total} is negative; it is 0 or more. Split a loss or a reduction by a metric that counts it upwards."


class ParentGoalDiffers(InvalidInput):
    """A goal is split within its own unit and cycle, by its own metric."""

    code = "PARENT_GOAL_DIFFERS"
    zh = "上级目标属于其他部门、周期或指标，不能用此模板在本部门拆解。"
    en = "The goal belongs to another unit, cycle or metric than this split."


@dataclass(frozen=True, slots=True)
class ProposedPlan:
    """A split as the template suggests it; the lists are in the order of `children`."""

    version: PublishedVersion
    unit: Unit
    total: Decimal
    padding_percent: Decimal
    frame: Frame
    children: Sequence[Child]
    figures: Sequence[Figures]
    given: Sequence[Given]
    split: Split

    @property
    def template(self) -> DecompositionTemplate:
        """Return the body of the template's version."""
        body: DecompositionTemplate = self.version.body
        return body

    @property
    def factors(self) -> Sequence[WeightedFactor]:
        """Return the factors with their values."""
        return self.split.factors

    @property
    def suggestions(self) -> Suggestions:
        """Return what is suggested for each child."""
        return self.split.suggestions


async def propose(actor: Actor, request: PlanRequest, *, trial: bool = False) -> ProposedPlan:
    """Compute a split within the unit that PLAN_WRITE reaches; the equal split stands beside each value (C83, C98).

    A `trial`, after which nothing is written, goes by a draft of a template too.
    """
    unit = await access_unit(actor, request.unit_id, Permission.PLAN_WRITE, field="unitId")
    cycle = await access_cycle(actor, request.cycle_id)
    version = await template_version(actor, request.template_version_id, unit_id=request.unit_id, cycle=cycle, trial=trial)
    template: DecompositionTemplate = version.body
    total = await _total(actor, request, template)
    padding = padding_of(template, request)
    days = await _days_of(actor, template, request, cycle)
    frame = await frame_for(actor, template, cycle, request.as_of, days=days)
    children = chosen(await children_at(actor, unit, template, cycle), request, unit, template.level)
    if not children:
        raise NothingToSplitOver(field="unitId" if request.participants is None else "participants")
    gaps = await portrait_gaps(actor, template, cycle, (child.code for child in children))
    found = await find_figures(actor, template, cycle, codes_of(children))
    figures = figures_for(template, request.inputs, children, found, gaps)
    rows = rows_of(request.inputs, request.terms, request.facts)
    given = [
        given_for(template, request, child, days, rows, gap=gaps.get(child.code), origins=origins)
        for child, origins in zip(children, figures.origins, strict=True)
    ]
    with rows.naming([child.id for child in children], figures.origins, pool_of(version, request)):
        return split(version, unit, total, children, figures.figures, given=given, frame=frame, padding_percent=padding)


async def template_version(actor: Actor, version_id: UUID, *, unit_id: UUID, cycle: Cycle, trial: bool) -> PublishedVersion:
    """Return the version of a template that a unit's split of a cycle may follow; a trial may follow a draft (C51)."""
    if trial and (draft := await version_on_trial(actor, version_id, kind=KIND, field="templateVersionId")):
        return draft
    version = await published_version(
        actor, version_id, kind=KIND, field="templateVersionId", unit_id=unit_id, begins_on=cycle.starts_on
    )
    await check_calibration(version, cycle, field="templateVersionId")
    return version


def figures_for(
    template: DecompositionTemplate,
    given: Mapping[UUID, Figures],
    children: Sequence[Child],
    found: Mapping[UUID, Found],
    gaps: Mapping[str, ReportGap],
) -> Completed:
    """Return the figures of children as given, completed by what was found; of a template without sources those given."""
    figures = [given.get(child.id, {}) for child in children]
    if not template.figure_sources:
        return Completed(figures, [NO_ORIGINS] * len(figures))
    waiting = [child.code in gaps for child in children]
    return completed(template, figures, [found.get(child.id, {}) for child in children], waiting)


def split(
    version: PublishedVersion,
    unit: Unit,
    total: Decimal,
    children: Sequence[Child],
    figures: Sequence[Figures],
    *,
    given: Sequence[Given],
    frame: Frame,
    padding_percent: Decimal = Decimal(0),
) -> ProposedPlan:
    """Run a template over children, their figures and what else is given; errors as `split_total`."""
    names = [child.name for child in children]
    found = split_total(version.body, total, names, figures, given, frame=frame, padding_percent=padding_percent)
    return ProposedPlan(version, unit, total, padding_percent, frame, children, figures, given, found)


async def frame_for(
    actor: Actor, template: DecompositionTemplate, cycle: Cycle, as_of: date | None, *, days: WorkingDays | None
) -> Frame:
    """Return the frame of a cycle; coefficients are of the day asked for, else of today within the cycle."""
    day = as_of or min(max(await company_today(actor), cycle.starts_on), cycle.ends_on)
    return frame_of(template, cycle.starts_on, cycle.ends_on, days=days.total if days else 0, as_of=day)


async def _days_of(actor: Actor, template: DecompositionTemplate, request: PlanRequest, cycle: Cycle) -> WorkingDays | None:
    """Return the working days of the cycle where they matter."""
    if template.is_placed or any(terms.is_part_time for terms in request.terms.values()):
        return working_days(await company_calendar(actor), cycle.starts_on, cycle.ends_on)
    return None


def padding_of(template: DecompositionTemplate, request: PlanRequest) -> Decimal:
    """Return the padding of a run in percent, or raise PADDING_ABOVE_CAP (A6)."""
    return padding_within(template, template.padding_percent if request.padding_percent is None else request.padding_percent)


def pool_of(version: PublishedVersion, request: PlanRequest) -> Row:
    """Return whose the padded total of a run is: the template's where its padding holds, which not all may know (A6)."""
    template: DecompositionTemplate = version.body
    return version.id if request.padding_percent is None and template.padding_percent else Said.GIVEN


def padding_within(template: DecompositionTemplate, percent: Decimal) -> Decimal:
    """Return a padding that the template's cap allows, or raise PADDING_ABOVE_CAP (A6)."""
    cap = template.padding_max_percent
    if not (percent.is_finite() and 0 <= percent <= cap and percent == round(percent, 2)):
        raise PaddingAboveCap(field="paddingPercent", percent=f"{percent:f}", cap=f"{cap:f}")
    return percent


def given_for(
    template: DecompositionTemplate,
    request: PlanRequest,
    child: Child,
    days: WorkingDays | None,
    rows: Rows,
    *,
    gap: ReportGap | None,
    origins: Mapping[str, Origin],
) -> Given:
    """Return what is given for a child, from the request, the directory and its report: no more than the template asks for.

    `origins` tell where its figures were taken from.
    """
    said = request.terms.get(child.id, ChildTerms())
    bases = {each.basis for each in template.coefficients}
    check_terms(said, child, rows)
    with rows.at(child.id, "presentFrom" if said.present_until is None else "presentUntil"):
        spells = spells_of(said, child.spells, child.name, days) if days else None
    made = Given(
        facts={**request.facts, **said.facts},
        code=child.code if CoefficientBasis.UNIT in bases else "",
        grade=child.grade if CoefficientBasis.GRADE in bases else "",
        hired_on=child.hired_on if template.ramp else None,
        presence=days.of(spells) if days and spells is not None else None,
        spells=spells or (),
        held=said.held,
        season=tuple(said.season),
        origins=origins,
        blocked=gap,
    )
    return NOTHING if made == NOTHING else made


def check_terms(said: ChildTerms, child: Child, rows: Rows) -> None:
    """Refuse a held value that is no amount, and a season that is not twelve factors; none is none."""
    season = said.season
    if said.held is not None:
        check_amount(said.held, field=rows.field(child.id, "held"))
    if season and (len(season) != PERIODS or not all(map(_is_factor, season)) or not any(season)):
        raise SeasonalityInvalid(field=rows.field(child.id, "seasonality"), count=len(season))


def _is_factor(factor: Decimal) -> bool:
    return is_modest(factor) and factor >= 0


async def _total(actor: Actor, request: PlanRequest, template: DecompositionTemplate) -> Decimal:
    if request.parent_goal_id is not None:
        return await total_of_goal(actor, request.parent_goal_id, request, template)
    if request.total is None:
        raise PlanTotalMissing(field="total")
    return check_total(request.total)


def check_total(total: Decimal, *, field: str = "total") -> Decimal:
    """Return a total that can be split, or raise AMOUNT_INVALID or PLAN_TOTAL_NEGATIVE."""
    check_amount(total, field=field)
    if total < 0:
        raise PlanTotalNegative(field=field, total=total)
    return total


async def total_of_goal(
    actor: Actor, goal_id: UUID, request: PlanRequest | RunRequest, template: DecompositionTemplate
) -> Decimal:
    """Return the target that a split of a goal must divide.

    Raises as `check_total`, PLAN_TOTAL_DIFFERS, PARENT_GOAL_DIFFERS, PARENT_WITHDRAWN, and FIELD_HIDDEN for a goal of which a
    split or its refusal would tell what is hidden.
    """
    goal = await get_goal(actor, goal_id, field="parentGoalId")
    for name in ("target", "metric", "unitOfMeasure"):
        await refuse_hidden_on(actor, GOAL, goal.id, name)
    if goal.state == GoalState.WITHDRAWN:
        raise ParentNotOpen(field="parentGoalId", row=goal.id, title=goal.title)
    expected = (request.unit_id, request.cycle_id, template.metric, template.unit_of_measure, None)
    if expected != (goal.unit_id, goal.cycle_id, goal.metric, goal.unit_of_measure, goal.owner_id):
        raise ParentGoalDiffers(field="parentGoalId")
    if request.total is not None and request.total != goal.target:
        of: Mapping[str, Row] = {"total": Said.GIVEN, "target": goal.id}
        raise PlanTotalDiffers(field="total", row=of, total=request.total, target=goal.target)
    return check_total(goal.target, field="parentGoalId")
