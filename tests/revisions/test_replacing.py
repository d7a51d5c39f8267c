"""Metric and weights replaced: what was reached before is kept on the old metric, and never counts on the new one (C75)."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.goals.service import Said, check_in
from support.asking import Ask
from support.revisions_made import OCTOBER_18, Reset

HISTORY = """query ($goal: ID!) { revisions(where: {goalId: {eq: $goal}, state: {eq: APPROVED}}) { edges { node {
  goalId oldMetric oldTarget oldUnitOfMeasure oldWeight metric target unitOfMeasure weight actualBefore attainmentBefore
  tiltBefore tiltAfter goal { id number actual attainment weight } } } } }"""
WEIGHTS = '{ goals(where: {owner: {number: {eq: "M1"}}}, orderBy: [{field: TITLE}]) { edges { node { title weight } } } }'


async def say(actor: Actor, goal: UUID, value: str, day: date) -> None:
    async with tenant_transaction(actor):
        await check_in(actor, goal_id=goal, said=Said(value=Decimal(value), as_of=day))


async def test_what_was_reached_is_kept_on_the_old_metric_and_the_new_one_starts_from_nothing(reset: Reset, ask: Ask) -> None:
    bureau = reset.bureau

    with clock_at(OCTOBER_18):
        await say(bureau.sales, reset.parts[0], "12", date(2025, 9, 30))
        await say(bureau.colleague, reset.parts[1], "6", date(2025, 9, 30))
        approval = await reset.submit(revision_id := await reset.open())
    with clock_at(OCTOBER_18 + timedelta(hours=12)):
        await reset.approve(approval)
    with clock_at(OCTOBER_18 + timedelta(hours=13)):
        await reset.propagate(revision_id)
    goal = encode_id("Goal", reset.goal)
    (kept,) = await ask.nodes(bureau.manager, HISTORY, goal=goal)
    # 18 of 40 customers are 45 %; of 800,000 yuan nothing is known yet.
    assert kept == {
        "goalId": goal,
        "oldMetric": "新增客户数",
        "oldTarget": "40.00",
        "oldUnitOfMeasure": "家",
        "oldWeight": "70.00",
        "metric": "客户增购额",
        "target": "800000.00",
        "unitOfMeasure": "元",
        "weight": "60.00",
        "actualBefore": "18.00",
        "attainmentBefore": "45.00",
        "tiltBefore": "线索分配优先",
        "tiltAfter": "专属客户成功经理配置",
        "goal": {"id": goal, "number": 2, "actual": None, "attainment": None, "weight": "60.00"},
    }
    weights = await ask.nodes(bureau.manager, WEIGHTS)
    assert weights == [{"title": "拓新", "weight": "60.00"}, {"title": "续约", "weight": "40.00"}]
    with clock_at(OCTOBER_18 + timedelta(days=14)):
        await say(bureau.sales, reset.parts[0], "300000", date(2025, 11, 1))
        await say(bureau.colleague, reset.parts[1], "170000", date(2025, 11, 1))
    (kept,) = await ask.nodes(bureau.manager, HISTORY, goal=goal)
    # 470,000 of 800,000 within two weeks; what stood before stays as it was.
    assert (kept["goal"]["actual"], kept["goal"]["attainment"]) == ("470000.00", "58.75")
    assert (kept["actualBefore"], kept["attainmentBefore"]) == ("18.00", "45.00")
