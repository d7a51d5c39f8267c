"""Scenarios: a plan branched, edited beside the live one, and promoted in its place at once (A7, C51)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute
from plumb_platform.errors import Conflict, InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission
from plumb_platform.telling import Said
from plumb_tenants.access.fields import refuse_hidden, refuse_hidden_on
from plumb_tenants.decomposition.access import access_plan
from plumb_tenants.decomposition.children import Child, codes_of, person_child, unit_child
from plumb_tenants.decomposition.definition import KIND, DecompositionTemplate
from plumb_tenants.decomposition.figures import GIVEN, STANDING_IN, Figures, Origin
from plumb_tenants.decomposition.given import Given, frame_of
from plumb_tenants.decomposition.models import Plan
from plumb_tenants.decomposition.planning import (
    ProposedPlan,
    check_terms,
    check_total,
    figures_for,
    padding_within,
    split,
    template_version,
)
from plumb_tenants.decomposition.portraits import portrait_gaps
from plumb_tenants.decomposition.promoting import replace_draft, replace_published
from plumb_tenants.decomposition.replaying import stored_figures
from plumb_tenants.decomposition.requests import ChildTerms
from plumb_tenants.decomposition.resources import PLAN, PLAN_NODE
from plumb_tenants.decomposition.rows import Rows, rows_of
from plumb_tenants.decomposition.rules import PlanState
from plumb_tenants.decomposition.sourcing import find_figures
from plumb_tenants.decomposition.storage import StoredNode, store_nodes, stored_nodes
from plumb_tenants.decomposition.template_parts import CoefficientBasis
from plumb_tenants.decomposition.weeks import respread_weeks
from plumb_tenants.definitions.service import pinned_version
from plumb_tenants.goals.service import cycles_by_id, is_text
from plumb_tenants.people.access import access_unit
from plumb_tenants.people.service import people_by_id, units_by_id


class NotAScenario(Refused):
    """Only a branch of a plan is promoted."""

    code = "NOT_A_SCENARIO"
    zh = "该方案不是待定的情景方案，不能转正。"
    en = "This plan is no open scenario; it cannot be promoted."


class ScenarioOfScenario(Refused):
    """A scenario is branched, and previewed, from a live plan."""

    code = "SCENARIO_OF_SCENARIO"
    zh = "请改用正式方案：情景方案（含已转正的）不能再创建、预览或转正其下的情景方案。"
    en = "Name a live plan: a scenario, promoted or not, has no scenarios of its own to branch, preview or promote."


class ScenarioTemplateDiffers(InvalidInput):
    """A scenario gives the plan's own children other parts of the same metric."""

    code = "SCENARIO_TEMPLATE_DIFFERS"
    zh = "该模板拆解“{given}”，原方案为“{needed}”；情景方案的层级、指标与计量单位须与原方案一致。"
    en = "The template splits {given}, and the plan {needed}; level, metric and unit of measure of a scenario are the plan's."


class ScenarioTitleInvalid(InvalidInput):
    """A title fits its column."""

    code = "SCENARIO_TITLE_INVALID"
    zh = "标题须为 1 到 200 个字符。"
    en = "A title has 1 to 200 characters."


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioChanges:
    """What a scenario is computed with instead of what the plan was; None keeps.

    `inputs` are laid over the stored figures; `terms` of a child take the place of its held value and season. With
    `refresh_figures` what the template takes from metrics and reports is taken anew; what people gave stays.
    """

    template_version_id: UUID | None = None
    total: Decimal | None = None
    padding_percent: Decimal | None = None
    as_of: date | None = None
    inputs: Mapping[UUID, Figures] = field(default_factory=dict)
    terms: Mapping[UUID, ChildTerms] = field(default_factory=dict)
    order: tuple[UUID, ...] = ()
    refresh_figures: bool = False

    @property
    def rows(self) -> Rows:
        """Return where each child is named; `order` says it where inputs and terms do not."""
        return rows_of(self.inputs, self.terms, order=self.order)


UNCHANGED = ScenarioChanges()
LIVE = frozenset({PlanState.DRAFT.value, PlanState.PUBLISHED.value})
"""A promoted scenario has given its numbers away; a branch of it would become goals beside those of its plan."""
_COPY = """
insert into plan_node (tenant_id, id, created_at, plan_id, ordinal, unit_id, person_id, factors, suggested, equal_share, value,
                       reason, tuned_by, tuned_at, derivation, version)
select tenant_id, gen_random_uuid(), $3, $2, ordinal, unit_id, person_id, factors, suggested, equal_share, value, reason,
       tuned_by, tuned_at, derivation, 1
from plan_node where plan_id = $1
"""


