"""Quotas, what is to be reduced, roll-up by the company's own formula, levels and curve over GraphQL (A10, C29, C49, C53, D3)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.filled_company import fingerprint
from support.team import Team

P = "... on Problem { code message field }"
STANDS = """query ($ids: [ID!]!, $at: Date) { it: goalProgress(goalIds: $ids, at: $at) {
  actual expected attainment expectedAttainment lag lagging met undefined reported } }"""
KINDS = """{ it: goals(first: 50, orderBy: [{field: TITLE}], where: {kind: {in: [QUOTA, KPI]},
  unitOfMeasure: {in: ["分", "次", "万元"]}}) { edges { node { title kind aim } } } }"""
VERSION = "DefinitionVersion { id version lint { code message path } }"


@dataclass
class Desk:
    """A team asked over the API on 30 June 2026."""

    team: Team
    ask: Ask

    async def does(self, name: str, shown: str, /, *, at: datetime | None = None, **given: Any) -> Any:
        asks = replace(self.ask, at=at) if at else self.ask
        document = (
            f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ it: {name}(input: $input) {{ ... on {shown} {P} }} }}"
        )
        return await asks(self.team.company.hr, document, input=given)

    async def rules(self, *, found: Sequence[tuple[str, str]] = (), **body: Any) -> None:
        """Publish goal rules that hold from New Year's Day, unless lint finds what is told."""
        day = datetime(2026, 1, 1, 4, tzinfo=UTC)
        made = await self.does("createDefinition", VERSION, at=day, key="default", name="目标规则", body={"goalRules": body})
        assert [(each["code"], each["path"]) for each in made.pop("lint")] == list(found)
        done = await self.does("publishVersion", VERSION, at=day, **made)
        assert done.get("code") == (found[0][0] if found else None)

    def given(self, **changes: Any) -> dict[str, Any]:
        owner = self.team.owner.person_id
        assert owner is not None
        placed = {"cycleId": encode_id("Cycle", self.team.cycle), "unitId": encode_id("OrgUnit", self.team.unit)}
        numbers = {"metric": "投诉", "unitOfMeasure": "次", "target": "8"}
        return {"kind": "KPI", "title": "投诉", "ownerId": encode_id("Person", owner)} | numbers | placed | changes

    async def goal(self, **changes: Any) -> str:
        made = await self.does("createGoal", "Goal { id version }", **self.given(**changes))
        assert "id" in made, made
        await self.does("proposeGoal", "Goal { state }", goalId=made["id"], version=made["version"])
        return str(made["id"])

    async def refused(self, **changes: Any) -> tuple[Any, ...]:
        before = await fingerprint(self.team.company)
        found = await self.does("createGoal", "Goal { id }", **self.given(**changes))
        assert await fingerprint(self.team.company) == before
        return found["code"], found["field"]

    async def stands(self, goal: str, *, said: str = "", at: str | None = None) -> dict[str, Any]:
        """Say how a goal stands, if anything is said, and return where it does."""
        if said:
            assert "value" in await self.does("checkIn", "CheckIn { value }", goalId=goal, value=said)
        (found,) = await self.ask(self.team.manager, STANDS, ids=[goal], at=at)
        return dict(found)


@pytest.fixture
def desk(team: Team, ask: Ask) -> Desk:
    return Desk(team, ask)


async def test_what_is_to_be_reduced_is_followed_from_its_baseline_past_its_target_and_the_wrong_way(desk: Desk) -> None:
    """From 12 complaints to 8: 9 is 75 %, 7 is 125 % and met, 13 is -25 %."""
    for wrong in ("8", "5", None):
        assert await desk.refused(aim="REDUCE", baseline=wrong) == ("BASELINE_INVALID", "baseline")
    goal = await desk.goal(aim="REDUCE", baseline="12")
    for value, attainment, met in (("9", "75.00", False), ("8", "100.00", True), ("7", "125.00", True), ("13", "-25.00", False)):
        found = await desk.stands(goal, said=value)
        assert (found["attainment"], found["met"]) == (attainment, met)
    whole = await desk.stands(goal)
    assert (whole["expected"], whole["expectedAttainment"]) == ("10.06", "48.39"), "120 of the year's 248 working days"


