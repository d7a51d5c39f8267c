"""A company with a unit, its manager, two employees, a cycle and a proposed goal, made fresh for each test."""

from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.goals_made import add_cycle, add_goals


@dataclass
class Team:
    """A unit with its people; `goal` belongs to `owner` and waits for their word."""

    company: CompanyFixture
    unit: UUID
    manager: Actor
    owner: Actor
    colleague: Actor
    cycle: UUID
    goal: UUID


async def make_team() -> Team:
    """Make a company of this kind."""
    company = await make_company()
    unit = await add_unit(company, "HN", "华南")
    manager = await add_person(company, "M1", "陈经理", unit=unit, roles=("employee", "manager"))
    owner = await add_person(company, "E1", "李代表", unit=unit, manager=manager)
    colleague = await add_person(company, "E2", "王代表", unit=unit, manager=manager)
    cycle = await add_cycle(company)
    (goal,) = await add_goals(company, cycle, [(unit, owner)], confirmed=False)
    return Team(company, unit, manager, owner, colleague, cycle, goal)
