"""PostgreSQL marks the goals of a snapshot, Python the forecasts beside them: the same rule to the last cent (C69, D4)."""

import json
import random
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

import pytest

from plumb_platform.database import tenant_transaction
from plumb_tenants.goals.service import Said, check_in
from plumb_tenants.snapshots.deviations import deviation
from plumb_tenants.snapshots.service import snapshot_bytes, take_snapshot
from support.companies import add_person, add_unit, make_company
from support.goals_made import add_cycle, add_goals

CENT, LIMIT = Decimal("0.01"), Decimal("15.00")
LARGEST = Decimal("9999999999999.99")


def around(target: Decimal, chance: random.Random) -> list[Decimal]:
    """Return actuals that are the last within the limit and the first beyond, above or below, and one anywhere."""
    apart = (target * LIMIT / 100).quantize(CENT, rounding=ROUND_DOWN)
    way = chance.choice((1, -1))
    return [target + way * apart, target + way * (apart + CENT), Decimal(chance.randrange(0, 10**12)) * CENT]


@pytest.mark.usefixtures("database")
async def test_every_goal_is_marked_as_the_rule_says() -> None:
    company, chance = await make_company(), random.Random(15)
    unit, cycle = await add_unit(company, "GD", "广东"), await add_cycle(company)
    owner = await add_person(company, "E1", "张伟", unit=unit)
    targets = [Decimal(0), CENT, Decimal("0.07"), LARGEST, *(Decimal(chance.randrange(1, 10**12)) * CENT for _ in range(16))]
    planned: dict[UUID, tuple[Decimal, Decimal]] = {}
    for target in targets:
        made = await add_goals(company, cycle, [(unit, owner)] * 3, target=target)
        planned |= {goal: (target, actual) for goal, actual in zip(made, around(target, chance), strict=True)}
    async with tenant_transaction(owner):
        for goal, (_, actual) in planned.items():
            await check_in(owner, goal_id=goal, said=Said(value=actual))
    async with tenant_transaction(company.hr):
        taken = await take_snapshot(company.hr)
        rows = map(json.loads, (await snapshot_bytes(company.hr, taken.id)).splitlines())
    found = {UUID(row["goal_id"]): (row["mark"], row["deviation"]) for row in rows if "goal_id" in row}
    wanted = {goal: deviation(actual, target, red_percent=LIMIT) for goal, (target, actual) in planned.items()}
    told = {goal: (each.mark.value, None if each.percent is None else str(each.percent)) for goal, each in wanted.items()}
    assert found == told
    assert {mark for mark, _ in found.values()} == {"WITHIN", "RED", "UNDEFINED"}
