"""The children of a split: who may get a part of a unit's total, and who of them takes part."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import NotFound
from plumb_tenants.decomposition.requests import PlanRequest
from plumb_tenants.decomposition.template import DecompositionTemplate, Level
from plumb_tenants.goals.service import Cycle
from plumb_tenants.people.service import Person, Spell, Unit, children_of_unit, people_of_unit, stays_in


class NotAChild(NotFound):
    """A total is split over the units right below, or over the people of the unit; whoever else is named is as unknown."""

    zh = "“{unit}”没有这个{child_zh}，或您无权查看；模板按{child_zh}拆解。"
    en = "{unit} has no such {child_en}, or you may not see it; the template splits over each {child_en}."


_CHILD = {Level.UNITS: ("直接下级部门", "unit right below"), Level.PEOPLE: ("员工", "person of the unit")}


@dataclass(frozen=True, slots=True)
class Child:
    """A unit or a person who gets a part; `person_id` is None for a unit; grade, hire date and placed spells are a person's."""

    unit_id: UUID
    person_id: UUID | None
    name: str
    code: str = ""
    grade: str = ""
    hired_on: date | None = None
    spells: tuple[Spell, ...] | None = None

    @property
    def id(self) -> UUID:
        """Return the id by which inputs name the child."""
        return self.person_id or self.unit_id


async def children_at(actor: Actor, unit: Unit, template: DecompositionTemplate, cycle: Cycle) -> list[Child]:
    """Return everybody over whom a unit's total may be split; by placements, whoever was there on any day of the cycle."""
    if template.level is Level.UNITS:
        return [unit_child(child) for child in await children_of_unit(actor, unit.id)]
    if template.is_placed:
        stays = await stays_in(actor, [unit.id], first=cycle.starts_on, last=cycle.ends_on)
        return [person_child(unit, each.person, each.spells) for each in stays]
    return [person_child(unit, each) for each in await people_of_unit(actor, unit.id)]


def unit_child(unit: Unit) -> Child:
    """Return a unit as a child of the unit above."""
    return Child(unit.id, None, unit.name, unit.code)


def person_child(unit: Unit, person: Person, spells: tuple[Spell, ...] | None = None) -> Child:
    """Return a person as a child of a unit, with the days that they were placed there if these matter."""
    return Child(unit.id, person.id, person.name, unit.code, person.grade, person.hired_on, spells)


def chosen(children: Sequence[Child], request: PlanRequest, unit: Unit, level: Level) -> list[Child]:
    """Return the children of the unit that take part; an id that is none of them is answered as an unknown one."""
    known = {child.id for child in children}
    child_zh, child_en = _CHILD[level]
    told = {"unit": unit.name, "child_zh": child_zh, "child_en": child_en}
    for position, child_id in enumerate(dict.fromkeys([*request.inputs, *request.terms])):
        if child_id not in known:
            raise NotAChild(field=f"inputs[{position}].childId", **told)
    for position, child_id in enumerate(request.participants or ()):
        if child_id not in known:
            raise NotAChild(field=f"participants[{position}]", **told)
    if request.participants is None:
        return list(children)
    wanted = frozenset(request.participants)
    return [child for child in children if child.id in wanted]


def codes_of(children: Iterable[Child]) -> dict[UUID, str]:
    """Return the code of the unit of each child, by the child's id."""
    return {child.id: child.code for child in children}
