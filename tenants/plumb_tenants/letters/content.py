"""What a letter says, gathered from goals, parties, cycle and the letter before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from plumb_platform.database import fetch
from plumb_tenants.company.service import Company
from plumb_tenants.definitions.service import PublishedVersion
from plumb_tenants.goals.service import Cycle, GoalRow
from plumb_tenants.letters.chain import Link
from plumb_tenants.letters.rules import BoundGoal, Content, Party, Predecessor, Role
from plumb_tenants.letters.statements import ENDED
from plumb_tenants.people.service import Person, Unit


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a letter has from the moment of its issue."""

    number: str
    issued_at: datetime
    verify_code: str


@dataclass(frozen=True, slots=True)
class Where:
    """Where a letter is at home."""

    company: Company
    cycle: Cycle
    unit: Unit


async def content_of(
    where: Where, goals: Sequence[GoalRow], chain: Sequence[Link], template: PublishedVersion, *, stamp: Stamp
) -> Content:
    """Return all that a letter over these goals says to the people of its chain."""
    people = {link.rule.role: link.person for link in chain}
    employee, manager = people.pop(Role.EMPLOYEE), people.pop(Role.MANAGER)
    company, cycle, unit = where.company, where.cycle, where.unit
    before, targets = await _predecessor(employee.id, cycle.id, [goal.id for goal in goals])
    return Content(
        number=stamp.number,
        company={"id": str(company.id), "key": company.key, "name": company.name},
        employee=_party(employee),
        manager=_party(manager),
        unit={"id": str(unit.id), "code": unit.code, "name": unit.name},
        cycle={"id": str(cycle.id), "code": cycle.code, "name": cycle.name},
        starts_on=cycle.starts_on,
        ends_on=cycle.ends_on,
        goals=[_bound(goal, targets) for goal in goals],
        template={"id": str(template.id), "key": template.key, "number": str(template.number), "checksum": template.checksum},
        issued_at=stamp.issued_at,
        verify_code=stamp.verify_code,
        predecessor=before,
        others={role.value: _party(person) for role, person in people.items()},
    )


async def _predecessor(
    employee_id: UUID, cycle_id: UUID, goal_ids: Sequence[UUID]
) -> tuple[Predecessor | None, Mapping[UUID, Decimal]]:
    """Return the letter that one over these goals takes the place of, and the targets that it bound."""
    rows = await fetch(
        "select l.number, l.created_at, b.goal_id, v.target from letter l "
        "join letter_goal b on b.tenant_id = l.tenant_id and b.letter_id = l.id "
        "join goal_version v on v.tenant_id = b.tenant_id and v.id = b.goal_version_id "
        "where l.id = (select l.id from letter l join letter_goal b on b.tenant_id = l.tenant_id and b.letter_id = l.id "
        f"where l.employee_id = $1 and l.cycle_id = $2 and l.superseded_by is null and not {ENDED.format('l')} "
        "and b.goal_id = any($3::uuid[]) "
        "order by l.created_at desc, l.id desc limit 1)",
        *(employee_id, cycle_id, list(goal_ids)),
    )
    if not rows:
        return None, {}
    return Predecessor(rows[0]["number"], rows[0]["created_at"]), {row["goal_id"]: row["target"] for row in rows}


def _party(person: Person) -> Party:
    return Party(id=person.id, number=person.number, name=person.name, position=person.position)


def _bound(goal: GoalRow, previous: Mapping[UUID, Decimal]) -> BoundGoal:
    return BoundGoal(
        id=goal.id,
        version_id=goal.version_id,
        version_number=goal.number,
        title=goal.title,
        metric=goal.metric,
        unit_of_measure=goal.unit_of_measure,
        target=goal.target,
        weight=goal.weight,
        months=goal.months,
        previous=previous.get(goal.id),
    )
