"""GraphQL inputs of plans: what to split, over whom, by which figures."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from plumb_platform.errors import InvalidInput, NotFound
from plumb_schema.ground.ids import decode_id, decode_optional_id, split_id
from plumb_tenants.decomposition.service import ChildTerms, FactValue, PlanRequest, RunMethod, RunRequest, ScenarioChanges

strawberry.enum(RunMethod, description="拆解方式 / From the top, from the bottom, or level by level.")


class PlanInputTwice(InvalidInput):
    """A child or one of its figures is given once."""

    code = "PLAN_INPUT_TWICE"
    zh = "“{name}”重复出现。"
    en = "{name} is given twice."


class FactNotOne(InvalidInput):
    """A fact is a text or a number."""

    code = "FACT_NOT_ONE"
    zh = "条件事实“{name}”须填写 text 或 number 其中之一。"
    en = "Give the fact {name} either as text or as a number."


@strawberry.input(description="数据项 / One figure of a child, by the name that the template uses; null is no input.")
class FigureInput:
    name: str
    value: Decimal | None = None


@strawberry.input(description="条件事实 / A fact that the template's conditions ask for, as text or as a number.")
class FactInput:
    name: str
    text: str | None = None
    number: Decimal | None = None


@strawberry.input(
    description="下级数据 / The figures of one child, an org unit or a person; `held` is kept, `seasonality` has twelve factors, "
    "`presentFrom` and `presentUntil` prorate by working days."
)
class ChildInput:
    child_id: strawberry.ID
    figures: list[FigureInput] = strawberry.field(default_factory=list)
    facts: list[FactInput] = strawberry.field(default_factory=list)
    held: Decimal | None = None
    seasonality: list[Decimal] = strawberry.field(default_factory=list)
    present_from: date | None = None
    present_until: date | None = None


@strawberry.input(
    description="拆解输入 / What to split: `total`, or the target of `parentGoalId`. Without `participants` all take part; "
    "`facts` hold for all who do not say otherwise."
)
class CreatePlanInput:
    cycle_id: strawberry.ID
    template_version_id: strawberry.ID
    unit_id: strawberry.ID
    total: Decimal | None = None
    parent_goal_id: strawberry.ID | None = None
    title: str | None = None
    participants: list[strawberry.ID] | None = None
    inputs: list[ChildInput] = strawberry.field(default_factory=list)
    facts: list[FactInput] = strawberry.field(default_factory=list)
    padding_percent: Decimal | None = None
    as_of: date | None = None


@strawberry.input(
    description="全层级拆解输入 / An annual goal for a unit and all below it; `inputs` of units and people at any level, "
    "for BOTTOM_UP with the commitment (`held`) of everybody at the bottom and without `total`. `publish` makes goals of "
    "it, past a lock for the reason of `bypass`."
)
class StartRunInput:
    cycle_id: strawberry.ID
    unit_id: strawberry.ID
    units_version_id: strawberry.ID
    people_version_id: strawberry.ID
    method: RunMethod = RunMethod.TOP_DOWN
    total: Decimal | None = None
    parent_goal_id: strawberry.ID | None = None
    title: str | None = None
    inputs: list[ChildInput] = strawberry.field(default_factory=list)
    facts: list[FactInput] = strawberry.field(default_factory=list)
    as_of: date | None = None
    publish: bool = False
    bypass: str | None = None


def run_request_of(given: StartRunInput) -> RunRequest:
    """Return the service's request of a run; ids and repetitions as `request_of`."""
    children = _children(given.inputs)
    return RunRequest(
        cycle_id=decode_id(given.cycle_id, "Cycle", field="cycleId"),
        unit_id=decode_id(given.unit_id, "OrgUnit", field="unitId"),
        units_version_id=decode_id(given.units_version_id, "DefinitionVersion", field="unitsVersionId"),
        people_version_id=decode_id(given.people_version_id, "DefinitionVersion", field="peopleVersionId"),
        method=given.method,
        total=given.total,
        parent_goal_id=decode_optional_id(given.parent_goal_id, "Goal", field="parentGoalId"),
        title=given.title,
        inputs={child: _figures(each.figures, place) for place, (child, each) in enumerate(children)},
        terms={child: _terms(each, place) for place, (child, each) in enumerate(children)},
        facts=_facts(given.facts, "facts"),
        as_of=given.as_of,
        publish=given.publish,
        bypass=given.bypass,
    )


