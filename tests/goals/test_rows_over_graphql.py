"""Rows A11, A13 and A14 as a front end meets them: money of two currencies, windows of locks, and a cadence of check-ins."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.goals.service import remind_check_ins
from support.asking import Ask
from support.team import Team

P = "... on Problem { code message field }"
STANDS = """query ($ids: [ID!]!, $at: Date) { it: goalProgress(goalIds: $ids, at: $at) {
  actual attainment undefined reported confidence rates { base quote day rate } } }"""
INBOX = '{ it: messages(where: {kind: {eq: "goal.check_in_due"}}) { edges { node { zh en readAt } } } }'
AUDIT = """{ it: auditEntries(first: 20, where: {action: {startsWith: "lock."}}) { edges { node { action after } } } }"""
LOCKS = "{ it: goalLocks { edges { node { covers reason liftedAt } } } }"


@dataclass
class Desk:
    """A team asked over the API."""

    team: Team
    ask: Ask

    async def does(self, name: str, shown: str, /, *, by: Actor | None = None, at: str | None = None, **given: Any) -> Any:
        """Change something as HR or somebody else, on 30 June or another day at noon in Shanghai."""
        asks = replace(self.ask, at=noon(at)) if at else self.ask
        document = (
            f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ it: {name}(input: $input) {{ ... on {shown} {P} }} }}"
        )
        return await asks(by or self.team.company.hr, document, input=given)

    async def publish(self, kind: str, body: Mapping[str, Any], key: str = "default") -> None:
        """Draft a definition and publish it on New Year's Day."""
        shown = "DefinitionVersion { id version }"
        made = await self.does("createDefinition", shown, at="2026-01-01", key=key, name=key, body={kind: body})
        done = await self.does("publishVersion", "DefinitionVersion { state }", at="2026-01-01", **made)
        assert done == {"state": "PUBLISHED"}

    async def goal(self, **given: Any) -> str:
        """Make and propose a goal of the team's owner."""
        owner = self.team.owner.person_id
        assert owner is not None
        placed = {"cycleId": encode_id("Cycle", self.team.cycle), "unitId": encode_id("OrgUnit", self.team.unit)}
        asked = {"kind": "KPI", "ownerId": encode_id("Person", owner)} | placed | given
        made = await self.does("createGoal", "Goal { id version }", **asked)
        assert "id" in made, made
        await self.does("proposeGoal", "Goal { state }", goalId=made["id"], version=made["version"])
        return str(made["id"])

    async def say(self, goal: str, value: str, day: str | None = None, **more: Any) -> Any:
        """Check in as the owner."""
        given = {"goalId": goal, "value": value} | ({"asOf": day} if day else {}) | more
        return await self.does("checkIn", "CheckIn { value confidence }", by=self.team.owner, **given)

    async def stands(self, goal: str, at: str | None = None) -> Any:
        (found,) = await self.ask(self.team.manager, STANDS, ids=[goal], at=at)
        return found


def noon(day: str) -> datetime:
    """Return noon in Shanghai of a day."""
    return datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC)


@pytest.fixture
def desk(team: Team, ask: Ask) -> Desk:
    return Desk(team, ask)


def rate(first: str, last: str | None, value: str) -> dict[str, Any]:
    return {"base": "USD", "quote": "CNY", "startsOn": first, "endsOn": last, "rate": value}


async def test_dollars_are_converted_by_the_rate_of_their_day_and_yuan_stay(desk: Desk) -> None:
    """290.00 yuan and 100.00 dollars at 7.10 are 1,000.00 yuan; at 7.00 on the day after, 990.00; later there is no rate."""
    rates = [rate("2026-01-01", "2026-03-31", "7.10"), rate("2026-04-01", "2026-05-31", "7.00")]
    await desk.publish("rates", {"rates": rates})
    money = {"metric": "签约额", "target": "1000.00"}
    whole = await desk.goal(title="全部", unitOfMeasure="元", rollUp="SUM", **money)
    yuan = await desk.goal(title="国内", unitOfMeasure="CNY", parentId=whole, **money)
    dollars = await desk.goal(title="海外", unitOfMeasure="USD", parentId=whole, **money)
    await desk.say(yuan, "290.00", "2026-02-01")
    seen = []
    for day in ("2026-03-31", "2026-04-01", "2026-06-01"):
        assert (await desk.say(dollars, "100.00", day))["value"] == "100.00"
        stands = await desk.stands(whole)
        (used,) = [each for each in stands["rates"] if each["base"] == "USD"]
        assert (used["quote"], used["day"]) == ("CNY", day)
        seen.append((stands["actual"], stands["attainment"], stands["undefined"], used["rate"]))
    assert seen == [
        ("1000.00", "100.00", None, "7.10"),
        ("990.00", "99.00", None, "7.00"),
        (None, None, "RATE_MISSING", None),
    ]
    assert (await desk.stands(whole, at="2026-05-31"))["actual"] == "990.00"