async def test_quotas_and_indicators_stand_beside_each_other_and_a_reducing_part_rolls_up_by_its_attainment(desk: Desk) -> None:
    whole = await desk.goal(title="合计", kind="QUOTA", rollUp="WEIGHTED", target="100", unitOfMeasure="分", metric="得分")
    quota = await desk.goal(
        title="签约", kind="QUOTA", parentId=whole, weight="60", target="1000.00", unitOfMeasure="万元", metric="签约额"
    )
    fewer = await desk.goal(title="投诉", aim="REDUCE", baseline="12", parentId=whole, weight="40")
    kept = await desk.ask(desk.team.manager, KINDS)
    assert [(edge["node"]["title"], edge["node"]["kind"], edge["node"]["aim"]) for edge in kept["edges"]] == [
        ("合计", "QUOTA", "REACH"),
        ("投诉", "KPI", "REDUCE"),
        ("签约", "QUOTA", "REACH"),
    ]
    await desk.stands(quota, said="1300.00")
    await desk.stands(fewer, said="9")
    # 60 % x 130 + 40 % x 75, uncapped.
    assert (await desk.stands(whole))["attainment"] == "108.00"


async def test_parts_roll_up_by_the_formula_that_the_company_published(desk: Desk) -> None:
    """0.7 x 88 + 0.3 x 60: the weighted mean of 100 and 60 by 70 and 30, and the lowest."""
    await desk.rules(rollUpFormula="0.7 * weighted + 0.3 * lowest")
    whole = await desk.goal(title="合计", rollUp="FORMULA", target="200")
    parts = [await desk.goal(title=f"下级{weight}", parentId=whole, weight=weight, target="100") for weight in ("70", "30")]
    assert (await desk.stands(whole))["attainment"] is None
    for part, value in zip(parts, ("100", "60"), strict=True):
        await desk.stands(part, said=value)
    assert (await desk.stands(whole))["attainment"] == "79.60"
    await desk.stands(parts[0], said="260")
    # 0.7 x 200 + 0.3 x 60: what is over its target stays over it.
    assert (await desk.stands(whole))["attainment"] == "158.00"


async def test_a_formula_without_a_result_says_so_and_one_that_is_none_is_not_published(desk: Desk) -> None:
    await desk.rules(rollUpFormula="weighted / (parts - 1)")
    whole = await desk.goal(title="合计", rollUp="FORMULA", target="200")
    part = await desk.goal(title="下级", parentId=whole, target="100")
    await desk.stands(part, said="50")
    found = await desk.stands(whole)
    assert (found["attainment"], found["undefined"]) == (None, "FORMULA_UNDEFINED")


async def test_a_formula_that_is_no_number_is_not_published(desk: Desk) -> None:
    await desk.rules(rollUpFormula="weighted > 50", found=[("ROLL_UP_NOT_NUMBER", "rollUpFormula")])


async def test_levels_are_those_of_the_company_s_rules(desk: Desk) -> None:
    await desk.rules(levels=[{"key": "vision", "name": "愿景"}, {"key": "act", "name": "行动", "under": "vision"}])
    assert await desk.refused(level="tactic") == ("LEVEL_UNKNOWN", "level")
    assert await desk.refused(level="act") == ("LEVEL_PARENT_WRONG", "parentId")
    loose = await desk.goal(title="无层级", rollUp="WEIGHTED")
    assert await desk.refused(level="act", parentId=loose) == ("LEVEL_PARENT_WRONG", "parentId")
    vision = await desk.goal(title="愿景", level="vision", rollUp="WEIGHTED")
    await desk.goal(level="act", parentId=vision)


async def test_a_curve_of_months_expects_what_they_say_and_more_than_fifteen_points_behind_it_lags(desk: Desk) -> None:
    """Ten of a hundred in each of ten months: 60.0 is expected by the end of June; 45.0 does not lag, 44.9 does."""
    await desk.rules(curve="MONTHLY")
    goal = await desk.goal(target="100", months=["10.00"] * 10 + ["0.00"] * 2)
    found = await desk.stands(goal, said="45.0")
    assert (found["expected"], found["expectedAttainment"], found["lag"], found["lagging"]) == ("60.00", "60.00", "15.00", False)
    found = await desk.stands(goal, said="44.9")
    assert (found["attainment"], found["lag"], found["lagging"]) == ("44.90", "15.10", True)
    assert (await desk.stands(goal, at="2026-05-31"))["expected"] == "50.00"
    assert (await desk.stands(goal, at="2026-12-31"))["expected"] == "100.00"
