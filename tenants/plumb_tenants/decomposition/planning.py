"""Setting up a split: the children, the total, the figures, and what the template suggests; nothing is written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput, NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.decomposition.definition import KIND, DecompositionTemplate, Level
from plumb_tenants.decomposition.factors import Figures, weighted_factors
from plumb_tenants.decomposition.rules import Suggestion, WeightedFactor, decompose
from plumb_tenants.definitions.service import PublishedVersion, published_version
from plumb_tenants.goals.access import access_cycle
from plumb_tenants.goals.service import GoalRow, check_amount, get_goal
from plumb_tenants.people.access import access_unit
from plumb_tenants.people.service import Unit, children_of_unit, people_of_unit


class PlanTotalMissing(InvalidInput):
    """A split has a total of its own, or that of the goal it splits."""

    code = "PLAN_TOTAL_MISSING"
    zh = "请填写待拆解的总额，或指定上级目标。"
    en = "Give the total to split, or the goal whose target it is."


class PlanTotalDiffers(InvalidInput):
    """What is split on is the goal's whole target: nothing is lost on the way down (N1)."""

    code = "PLAN_TOTAL_DIFFERS"
    zh = "总额 {total} 与上级目标的目标值 {target} 不一致。"
    en = "The total {total} differs from the target {target} of the goal that is split."


class ParentGoalDiffers(InvalidInput):
    """A goal is split within its own unit and cycle, by its own metric."""

    code = "PARENT_GOAL_DIFFERS"
    zh = "上级目标属于其他部门、周期或指标，不能用此模板在本部门拆解。"
    en = "The goal belongs to another unit, cycle or metric than this split."


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What to split and over whom: `inputs` by the id of the child (unit or person), `participants` None for all."""

    cycle_id: UUID
    template_version_id: UUID
    unit_id: UUID
    total: Decimal | None = None
    parent_goal_id: UUID | None = None
    inputs: Mapping[UUID, Figures] = field(default_factory=dict)
    participants: Sequence[UUID] | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Child:
    """A unit or a person who gets a part; `person_id` is None for a unit."""

    unit_id: UUID
    person_id: UUID | None
    name: str

    @property
    def id(self) -> UUID:
        """Return the id by which inputs name the child."""
        return self.person_id or self.unit_id


@dataclass(frozen=True, slots=True)
class ProposedPlan:
    """A split as the template suggests it; the lists are in the order of `children`."""

    version: PublishedVersion
    unit: Unit
    total: Decimal
    children: Sequence[Child]
    figures: Sequence[Figures]
    factors: Sequence[WeightedFactor]
    suggestions: Sequence[Suggestion]

    @property
    def template(self) -> DecompositionTemplate:
        """Return the body of the template's version."""
        body: DecompositionTemplate = self.version.body
        return body


async def propose(actor: Actor, request: PlanRequest) -> ProposedPlan:
    """Compute a split within the unit that PLAN_WRITE reaches; the equal split stands beside each value (C83, C98)."""
    unit = await access_unit(actor, request.unit_id, Permission.PLAN_WRITE, field="unitId")
    await access_cycle(actor, request.cycle_id)
    version = await published_version(
        actor, request.template_version_id, kind=KIND, field="templateVersionId", unit_id=request.unit_id
    )
    template: DecompositionTemplate = version.body
    total = await _total(actor, request, template)
    children = _chosen(await _children(actor, unit, template.level), request)
    figures = [request.inputs.get(child.id, {}) for child in children]
    return split(version, unit, total, children, figures)


def split(
    version: PublishedVersion, unit: Unit, total: Decimal, children: Sequence[Child], figures: Sequence[Figures]
) -> ProposedPlan:
    """Run a template over children and their figures; errors as `weighted_factors` and `decompose`."""
    template: DecompositionTemplate = version.body
    names = [child.name for child in children]
    factors = weighted_factors(template, names, figures)
    suggestions = decompose(total, names, factors, unit=template.rounding_unit)
    return ProposedPlan(version, unit, total, children, figures, factors, suggestions)


async def _total(actor: Actor, request: PlanRequest, template: DecompositionTemplate) -> Decimal:
    if request.parent_goal_id is not None:
        return total_of_goal(await get_goal(actor, request.parent_goal_id, field="parentGoalId"), request, template)
    if request.total is None:
        raise PlanTotalMissing(field="total")
    check_amount(request.total, field="total")
    return request.total


def total_of_goal(goal: GoalRow, request: PlanRequest, template: DecompositionTemplate) -> Decimal:
    """Return the target that a split of a goal must divide; raise PLAN_TOTAL_DIFFERS or PARENT_GOAL_DIFFERS."""
    expected = (request.unit_id, request.cycle_id, template.metric, template.unit_of_measure, None)
    if expected != (goal.unit_id, goal.cycle_id, goal.metric, goal.unit_of_measure, goal.owner_id):
        raise ParentGoalDiffers(field="parentGoalId")
    if request.total is not None and request.total != goal.target:
        raise PlanTotalDiffers(field="total", total=request.total, target=goal.target)
    return goal.target


async def _children(actor: Actor, unit: Unit, level: Level) -> list[Child]:
    if level is Level.UNITS:
        return [Child(child.id, None, child.name) for child in await children_of_unit(actor, unit.id)]
    return [Child(unit.id, person.id, person.name) for person in await people_of_unit(actor, unit.id)]


def _chosen(children: Sequence[Child], request: PlanRequest) -> list[Child]:
    """Return the children that take part; an id that is none of them is answered as an unknown one."""
    known = {child.id for child in children}
    for position, child_id in enumerate(request.inputs):
        if child_id not in known:
            raise NotFound(field=f"inputs[{position}].childId")
    for position, child_id in enumerate(request.participants or ()):
        if child_id not in known:
            raise NotFound(field=f"participants[{position}]")
    if request.participants is None:
        return list(children)
    wanted = frozenset(request.participants)
    return [child for child in children if child.id in wanted]