def changes_of(inputs: Sequence[ChildInput], **changes: Any) -> ScenarioChanges:
    """Return the service's changes of a scenario; ids and repetitions as `request_of`."""
    children = list(enumerate(_children(inputs)))
    figures = {child: _figures(each.figures, place) for place, (child, each) in children if each.figures}
    said = {child: _terms(each, place) for place, (child, each) in children}
    terms = {child: each for child, each in said.items() if each != ChildTerms() or child not in figures}
    return ScenarioChanges(inputs=figures, terms=terms, order=tuple(said), **changes)


def _children(inputs: Sequence[ChildInput]) -> list[tuple[UUID, ChildInput]]:
    found = [_child(child.child_id, f"inputs[{place}].childId") for place, child in enumerate(inputs)]
    _once(found, [str(child.child_id) for child in inputs], "inputs[{}].childId")
    return list(zip(found, inputs, strict=True))


def request_of(given: CreatePlanInput) -> PlanRequest:
    """Return the service's request; a malformed id is answered as an unknown one, a repetition with PLAN_INPUT_TWICE."""
    children = _children(given.inputs)
    taking_part = given.participants
    return PlanRequest(
        cycle_id=decode_id(given.cycle_id, "Cycle", field="cycleId"),
        template_version_id=decode_id(given.template_version_id, "DefinitionVersion", field="templateVersionId"),
        unit_id=decode_id(given.unit_id, "OrgUnit", field="unitId"),
        total=given.total,
        parent_goal_id=decode_optional_id(given.parent_goal_id, "Goal", field="parentGoalId"),
        title=given.title,
        participants=None
        if taking_part is None
        else [_child(child, f"participants[{place}]") for place, child in enumerate(taking_part)],
        inputs={child: _figures(each.figures, place) for place, (child, each) in enumerate(children)},
        terms={child: _terms(each, place) for place, (child, each) in enumerate(children)},
        facts=_facts(given.facts, "facts"),
        padding_percent=given.padding_percent,
        as_of=given.as_of,
    )


def _child(global_id: str, field: str) -> UUID:
    parts = split_id(global_id)
    if parts is None or parts[0] not in ("OrgUnit", "Person"):
        raise NotFound(field=field)
    return parts[1]


def _figures(figures: Sequence[FigureInput], place: int) -> dict[str, Decimal | None]:
    names = [figure.name for figure in figures]
    _once(names, names, f"inputs[{place}].figures[{{}}].name")
    return {figure.name: figure.value for figure in figures}


def _terms(given: ChildInput, place: int) -> ChildTerms:
    return ChildTerms(
        facts=_facts(given.facts, f"inputs[{place}].facts"),
        held=given.held,
        season=tuple(given.seasonality),
        present_from=given.present_from,
        present_until=given.present_until,
    )


def _facts(facts: Sequence[FactInput], field: str) -> dict[str, FactValue]:
    names = [fact.name for fact in facts]
    _once(names, names, field + "[{}].name")
    found: dict[str, FactValue] = {}
    for place, fact in enumerate(facts):
        value = fact.text if fact.number is None else fact.number
        if value is None or (fact.text is not None and fact.number is not None):
            raise FactNotOne(field=f"{field}[{place}]", name=f"{fact.name:.100}")
        found[fact.name] = value
    return found


def _once(values: Sequence[object], names: Iterable[str], field: str) -> None:
    seen: set[object] = set()
    for place, (value, name) in enumerate(zip(values, names, strict=True)):
        if value in seen:
            raise PlanInputTwice(field=field.format(place), name=f"{name:.100}")
        seen.add(value)
