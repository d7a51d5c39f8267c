"""A company with a unit above another and an employee in each."""

from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from support.companies import CompanyFixture, add_person, add_unit, make_company


@dataclass
class Office:
    """The company, its two units, and who works in each."""

    company: CompanyFixture
    above: UUID
    below: UUID
    chief: Actor
    clerk: Actor


async def make_office() -> Office:
    """Make a company of this kind."""
    company = await make_company()
    above = await add_unit(company, "HN", "华南")
    below = await add_unit(company, "GD", "广东", parent=above)
    chief = await add_person(company, "M1", "陈经理", unit=above)
    clerk = await add_person(company, "E1", "李代表", unit=below)
    return Office(company, above, below, chief, clerk)


def person_of(actor: Actor) -> UUID:
    """Return the employee whom a member stands for."""
    assert actor.person_id is not None
    return actor.person_id


def membership_of(actor: Actor) -> UUID:
    """Return the membership that an actor acts by."""
    assert actor.membership_id is not None
    return actor.membership_id
