"""What an outside delay takes out of a month's target, or puts off to a later one (C97)."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import execute, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.goals.service import revise_goal
from support.asking import Ask
from support.goals_made import add_goals
from support.metrics_made import publish_body
from support.team import Team

P = "... on Problem { code message field }"
REQUEST = f"""mutation ($input: RequestExclusionInput!) {{ it: requestExclusion(input: $input) {{ {P}
  ... on GoalExclusion {{ id state amount month movedTo version }} }} }}"""
DECIDE = f"""mutation ($input: DecideExclusionInput!) {{ it: decideExclusion(input: $input) {{ {P}
  ... on GoalExclusion {{ state note version goal {{ attainment excluded }} }} }} }}"""
MONTHS = """query ($id: ID!) { it: goalMonths(goalId: $id) { month target excluded movedIn denominator actual attainment
  undefined } }"""
SAY = "mutation ($input: CheckInInput!) { it: checkIn(input: $input) { ... on CheckIn { value } } }"
THEN = """query ($id: ID!) { it: goalProgress(goalIds: [$id], at: "2026-06-29") { attainment excluded } }"""
GOAL = "query ($id: ID!) { it: goal(id: $id) { target actual attainment excluded } }"


def asked(team: Team, **changes: Any) -> dict[str, Any]:
    given = {"goalId": encode_id("Goal", team.goal), "month": "2026-06-01", "amount": "40000.00", "reason": "客户审批延迟"}
    return given | changes


async def say(ask: Ask, actor: Actor, team: Team, value: str, day: str) -> None:
    assert "value" in await ask(actor, SAY, input={"goalId": encode_id("Goal", team.goal), "value": value, "asOf": day})


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"goalId": encode_id("Goal", uuid4())}, "NOT_FOUND", "goalId"),
    ({"month": "2026-06-02"}, "EXCLUSION_MONTH_INVALID", "month"),
    ({"month": "2027-01-01"}, "EXCLUSION_MONTH_INVALID", "month"),
    ({"movedTo": "2026-06-01"}, "EXCLUSION_MONTH_INVALID", "movedTo"),
    ({"movedTo": "2027-01-01"}, "EXCLUSION_MONTH_INVALID", "movedTo"),
    ({"amount": "0"}, "EXCLUSION_TOO_LARGE", "amount"),
    ({"amount": "-1"}, "EXCLUSION_TOO_LARGE", "amount"),
    ({"amount": "100000.01"}, "EXCLUSION_TOO_LARGE", "amount"),
    ({"amount": "0.001"}, "AMOUNT_INVALID", "amount"),
    ({"reason": " "}, "EXCLUSION_REASON_MISSING", "reason"),
]


async def test_what_is_wrong_is_refused(team: Team, ask: Ask) -> None:
    for changes, code, field in WRONG:
        refused = await ask(team.owner, REQUEST, input=asked(team, **changes))
        assert (refused["code"], refused["field"]) == (code, field), changes
    assert (await ask(team.company.auditor, REQUEST, input=asked(team)))["code"] == "FORBIDDEN"


async def test_only_what_adds_up_over_months_loses_a_part(team: Team, ask: Ask) -> None:
    async with tenant_transaction(team.company.system):
        await execute("update goal set aim = 'MAINTAIN'")
    assert (await ask(team.owner, REQUEST, input=asked(team)))["code"] == "EXCLUSION_NOT_SUMMED"


async def test_nobody_decides_about_their_own_and_a_decision_is_final(team: Team, ask: Ask) -> None:
    mine = await ask(team.owner, REQUEST, input=asked(team))
    theirs = await ask(team.manager, REQUEST, input=asked(team, amount="60000.01"))
    assert theirs["code"] == "EXCLUSION_TOO_LARGE", "what was asked for is taken already"
    theirs = await ask(team.manager, REQUEST, input=asked(team, amount="60000.00"))
    decide = {"version": 1, "approve": True, "note": "属实"}
    for actor, exclusion, changes, code in (
        (team.owner, mine, {}, "FORBIDDEN"),
        (team.manager, theirs, {}, "EXCLUSION_OWN"),
        (team.manager, mine, {"version": 2}, "CONFLICT"),
        (team.manager, mine, {"note": ""}, "EXCLUSION_REASON_MISSING"),
        (team.manager, {"id": encode_id("GoalExclusion", uuid4())}, {}, "NOT_FOUND"),
    ):
        assert (await ask(actor, DECIDE, input={"exclusionId": exclusion["id"], **decide, **changes}))["code"] == code
    no = await ask(team.manager, DECIDE, input={"exclusionId": mine["id"], **decide, "approve": False})
    assert (no["state"], no["version"], no["goal"]["excluded"]) == ("REJECTED", 2, "0.00")
    late = await ask(team.company.hr, DECIDE, input={"exclusionId": mine["id"], **decide, "version": 2})
    assert late["code"] == "EXCLUSION_DECIDED"


async def test_an_approved_exclusion_leaves_the_denominator_and_is_seen_in_the_score(team: Team, ask: Ask) -> None:
    goal = encode_id("Goal", team.goal)
    await say(ask, team.owner, team, "500000.00", "2026-05-31")
    await say(ask, team.owner, team, "554000.00", "2026-06-29")
    before = (await ask(team.owner, MONTHS, id=goal))[5]
    assert (before["denominator"], before["actual"], before["attainment"]) == ("100000.00", "54000.00", "54.00")
    made = await ask(team.owner, REQUEST, input=asked(team))
    assert (await ask(team.owner, MONTHS, id=goal))[5] == before, "nothing counts before it is approved"
    approved = await ask(team.manager, DECIDE, input={"exclusionId": made["id"], "version": 1, "approve": True, "note": "属实"})
    assert approved["goal"] == {"attainment": "47.76", "excluded": "40000.00"}
    months = await ask(team.owner, MONTHS, id=goal)
    assert months[5] == {
        "month": "2026-06-01",
        "target": "100000.00",
        "excluded": "40000.00",
        "movedIn": "0.00",
        "denominator": "60000.00",
        "actual": "54000.00",
        "attainment": "90.00",
        "undefined": None,
    }
    assert (months[4]["actual"], months[6]["actual"], months[6]["attainment"]) == ("500000.00", None, None)
    (other,) = [encode_id("Goal", each) for each in await add_goals(team.company, team.cycle, [(team.unit, team.owner)])]
    assert "value" in await ask(team.owner, SAY, input={"goalId": other, "value": "600000.00", "asOf": "2026-06-29"})
    stands = {"target": "1200000.00", "actual": "600000.00", "attainment": "50.00", "excluded": "0.00"}
    assert await ask(team.owner, GOAL, id=other) == stands, "what one goal is excused from is no other's"
    assert {(each["excluded"], each["movedIn"]) for each in await ask(team.owner, MONTHS, id=other)} == {("0.00", "0.00")}
    assert await ask(team.owner, THEN, id=other) == [{"attainment": "50.00", "excluded": "0.00"}]


async def test_what_is_put_off_leaves_the_total_as_it_was(team: Team, ask: Ask) -> None:
    goal = encode_id("Goal", team.goal)
    await say(ask, team.owner, team, "600000.00", "2026-06-29")
    made = await ask(team.owner, REQUEST, input=asked(team, amount="100000.00", movedTo="2026-07-01"))
    await ask(team.manager, DECIDE, input={"exclusionId": made["id"], "version": 1, "approve": True, "note": "属实"})
    assert await ask(team.owner, GOAL, id=goal) == {
        "target": "1200000.00",
        "actual": "600000.00",
        "attainment": "50.00",
        "excluded": "0.00",
    }
    months = await ask(team.owner, MONTHS, id=goal)
    june, july = months[5], months[6]
    assert (june["denominator"], june["undefined"], july["movedIn"], july["denominator"]) == (
        "0.00",
        "TARGET_ZERO",
        "100000.00",
        "200000.00",
    )
    assert sum(float(month["denominator"]) for month in months) == 1200000
    again = await ask(team.owner, REQUEST, input=asked(team, month="2026-07-01", amount="200000.00"))
    assert again["state"] == "REQUESTED", "what was moved in can be put off in turn"


async def test_a_target_revised_below_what_was_excluded_leaves_nothing_to_attain(team: Team, ask: Ask) -> None:
    await say(ask, team.owner, team, "5000.00", "2026-06-29")
    made = await ask(team.owner, REQUEST, input=asked(team))
    await ask(team.manager, DECIDE, input={"exclusionId": made["id"], "version": 1, "approve": True, "note": "属实"})
    async with tenant_transaction(team.company.hr):
        await revise_goal(team.company.hr, goal_id=team.goal, version=2, target=Decimal("12000.00"), reason="市场变化")
    goal = encode_id("Goal", team.goal)
    found = await ask(team.owner, GOAL, id=goal)
    assert (found["actual"], found["attainment"], found["excluded"]) == ("5000.00", None, "40000.00")
    june = (await ask(team.owner, MONTHS, id=goal))[5]
    assert (june["target"], june["denominator"], june["undefined"]) == ("1000.00", "0.00", "TARGET_ZERO")


async def test_a_sum_loses_what_its_parts_lost(team: Team, ask: Ask) -> None:
    (whole,) = await add_goals(team.company, team.cycle, [(team.unit, team.manager)], title="合计")
    async with tenant_transaction(team.company.system):
        await execute("update goal set parent_id = $1 where id = $2", whole, team.goal)
    await say(ask, team.owner, team, "580000.00", "2026-06-29")
    made = await ask(team.owner, REQUEST, input=asked(team))
    await ask(team.company.hr, DECIDE, input={"exclusionId": made["id"], "version": 1, "approve": True, "note": "属实"})
    found = await ask(team.company.hr, GOAL, id=encode_id("Goal", whole))
    assert (found["attainment"], found["excluded"]) == ("50.00", "40000.00")


async def test_an_exclusion_that_absurd_rates_make_too_wide_is_refused_and_nothing_changes(team: Team, ask: Ask) -> None:
    """9,000,000 dollars at 9,999,999,999 each are 9 x 10^16, and an amount is below 10^16."""
    with clock_at(datetime(2026, 1, 1, 4, 0, tzinfo=UTC)):
        rate = {"base": "USD", "quote": "CNY", "starts_on": "2026-01-01", "rate": "9999999999"}
        await publish_body(team.company.hr, "rates", "default", {"rates": [rate]})
    (whole,) = await add_goals(team.company, team.cycle, [(team.unit, team.manager)], title="合计")
    async with tenant_transaction(team.company.system):
        await execute("update goal set parent_id = $1, unit_of_measure = 'USD' where id = $2", whole, team.goal)
        months = orjson.dumps(["10000000.00"] * 12).decode()
        await execute("update goal_version set target = target * 100, months = $2 where goal_id = $1", team.goal, months)
    await say(ask, team.owner, team, "5.00", "2026-06-29")
    made = await ask(team.owner, REQUEST, input=asked(team, amount="9000000.00"))
    decide = {"exclusionId": made["id"], "version": 1, "approve": True, "note": "属实"}
    refused = await ask(team.company.hr, DECIDE, input=decide)
    assert (refused["code"], refused["field"]) == ("EXCLUSION_OUT_OF_RANGE", "exclusionId")
    assert (await ask(team.company.hr, GOAL, id=encode_id("Goal", whole)))["excluded"] == "0.00"
    assert (await ask(team.company.hr, DECIDE, input=decide | {"approve": False}))["state"] == "REJECTED", "it can be rejected"
