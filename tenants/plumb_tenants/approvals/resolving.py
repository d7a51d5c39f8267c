"""Finding approvers: from a line of a flow, the applicant's place in the company and the request's fields to people."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from plumb_platform.database import fetch
from plumb_tenants.access.service import people_with_role
from plumb_tenants.approvals.body import Approver, By, Flow, Line, OwnRule, Step
from plumb_tenants.approvals.conditions import evaluated_text
from plumb_tenants.formulas.service import Value

_SEPARATORS = re.compile(r"[,，、;；\s]+")
_MANAGERS = """
with recursive chain(id, manager_id, active, depth) as (
  select p.id, p.manager_id, p.active, 0 from person p where p.id = $1
  union all
  select m.id, m.manager_id, m.active, c.depth + 1 from chain c join person m on m.id = c.manager_id where c.depth < 40
)
select id from chain where depth > 0 and active and id <> $1 order by depth limit $2
"""
_UNIT = """
select a.id from org_unit_closure c join org_unit a on a.id = c.ancestor_id
where ($3 <> '' and a.code = $3 and c.depth = 0) or ($3 = '' and c.descendant_id = $1 and c.depth = $2) limit 1
"""
_HEADS = """
select p.id from person p left join person m on m.id = p.manager_id
where p.active and p.unit_id = $1 and (m.id is null or not m.active or m.unit_id <> $1) and (
  exists (select from person r join org_unit_closure c on c.descendant_id = r.unit_id where c.ancestor_id = $1 and r.active
    and r.manager_id = p.id)
  -- Who is alone in a unit leads it: nobody there could be asked in their place.
  or not exists (select from person o join org_unit_closure c on c.descendant_id = o.unit_id where c.ancestor_id = $1
    and o.active and o.id <> p.id))
order by p.number
"""
_NUMBERS = "select id from person where active and number = any($1) order by array_position($1, number)"
_IDS = "select id from person where active and id = any($1) order by array_position($1, id)"
_ACTIVE = "select id from person where active and id = any($1)"


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks, and the unit from which heads are looked for."""

    person_id: UUID
    unit_id: UUID


def resolver(flow: Flow, applicant: Applicant, fields: Mapping[str, Value]) -> Callable[[Step], Awaitable[list[list[UUID]]]]:
    """Return the function that finds the approvers of each line of a step, nobody where nobody can be found."""

    async def resolve(step: Step) -> list[list[UUID]]:
        return [await _of_line(flow, line, applicant, fields) for line in step.lines]

    return resolve


async def active_people(people: Sequence[UUID]) -> set[UUID]:
    """Return those of the people who are employed."""
    return {row["id"] for row in await fetch(_ACTIVE, list(people))}


async def managers_of(person_id: UUID, count: int = 1) -> list[UUID]:
    """Return the managers above a person, nearest first; who has left is passed over."""
    return [row["id"] for row in await fetch(_MANAGERS, person_id, count)]


async def _of_line(flow: Flow, line: Line, applicant: Applicant, fields: Mapping[str, Value]) -> list[UUID]:
    """Return a line's approvers; the applicant is replaced by the line's rule, and who is nobody by its substitutes."""
    found = [person for each in line.approvers for person in await _found(flow, each, applicant, fields)]
    if line.own is not OwnRule.ALLOW and applicant.person_id in found:
        deputy = await managers_of(applicant.person_id) if line.own is OwnRule.MANAGER else []
        place = found.index(applicant.person_id)
        found = [each for each in (*found[:place], *deputy, *found[place:]) if each != applicant.person_id]
    for substitute in line.substitutes:
        if found:
            break
        others = await _found(flow, substitute, applicant, fields)
        found = [each for each in others if each != applicant.person_id or line.own is OwnRule.ALLOW]
    return list(dict.fromkeys(found))


async def _found(flow: Flow, approver: Approver, applicant: Applicant, fields: Mapping[str, Value]) -> list[UUID]:
    match approver.by:
        case By.MANAGER:
            chain = await managers_of(applicant.person_id, approver.levels)
            return chain if approver.through else chain[approver.levels - 1 : approver.levels]
        case By.UNIT_HEAD:
            unit = await _unit_of(approver, applicant)
            return [row["id"] for row in await fetch(_HEADS, unit)] if unit else []
        case By.ROLE:
            unit = await _unit_of(approver, applicant) if approver.unit else None
            return [] if approver.unit and unit is None else await people_with_role(approver.role, unit_id=unit)
        case By.PERSON:
            return await _numbered(approver.number)
        case By.FIELD:
            return await _numbered(str(fields.get(approver.field, "")))
        case By.FORMULA:
            return await _numbered(evaluated_text(flow, approver.formula, fields))


async def _unit_of(approver: Approver, applicant: Applicant) -> UUID | None:
    rows = await fetch(_UNIT, applicant.unit_id, approver.levels, approver.unit)
    return rows[0]["id"] if rows else None


async def _numbered(text: str) -> list[UUID]:
    """Return the people whom a text names by employee number, or by id where a program wrote it."""
    words = [word for word in _SEPARATORS.split(text.strip()) if word]
    ids = [found for word in words if (found := _as_id(word)) is not None]
    rows = await fetch(_IDS, ids) if ids and len(ids) == len(words) else await fetch(_NUMBERS, words[:100])
    return [row["id"] for row in rows]


def _as_id(word: str) -> UUID | None:
    try:
        return UUID(word)
    except ValueError:
        return None