async def branch_plan(actor: Actor, *, plan_id: UUID, title: str, changes: ScenarioChanges = UNCHANGED) -> Plan:
    """Branch a plan into a scenario: a copy with its tunings, or, with changes, computed anew; the plan stays as it is."""
    origin = await access_origin(actor, plan_id, lock=True)
    if not is_text(title, longest=200):
        raise ScenarioTitleInvalid(field="title")
    proposed = None if changes == UNCHANGED else await computed_anew(actor, origin, changes)
    scenario = await Plan.create(
        cycle_id=origin.cycle_id,
        definition_version_id=proposed.version.id if proposed else origin.definition_version_id,
        unit_id=origin.unit_id,
        parent_goal_id=origin.parent_goal_id,
        branch_of=origin.id,
        title=title.strip(),
        metric=origin.metric,
        unit_of_measure=origin.unit_of_measure,
        total=proposed.total if proposed else origin.total,
        padding_percent=proposed.padding_percent if proposed else origin.padding_percent,
        as_of=proposed.frame.as_of if proposed else origin.as_of,
        working_days=origin.working_days,
        state=PlanState.SCENARIO.value,
        created_by=actor.membership_id,
    )
    if proposed is None:
        await execute(_COPY, origin.id, scenario.id, now())
    else:
        await store_nodes(actor, scenario.id, proposed)
    after = {"branch_of": str(origin.id), "total": str(scenario.total), "computed": proposed is not None}
    await record(actor, "plan.branch", "plan", scenario.id, after=after)
    return scenario


async def access_origin(actor: Actor, plan_id: UUID, *, lock: bool = False) -> Plan:
    """Return the plan that a scenario is branched from: a live one, neither a scenario nor what became of one."""
    origin = await access_plan(actor, plan_id, Permission.PLAN_WRITE, lock=lock)
    if origin.state not in LIVE:
        raise ScenarioOfScenario(field="planId")
    return origin


async def promote_scenario(actor: Actor, *, plan_id: UUID, version: int, origin_version: int, bypass: str | None = None) -> Plan:
    """Put a scenario in the place of the plan that it branched from, all of it or nothing.

    A draft takes over its numbers. A published plan is replaced: its goals are revised, for their owners to confirm anew;
    `bypass` is the reason of somebody who may go past a lock of goals (A13).
    """
    scenario = await access_plan(actor, plan_id, Permission.PLAN_PUBLISH, lock=True)
    if scenario.state != PlanState.SCENARIO or scenario.branch_of is None:
        raise NotAScenario(field="planId")
    origin = await access_plan(actor, scenario.branch_of, Permission.PLAN_PUBLISH, lock=True)
    if origin.state not in LIVE:
        raise ScenarioOfScenario(field="planId")
    if scenario.version != version:
        raise Conflict(current_version=scenario.version)
    if origin.version != origin_version:
        raise Conflict(current_version=origin.version)
    if origin.state == PlanState.DRAFT:
        live = await replace_draft(origin, scenario)
        template: DecompositionTemplate = (await pinned_version(actor, live.definition_version_id, kind=KIND)).body
        await respread_weeks(actor, live, template)
    else:
        live = await replace_published(actor, origin, scenario, bypass=bypass)
    after = {"scenario": str(scenario.id), "live": str(live.id), "total": str(live.total)}
    await record(actor, "plan.promote", "plan", origin.id, after=after)
    return live


