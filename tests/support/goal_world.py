"""A company with a random tree of units, people in it and goals of all sorts; and the same as plain facts."""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.ids import uuid7
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.goals_made import add_cycle
from support.matrix_oracle import Caller, Facts

_FACTS = """
select g.id, g.owner_id, g.unit_id, g.title, g.metric, g.unit_of_measure, g.state, g.version, g.current_number,
  v.target, v.weight, (select array_agg(c.ancestor_id) from org_unit_closure c where c.descendant_id = g.unit_id) as above
from goal g join goal_version v on v.tenant_id = g.tenant_id and v.goal_id = g.id and v.number = g.current_number order by g.id
"""


@dataclass
class GoalWorld:
    """The company, its people as signed in, and its goals as facts."""

    company: CompanyFixture
    people: list[Actor]
    callers: list[Caller] = field(default_factory=list)
    goals: list[Facts] = field(default_factory=list)


async def make_goal_world(source: Random, *, units: int = 20, people: int = 12, goals: int = 120) -> GoalWorld:
    """Make such a company; `source` decides about everything in it."""
    company = await make_company()
    made: list[UUID] = []
    for place in range(units):
        parent = source.choice(made) if made and source.random() < 0.95 else None
        made.append(await add_unit(company, f"U{place}", f"部门{place}", parent=parent))
    world = GoalWorld(company, [])
    for place in range(people):
        unit = source.choice(made)
        world.people.append(await add_person(company, f"P{place}", f"员工{place}", unit=unit))
        world.callers.append(Caller(world.people[-1].person_id or unit, unit))
    await _add_goals(source, world, made, goals)
    await read_facts(world)
    return world


async def read_facts(world: GoalWorld) -> None:
    """Read the goals anew."""
    async with tenant_transaction(world.company.system):
        world.goals = [_facts(row) for row in await fetch(_FACTS)]


def _facts(row: dict[str, Any]) -> Facts:
    names = {
        "title": row["title"],
        "metric": row["metric"],
        "unitOfMeasure": row["unit_of_measure"],
        "state": row["state"],
        "version": Decimal(str(row["version"])),
        "number": Decimal(str(row["current_number"])),
        "target": row["target"],
        "weight": row["weight"],
    }
    people = frozenset([row["owner_id"]] if row["owner_id"] else [])
    return Facts(row["id"], people, row["unit_id"], frozenset(row["above"]), names)


async def _add_goals(source: Random, world: GoalWorld, units: list[UUID], count: int) -> None:
    cycle, tenant = await add_cycle(world.company), world.company.tenant_id
    async with tenant_transaction(world.company.system):
        for _ in range(count):
            goal, number = uuid7(), source.randint(1, 2)
            owner = source.choice(world.people).person_id if source.random() < 0.7 else None
            await execute(
                "insert into goal (tenant_id, id, created_at, cycle_id, unit_id, owner_id, title, metric, unit_of_measure, "
                "state, current_number, version) values ($1, $2, now(), $3, $4, $5, $6, $7, '元', $8, $9, 1)",
                *(tenant, goal, cycle, source.choice(units), owner, source.choice("甲乙丙"), source.choice(["销售额", "回款"])),
                *(source.choice(["CONFIRMED", "PROPOSED"]), number),
            )
            for each in range(1, number + 1):
                await execute(
                    "insert into goal_version (tenant_id, id, created_at, goal_id, number, target, weight, months, derivation) "
                    "values ($1, $2, now(), $3, $4, $5, $6, to_jsonb(array_fill('1.00'::text, array[12])), '{}')",
                    *(
                        tenant,
                        uuid7(),
                        goal,
                        each,
                        Decimal(source.randint(0, 100000)) / 100,
                        Decimal(source.choice([10, 20, 40])),
                    ),
                )
