"""Computing the levels of a run: its tree, its templates and calendars once, then the plans of one depth from their totals."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput, NotFound
from plumb_tenants.calendars.service import Calendar, company_calendar
from plumb_tenants.decomposition.children import codes_of
from plumb_tenants.decomposition.definition import DecompositionTemplate
from plumb_tenants.decomposition.figures import Found
from plumb_tenants.decomposition.given import Frame
from plumb_tenants.decomposition.planning import figures_for, frame_for, given_for, padding_of, pool_of, split
from plumb_tenants.decomposition.portraits import portrait_gaps
from plumb_tenants.decomposition.presence import WorkingDays, working_days
from plumb_tenants.decomposition.requests import ChildTerms, RunMethod, RunRequest
from plumb_tenants.decomposition.rows import Rows, rows_of
from plumb_tenants.decomposition.rules import NothingToSplitOver
from plumb_tenants.decomposition.run_storage import NewPlan
from plumb_tenants.decomposition.run_tree import Branch, RunTree, commitments, tree_of
from plumb_tenants.decomposition.seasons import Cut, cut_of
from plumb_tenants.decomposition.sourcing import find_figures
from plumb_tenants.decomposition.template import Level
from plumb_tenants.definitions.service import PublishedVersion
from plumb_tenants.forms.service import ReportGap
from plumb_tenants.goals.service import Cycle
from plumb_tenants.people.service import Stay, Unit, people_within, stays_in, units_within


class TermsOfTwoUnits(InvalidInput, tells={"child": "Person.name"}):
    """What is held of somebody, or when they were there, is said of one unit; a run cannot tell which."""

    code = "RUN_TERMS_OF_TWO_UNITS"
    zh = "“{child}”在周期内属于 {units} 个部门，锁定值与在岗日期无法归属，请在各部门的单独方案中填写。"
    en = "{child} belonged to {units} units within the cycle; hold a value or set days in a plan of one of the units."


@dataclass(frozen=True, slots=True)
class RunContext:
    """All that a run is computed from; `committed` is what everybody adds up to from the bottom, None from the top.

    `gaps` are the portrait reports that are missing, by the code of their unit; `found` are the figures of children, by their
    id, that metrics and reports give.
    """

    request: RunRequest
    tree: RunTree
    rows: Rows
    calendar: Calendar
    days: WorkingDays
    versions: Mapping[Level, PublishedVersion]
    frames: Mapping[Level, Frame]
    committed: Mapping[UUID, Decimal] | None
    gaps: Mapping[Level, Mapping[str, ReportGap]]
    found: Mapping[Level, Mapping[UUID, Found]]

    def cut(self, level: Level) -> Cut:
        """Return the days of the cycle cut into periods, months and weeks, by working days."""
        return cut_of(self.versions[level].body, self.frames[level], self.calendar.is_working_day)


async def context_of(
    actor: Actor,
    request: RunRequest,
    versions: Mapping[Level, PublishedVersion],
    cycle: Cycle,
    *,
    place: int | None = None,
) -> RunContext:
    """Read what a run needs of the company, reports and figures for one place among its depths or for all.

    Raises PLAN_WITHOUT_CHILDREN, NOT_FOUND (an id of nobody below), COMMITMENT_MISSING, CALENDAR_YEAR_MISSING, and what
    `portrait_gaps` and `find_figures` raise.
    """
    units = await units_within(actor, request.unit_id)
    tree = tree_of(units, await _stays(actor, request, versions[Level.PEOPLE].body, units, cycle))
    if not tree.levels:
        raise NothingToSplitOver(field="unitId")
    _check_places(tree, request)
    known = {child.id for child in tree.children}
    rows = rows_of(request.inputs, request.terms, request.facts)
    for child_id, position in rows.of.items():
        if child_id not in known:
            raise NotFound(field=f"inputs[{position}].childId")
    calendar = await company_calendar(actor)
    days = working_days(calendar, cycle.starts_on, cycle.ends_on)
    frames = {level: await frame_for(actor, version.body, cycle, request.as_of, days=days) for level, version in versions.items()}
    committed = commitments(tree, rows) if request.method is RunMethod.BOTTOM_UP else None
    codes = {level: codes_of(tree.children_at(level, place)) for level in versions}
    gaps = {level: await portrait_gaps(actor, each.body, cycle, codes[level].values()) for level, each in versions.items()}
    found = {level: await find_figures(actor, each.body, cycle, codes[level]) for level, each in versions.items()}
    return RunContext(request, tree, rows, calendar, days, versions, frames, committed, gaps, found)


async def _stays(
    actor: Actor, request: RunRequest, template: DecompositionTemplate, units: Sequence[tuple[int, Unit]], cycle: Cycle
) -> list[Stay]:
    """Return who takes part in which unit: by placements of the cycle, or where they are today; commitments are of today."""
    if template.is_placed and request.method is not RunMethod.BOTTOM_UP:
        return await stays_in(actor, [unit.id for _, unit in units], first=cycle.starts_on, last=cycle.ends_on)
    return [Stay(person.unit_id, person) for person in await people_within(actor, request.unit_id)]


def _check_places(tree: RunTree, request: RunRequest) -> None:
    """Refuse to hold a value, or to set days, of somebody who takes part in more than one unit."""
    places = Counter(child.id for child in tree.children)
    names = {child.id: child.name for child in tree.children}
    for row, child_id in enumerate(dict.fromkeys([*request.inputs, *request.terms])):
        said = request.terms.get(child_id)
        if places[child_id] > 1 and said and (said.held is not None or said.is_part_time):
            raise TermsOfTwoUnits(field=f"inputs[{row}]", row=child_id, child=names[child_id], units=places[child_id])


def propose_level(context: RunContext, place: int, totals: Mapping[UUID, Decimal]) -> list[NewPlan]:
    """Split the totals of the units at one depth; errors as `split_total`, with the name of the unit's child.

    A unit that has no total, because it or one above it waits for a report, is not split on.
    """
    reached = (branch for branch in context.tree.levels[place] if branch.unit.id in totals)
    return [_propose(context, branch, totals[branch.unit.id]) for branch in reached]


def propose_all(context: RunContext, total: Decimal) -> list[list[NewPlan]]:
    """Split a total through all levels; nothing is written."""
    totals = {context.request.unit_id: total}
    levels = []
    for place in range(len(context.tree.levels)):
        plans = propose_level(context, place, totals)
        totals = {child: value for plan in plans for child, value in _values(plan)}
        levels.append(plans)
    return levels


def _values(plan: NewPlan) -> Sequence[tuple[UUID, Decimal]]:
    """Return what each child that waits for nothing is split on by."""
    proposed = plan.proposed
    parts = zip(plan.branch.children, proposed.suggestions.values, proposed.given, strict=True)
    return [(child.id, value) for child, value, given in parts if given.blocked is None]


def _propose(context: RunContext, branch: Branch, total: Decimal) -> NewPlan:
    version, frame = context.versions[branch.level], context.frames[branch.level]
    asked = context.request.at(branch.unit.id, version.id)
    # Commitments add up as they are: nothing is assigned beyond them.
    padding = padding_of(version.body, asked) if context.committed is None else Decimal(0)
    if context.committed is not None:
        held = {child.id: _held(asked.terms.get(child.id), context.committed[child.id]) for child in branch.children}
        asked = replace(asked, terms=held)
    gaps, days, rows = context.gaps[branch.level], context.days, context.rows
    figures = figures_for(version.body, asked.inputs, branch.children, context.found[branch.level], gaps)
    given = [
        given_for(version.body, asked, child, days, rows, gap=gaps.get(child.code), origins=origins)
        for child, origins in zip(branch.children, figures.origins, strict=True)
    ]
    with rows.naming([child.id for child in branch.children], figures.origins, pool_of(version, asked)):
        proposed = split(
            version, branch.unit, total, branch.children, figures.figures, given=given, frame=frame, padding_percent=padding
        )
    return NewPlan(branch, proposed)


def _held(said: ChildTerms | None, amount: Decimal) -> ChildTerms:
    return replace(said or ChildTerms(), held=amount)