async def computed_anew(actor: Actor, origin: Plan, changes: ScenarioChanges, *, trial: bool = False) -> ProposedPlan:
    """Compute the plan's children anew with the changes; nothing is written. A `trial` goes by a draft of a template too.

    Raises FIELD_HIDDEN where what is kept of the plan is hidden from the actor: what comes of it and refusals would tell it.
    """
    for name in ("total", "paddingPercent"):
        await refuse_hidden_on(actor, PLAN, origin.id, name)
    await refuse_hidden(actor, PLAN_NODE, ["held", "factors"])
    cycle = (await cycles_by_id(actor, [origin.cycle_id]))[origin.cycle_id]
    pinned = await pinned_version(actor, origin.definition_version_id, kind=KIND)
    named = changes.template_version_id
    version = await template_version(actor, named, unit_id=origin.unit_id, cycle=cycle, trial=trial) if named else pinned
    before: DecompositionTemplate = pinned.body
    template: DecompositionTemplate = version.body
    if _splits(template) != _splits(before):
        raise ScenarioTemplateDiffers(field="templateVersionId", given=_splits(template), needed=_splits(before))
    nodes = await stored_nodes([origin.id])
    children = await _children(actor, nodes)
    _check_ids(children, changes)
    rows = changes.rows
    codes = codes_of(children)
    gaps = await portrait_gaps(actor, template, cycle, codes.values())
    kept = _kept_figures(template, before, children, nodes, changes)
    figures = figures_for(template, kept, children, await find_figures(actor, template, cycle, codes), gaps)
    given = [
        replace(
            _given(template, child, node, changes, rows),
            blocked=gaps.get(child.code),
            late=False,
            origins={**_kept_origins(node, kept[child.id], changes.inputs.get(child.id, {})), **origins},
        )
        for child, node, origins in zip(children, nodes, figures.origins, strict=True)
    ]
    total = check_total(origin.total if changes.total is None else changes.total)
    padding = origin.padding_percent if changes.padding_percent is None else changes.padding_percent
    as_of = changes.as_of or origin.as_of or cycle.starts_on
    frame = frame_of(template, cycle.starts_on, cycle.ends_on, days=origin.working_days, as_of=as_of)
    unit = await access_unit(actor, origin.unit_id, Permission.PLAN_WRITE, field="planId")
    percent = padding_within(template, padding)
    with rows.naming([child.id for child in children], figures.origins, Said.GIVEN):
        return split(version, unit, total, children, figures.figures, given=given, frame=frame, padding_percent=percent)


def _splits(template: DecompositionTemplate) -> str:
    """Say what a template splits, over whom: two that say the same may stand in each other's place."""
    return f"{template.metric} / {template.unit_of_measure} / {template.level.name}"


def _kept_figures(
    template: DecompositionTemplate,
    before: DecompositionTemplate,
    children: Sequence[Child],
    nodes: Sequence[StoredNode],
    changes: ScenarioChanges,
) -> dict[UUID, Figures]:
    """Return the figures that a plan was computed from, by child, with the changes; what is to be taken anew is let go."""
    known = frozenset(template.input_names)
    anew = {source.figure for source in template.figure_sources} if changes.refresh_figures else set()

    def stays(name: str, figure: Decimal | None, origin: Origin) -> bool:
        taken = figure is None or origin != GIVEN
        return name in known and origin != STANDING_IN and not (taken and name in anew)

    return {
        child.id: {
            **{name: each for name, each in row.items() if stays(name, each, node.given.origins.get(name, GIVEN))},
            **changes.inputs.get(child.id, {}),
        }
        for child, node, row in zip(children, nodes, stored_figures(before, nodes), strict=True)
    }


def _kept_origins(node: StoredNode, kept: Figures, changed: Figures) -> dict[str, Origin]:
    return {name: origin for name, origin in node.given.origins.items() if name in kept and name not in changed}


async def _children(actor: Actor, nodes: Sequence[StoredNode]) -> list[Child]:
    units = await units_by_id(actor, [node.unit_id for node in nodes])
    people = await people_by_id(actor, [node.person_id for node in nodes if node.person_id])
    return [
        person_child(units[node.unit_id], people[node.person_id]) if node.person_id else unit_child(units[node.unit_id])
        for node in nodes
    ]


def _check_ids(children: Sequence[Child], changes: ScenarioChanges) -> None:
    known = {child.id for child in children}
    for child_id, position in changes.rows.of.items():
        if child_id not in known:
            raise NotFound(field=f"inputs[{position}].childId")


def _given(template: DecompositionTemplate, child: Child, node: StoredNode, changes: ScenarioChanges, rows: Rows) -> Given:
    bases = {each.basis for each in template.coefficients}
    asked = {fact.name for fact in template.facts}
    given = replace(
        node.given,
        facts={name: value for name, value in node.given.facts.items() if name in asked},
        code=child.code if CoefficientBasis.UNIT in bases else "",
        grade=child.grade if CoefficientBasis.GRADE in bases else "",
        hired_on=child.hired_on if template.ramp else None,
    )
    said = changes.terms.get(child.id)
    if said is None:
        return given
    check_terms(said, child, rows)
    return replace(given, facts={**given.facts, **said.facts}, held=said.held, season=tuple(said.season))