async def test_yuan_and_visits_meet_in_their_scores_and_never_in_a_sum(desk: Desk) -> None:
    """60 % of weight 40 and 120 % of weight 60 make 96 %."""
    money: dict[str, Any] = {"metric": "签约额", "unitOfMeasure": "元", "target": "1000.00"}
    visits: dict[str, Any] = {"metric": "拜访", "unitOfMeasure": "次", "target": "10"}
    summed = await desk.goal(title="合计", rollUp="SUM", **money)
    asked: dict[str, Any] = {"cycleId": encode_id("Cycle", desk.team.cycle), "kind": "KPI"}
    asked["unitId"] = encode_id("OrgUnit", desk.team.unit)
    refused = await desk.does("createGoal", "Goal { id }", **asked, title="拜访", parentId=summed, **visits)
    assert (refused["code"], refused["field"]) == ("PART_UNIT_DIFFERS", "unitOfMeasure")
    whole = await desk.goal(title="全部", rollUp="WEIGHTED", **money)
    signed = await desk.goal(title="签约", parentId=whole, weight="40", **money)
    visited = await desk.goal(title="拜访", parentId=whole, weight="60", **visits)
    await desk.say(signed, "600.00")
    await desk.say(visited, "12")
    stands = await desk.stands(whole)
    assert (stands["actual"], stands["attainment"], stands["reported"], stands["rates"]) == (None, "96.00", "100.00", [])


async def test_a_lock_holds_from_its_first_moment_to_its_last_and_is_listed_with_who_went_past_it(desk: Desk) -> None:
    goal = encode_id("Goal", desk.team.goal)
    window: dict[str, Any] = {"startsAt": "2026-07-01T00:00:00Z", "endsAt": "2026-07-03T00:00:00Z"}
    where: dict[str, Any] = {"cycleId": encode_id("Cycle", desk.team.cycle), "covers": "PROGRESS", "reason": "季度考核结算"}
    assert (await desk.does("lockGoals", "GoalLock { id }", **where, **window)).keys() == {"id"}
    for at, code in (("2026-06-30", None), ("2026-07-01", "GOALS_LOCKED"), ("2026-07-02", "GOALS_LOCKED"), ("2026-07-03", None)):
        said = await desk.does("checkIn", "CheckIn { value }", by=desk.team.owner, at=at, goalId=goal, value="1")
        assert said.get("code") == code, at
    late: dict[str, Any] = {"goalId": goal, "value": "2", "bypass": "补录六月数据"}
    assert (await desk.does("checkIn", "CheckIn { value }", by=desk.team.owner, at="2026-07-02", **late))["code"] == "FORBIDDEN"
    passed = await desk.does("checkIn", "CheckIn { value }", by=desk.team.company.admin, at="2026-07-02", **late)
    assert passed == {"value": "2.00"}
    entries = await desk.ask.nodes(desk.team.company.admin, AUDIT)
    assert sorted(each["action"] for each in entries) == ["lock.bypass", "lock.set"]
    (past,) = [each["after"] for each in entries if each["action"] == "lock.bypass"]
    assert (past["reason"], past["locked_because"], past["covers"]) == ("补录六月数据", "季度考核结算", "PROGRESS")
    assert await desk.ask.nodes(desk.team.company.hr, LOCKS) == [
        {"covers": "PROGRESS", "reason": "季度考核结算", "liftedAt": None}
    ]


async def test_a_unit_s_cadence_reminds_its_owners_until_they_say_how_it_stands_and_how_sure_they_are(desk: Desk) -> None:
    """Every three days in 华南 in the place of the company's thirty; the confidence is from 0 to 10."""
    await desk.publish("goalRules", {"cadenceDays": 30, "cadences": [{"unit": "HN", "days": 3}]})
    goal = await desk.goal(title="拜访量", metric="拜访", unitOfMeasure="次", target="100")
    company = desk.team.company

    async def reminded(day: str) -> list[str]:
        with clock_at(noon(day)):
            async with tenant_transaction(company.system):
                await remind_check_ins(company.system)
        inbox = await replace(desk.ask, at=noon(day)).nodes(desk.team.owner, INBOX)
        return [each["zh"] for each in inbox if "拜访量" in each["zh"]]

    told = "目标“拜访量”已有 3 天未更新进度，请更新。"
    assert await reminded("2026-07-02") == []
    assert await reminded("2026-07-03") == [told]
    assert await reminded("2026-07-04") == [told], "once a term"
    said = await desk.does(
        "checkIn", "CheckIn { confidence }", by=desk.team.owner, at="2026-07-04", goalId=goal, value="40", confidence=7
    )
    assert said == {"confidence": 7}
    assert await reminded("2026-07-06") == [told], "what was done is not asked for"
    assert (await desk.stands(goal, at="2026-07-06"))["confidence"] == 7
    assert await reminded("2026-07-07") == [told, told]
    for wrong in (-1, 11):
        refused = await desk.does("checkIn", "CheckIn { value }", by=desk.team.owner, goalId=goal, value="1", confidence=wrong)
        assert (refused["code"], refused["field"]) == ("CONFIDENCE_INVALID", "confidence")
    await desk.does("checkIn", "CheckIn { value }", by=desk.team.owner, at="2026-07-08", goalId=goal, value="100")
    assert Decimal((await desk.stands(goal, at="2026-07-08"))["attainment"]) == Decimal(100)
    assert await reminded("2026-08-30") == [told, told], "what is met needs no word"
