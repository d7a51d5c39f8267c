"""Computing the levels of a run: its tree, its templates and calendars once, then the plans of one depth from their totals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import NotFound
from plumb_platform.numbers.periods import Slice, slices_between
from plumb_tenants.calendars.service import Calendar, company_calendar
from plumb_tenants.decomposition.definition import DecompositionTemplate
from plumb_tenants.decomposition.given import Frame
from plumb_tenants.decomposition.planning import frame_for, given_for, padding_of, split
from plumb_tenants.decomposition.portraits import portrait_gaps
from plumb_tenants.decomposition.requests import ChildTerms, RunMethod, RunRequest
from plumb_tenants.decomposition.rules import NothingToSplitOver
from plumb_tenants.decomposition.run_storage import NewPlan
from plumb_tenants.decomposition.run_tree import Branch, RunTree, commitments, tree_of
from plumb_tenants.decomposition.template import Level
from plumb_tenants.definitions.service import PublishedVersion
from plumb_tenants.forms.service import ReportGap
from plumb_tenants.goals.service import Cycle
from plumb_tenants.people.service import people_within, units_within


@dataclass(frozen=True, slots=True)
class RunContext:
    """All that a run is computed from; `committed` is what everybody adds up to from the bottom, None from the top.

    `gaps` are the portrait reports that are missing, by the code of their unit.
    """

    request: RunRequest
    tree: RunTree
    calendar: Calendar
    versions: Mapping[Level, PublishedVersion]
    frames: Mapping[Level, Frame]
    committed: Mapping[UUID, Decimal] | None
    gaps: Mapping[Level, Mapping[str, ReportGap]]

    def slices(self, level: Level) -> list[Slice]:
        """Return the days of the cycle cut into periods, months and weeks, by working days."""
        template: DecompositionTemplate = self.versions[level].body
        frame = self.frames[level]
        counts = self.calendar.is_working_day
        return slices_between(template.calendar.fiscal, frame.starts_on, frame.ends_on, counts=counts)


async def context_of(actor: Actor, request: RunRequest, versions: Mapping[Level, PublishedVersion], cycle: Cycle) -> RunContext:
    """Read what a run needs of the company; raises PLAN_WITHOUT_CHILDREN, NOT_FOUND (an id of nobody below),
    COMMITMENT_MISSING, CALENDAR_YEAR_MISSING, and what `portrait_gaps` raises."""
    tree = tree_of(await units_within(actor, request.unit_id), await people_within(actor, request.unit_id))
    if not tree.levels:
        raise NothingToSplitOver(field="unitId")
    known = {child.id for child in tree.children}
    for position, child_id in enumerate(dict.fromkeys([*request.inputs, *request.terms])):
        if child_id not in known:
            raise NotFound(field=f"inputs[{position}].childId")
    calendar = await company_calendar(actor)
    frames = {
        level: await frame_for(actor, version.body, cycle, request.as_of, calendar=calendar)
        for level, version in versions.items()
    }
    committed = commitments(tree, request.terms) if request.method is RunMethod.BOTTOM_UP else None
    gaps = {level: await portrait_gaps(actor, version.body, cycle, tree.codes(level)) for level, version in versions.items()}
    return RunContext(request, tree, calendar, versions, frames, committed, gaps)


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
    parts = zip(plan.branch.children, proposed.suggestions, proposed.given, strict=True)
    return [(child.id, suggestion.value) for child, suggestion, given in parts if given.blocked is None]


def _propose(context: RunContext, branch: Branch, total: Decimal) -> NewPlan:
    version, frame = context.versions[branch.level], context.frames[branch.level]
    asked = context.request.at(branch.unit.id, version.id)
    # Commitments add up as they are: nothing is assigned beyond them.
    padding = padding_of(version.body, asked) if context.committed is None else Decimal(0)
    figures = [asked.inputs.get(child.id, {}) for child in branch.children]
    if context.committed is not None:
        held = {child.id: _held(asked.terms.get(child.id), context.committed[child.id]) for child in branch.children}
        asked = replace(asked, terms=held)
    gaps = context.gaps[branch.level]
    given = [
        given_for(version.body, asked, child, frame, context.calendar, gap=gaps.get(child.code)) for child in branch.children
    ]
    proposed = split(version, branch.unit, total, branch.children, figures, given=given, frame=frame, padding_percent=padding)
    return NewPlan(branch, proposed)


def _held(said: ChildTerms | None, amount: Decimal) -> ChildTerms:
    return replace(said or ChildTerms(), held=amount)
