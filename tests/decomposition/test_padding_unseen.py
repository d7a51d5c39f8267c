"""Who is below cannot infer a padding from any query: two companies that differ in it alone answer everything alike (A6)."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import execute, tenant_transaction
from plumb_platform.permissions import DEFAULT_ROLES, Role
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from plumb_schema.ground.permission import need_of
from support.filled_company import IDS
from support.goals_made import add_goals
from support.minimal_inputs import minimal_arguments, type_named
from support.product_schema import product_schema
from support.schema_walk import RootField, root_fields
from support.south import PEOPLE_BODY, South, make_south, published_template

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
QUERIES = {field.name: field for field in root_fields(product_schema()) if field.kind == "query"}
AMOUNTS = re.compile(r"\b(target|share|total|derivation|average)\b")
THERE = {"Goal", "Plan", "PlanNode", "OrgUnit", "Cycle", "Person", "DefinitionVersion"}


def is_telling(field: RootField) -> bool:
    """Return whether an employee may ask a field of what is there and is answered amounts, shares, or where one is from."""
    one = (type_named(f"{field.place}(id:)") or "").split(".")[0] if "id" in field.field.args else "Goal"
    return need_of(field.field) in DEFAULT_ROLES[Role.EMPLOYEE] and one in THERE and bool(AMOUNTS.search(field.document({})))


OWN = re.compile(r'[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+Z|(?<=ursor":")[^"]+|(?<="key":"c-)\w+')
"""What differs between any two companies: ids, moments of their making, signed cursors, the company's key."""


async def padded(total: str, percent: str) -> tuple[South, dict[str, str]]:
    """Split a parent's target over three people with a padding, and return the company with ids of all kinds."""
    south = await make_south()
    template = await published_template(south.company, "padded", PEOPLE_BODY | {"padding_max_percent": "10"})
    owners = [(south.provinces[0], south.guangdong_manager)]
    (parent,) = await add_goals(south.company, south.cycle, owners, target=Decimal(total))
    people = [person.person_id for person in south.representatives]
    asked: dict[str, Any] = {"template_version_id": template, "unit_id": south.provinces[0], "inputs": {}, "total": None}
    asked |= {"participants": people, "padding_percent": Decimal(percent), "parent_goal_id": parent}
    async with tenant_transaction(south.company.system):
        await execute("update goal set owner_id = null where id = $1", parent)
    plan, nodes = await south.plan(**asked)
    await south.publish(plan)
    async with tenant_transaction(south.company.system):
        (goal,) = await execute("select id from goal where owner_id = $1", people[0])
    known = {"Goal": goal["id"], "Plan": plan.id, "PlanNode": nodes[0].id, "OrgUnit": south.provinces[0], "Cycle": south.cycle}
    known |= {"Person": people[0], "DefinitionVersion": template}
    return south, {kind: encode_id(kind.split(".")[0], known.get(kind.split(".")[0], UUID(int=1))) for kind in IDS}


async def answered(engine: Engine, ground: Ground, actor: Actor, ids: dict[str, str], field: RootField) -> str:
    """Return what a question answers, with what is any company's own taken out."""
    variables = minimal_arguments(field, ids)
    context = Context(ground=ground, actor=actor, request_id="test-request", locale="en")
    body = (await engine.answer(Operation(field.document(variables), variables), context)).body
    return OWN.sub("*", orjson.dumps(body).decode())


async def test_paddings_of_5_and_8_percent_over_equal_parts_are_told_apart_by_nobody_below(
    product_engine: Engine, ground: Ground
) -> None:
    with clock_at(NOON):
        # 3,600 and 5 % are 3,780, and so are 3,500 and 8 %: 1,260.00 for each of three.
        worlds = [await padded("3600.00", "5.00"), await padded("3500.00", "8.00")]
        asked = [field for field in QUERIES.values() if is_telling(field)]
        assert {"goals", "goal", "explain", "goalTransparency", "goalMonths", "planWeeks"} <= {field.name for field in asked}
        for field in asked:
            told = [await answered(product_engine, ground, world.representatives[0], ids, field) for world, ids in worlds]
            assert told[0] == told[1], field.name
        above = [await answered(product_engine, ground, south.company.hr, ids, QUERIES["reconcile"]) for south, ids in worlds]
    assert ["3600.00" in each for each in above] == [True, False], "those above are told"
