"""A company whose people have roles by every road and for every time, and a second way to say who has which on a day.

The second way reads no SQL: it walks assignments one by one.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import execute, tenant_transaction
from plumb_platform.ids import uuid7
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.office import membership_of, person_of

ROLES = ("r1", "r2", "r3", "r4")
GRADES, POSITIONS = ("P5", "P6", "P7"), ("销售代表", "经理", "总监")
AROUND = 6
"""Days before and after today on which roles begin and end."""
DAYS = [timedelta(days=each) for each in range(-AROUND - 1, 2 * AROUND + 1)]
"""From the day before the first of them begins to one after the last has ended."""

_GIVE = """
insert into role_assignment (tenant_id, id, created_at, role, person_id, unit_id, grade, position, starts_on, ends_on,
  delegated_by, revoked_at) values ($1, $2, now(), $3, $4, $5, $6, $7, $8, $9, $10, case when $11 then now() end)
"""


def begins(day: date) -> datetime:
    """Return the first instant of a day of the company."""
    return datetime.combine(day, time(), ZoneInfo("Asia/Shanghai")).astimezone(UTC)


@dataclass(frozen=True)
class Somebody:
    """An employee: where they stand, and the roles of their membership, which may have ended."""

    actor: Actor
    unit: UUID
    grade: str
    position: str
    here: bool
    member: bool


@dataclass(frozen=True)
class Given:
    """A role for whom it names, between two days."""

    role: str
    person: UUID | None
    unit: UUID | None
    grade: str | None
    position: str | None
    starts: date
    ends: date | None
    lender: UUID | None
    revoked: bool

    def holds(self, day: date) -> bool:
        return not self.revoked and self.starts <= day and (self.ends is None or day <= self.ends)


@dataclass(frozen=True)
class StandingWorld:
    """The company, its people, their roles, and the units above each unit with itself."""

    company: CompanyFixture
    people: tuple[Somebody, ...]
    given: tuple[Given, ...]
    above: dict[UUID, frozenset[UUID]]

    def own(self, who: Somebody, day: date) -> frozenset[str]:
        """Return the roles of a member's own on a day."""
        assigned = {each.role for each in self.given if each.lender is None and each.holds(day) and self.meets(each, who)}
        return who.actor.roles | (assigned if who.here else set())

    def roles(self, who: Somebody, day: date) -> frozenset[str]:
        """Return the roles that a member has on a day, those of others included that were delegated to them."""
        lent = {
            each.role
            for each in self.given
            if each.lender is not None and each.holds(day) and self.meets(each, who) and self.lends(each, day)
        }
        return self.own(who, day) | (lent if who.here else set())

    def lends(self, given: Given, day: date) -> bool:
        lenders = [each for each in self.people if each.actor.person_id == given.lender and each.member]
        return any(given.role in self.own(each, day) for each in lenders)

    def meets(self, given: Given, who: Somebody) -> bool:
        named = (given.person, who.actor.person_id), (given.grade, who.grade), (given.position, who.position)
        return any(wanted is not None and wanted == found for wanted, found in named) or given.unit in self.above[who.unit]


async def make_standing_world(source: Random, *, people: int = 12, given: int = 60) -> StandingWorld:
    """Make a company over a random tree of units."""
    company = await make_company()
    above: dict[UUID, frozenset[UUID]] = {}
    for number in range(7):
        parent = source.choice([*above, None])
        unit = await add_unit(company, f"U{number}", f"部门{number}", parent=parent)
        above[unit] = (above[parent] if parent else frozenset()) | {unit}
    found = tuple([await _somebody(company, source, list(above), number) for number in range(people)])
    ids = [person_of(each.actor) for each in found]
    roles = tuple(_given(source, ids, list(above)) for _ in range(given))
    async with tenant_transaction(company.system):
        for each in roles:
            whom = (each.person, each.unit, each.grade, each.position)
            days = (each.starts, each.ends, each.lender, each.revoked)
            await execute(_GIVE, company.tenant_id, uuid7(), each.role, *whom, *days)
    return StandingWorld(company, found, roles, above)


async def _somebody(company: CompanyFixture, source: Random, units: list[UUID], number: int) -> Somebody:
    held = ("employee", *source.sample(ROLES, source.choice([0, 1, 2])))
    actor = await add_person(company, f"E{number}", f"员工{number}", unit=source.choice(units), roles=held)
    unit, grade, position = source.choice(units), source.choice(GRADES), source.choice(POSITIONS)
    here, belongs = source.random() < 0.85, source.random() < 0.85
    async with tenant_transaction(company.system):
        await execute(
            "update person set unit_id = $2, grade = $3, position = $4, active = $5 where id = $1",
            *(person_of(actor), unit, grade, position, here),
        )
        await execute("update membership set active = $2 where id = $1", membership_of(actor), belongs)
    return Somebody(actor, unit, grade, position, here, belongs)


def _given(source: Random, people: list[UUID], units: list[UUID]) -> Given:
    first = today("Asia/Shanghai") + timedelta(days=source.randint(-AROUND, AROUND))
    last = first + timedelta(days=source.randint(0, 5))
    role, revoked = source.choice(ROLES), source.random() < 0.15
    if source.random() < 0.5:
        lender, person = source.sample(people, 2)
        return Given(role, person, None, None, None, first, last, lender, revoked)
    ends = None if source.random() < 0.3 else last
    road = source.choice(("person", "unit", "grade", "position"))
    return Given(
        role,
        source.choice(people) if road == "person" else None,
        source.choice(units) if road == "unit" else None,
        source.choice(GRADES[:2]) if road == "grade" else None,
        source.choice(POSITIONS[:2]) if road == "position" else None,
        *(first, ends, None, revoked),
    )
