"""Trees of goals over the API: the case of Viva issue 518, uncapped, and the same number for everybody (A10, A12)."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.companies import add_person, add_unit
from support.team import Team

MAKE = """mutation ($input: CreateGoalInput!) { it: createGoal(input: $input) {
  ... on Problem { code field } ... on Goal { id version } } }"""
PROPOSE = """mutation ($input: ProposeGoalInput!) { it: proposeGoal(input: $input) {
  ... on Problem { code field } ... on Goal { state } } }"""
SAY = "mutation ($input: CheckInInput!) { it: checkIn(input: $input) { ... on Problem { code field } ... on CheckIn { value } } }"
STANDS = """query ($id: ID!) { it: goal(id: $id) { actual attainment reported undefined
  children(first: 9) { edges { node { title } } } } }"""
TARGETS = {"大型": "100000.00", "中型": "20000.00", "小型": "1000.00"}


@dataclass
class Tree:
    """A goal of the unit with three parts, made and proposed over the API; 小型 is of somebody in another unit."""

    team: Team
    ask: Ask
    stranger: Actor
    elsewhere: UUID
    ids: dict[str, str] = field(default_factory=dict)

    async def make(self, title: str, owner: Actor, unit: UUID, **more: Any) -> str:
        """Create and propose a goal as HR."""
        assert owner.person_id is not None
        placed = {"cycleId": encode_id("Cycle", self.team.cycle), "unitId": encode_id("OrgUnit", unit)}
        given = {"title": title, "kind": "KPI", "metric": "销售额", "unitOfMeasure": "元"} | placed | more
        made = await self.ask(self.team.company.hr, MAKE, input=given | {"ownerId": encode_id("Person", owner.person_id)})
        proposed = await self.ask(self.team.company.hr, PROPOSE, input={"goalId": made["id"], "version": made["version"]})
        assert proposed == {"state": "PROPOSED"}
        self.ids[title] = made["id"]
        return self.ids[title]

    async def grow(self, *, weights: tuple[str, ...] = ("100.00",) * 3, **whole: Any) -> None:
        """Make the whole and its parts."""
        top = await self.make("全部", self.team.manager, self.team.unit, target="121000.00", **whole)
        for (title, target), weight in zip(TARGETS.items(), weights, strict=True):
            owner, unit = (self.stranger, self.elsewhere) if title == "小型" else (self.team.owner, self.team.unit)
            await self.make(title, owner, unit, target=target, parentId=top, weight=weight)

    async def say(self, title: str, value: str) -> None:
        """Check in as the owner."""
        owner = self.stranger if title == "小型" else self.team.owner
        assert await self.ask(owner, SAY, input={"goalId": self.ids[title], "value": value}) == {"value": value}

    async def stands(self, by: Actor | None = None) -> dict[str, Any]:
        """Return how the whole stands, as HR or somebody else sees it."""
        found: dict[str, Any] = await self.ask(by or self.team.company.hr, STANDS, id=self.ids["全部"])
        return found | {"children": [edge["node"]["title"] for edge in found["children"]["edges"]]}


@pytest.fixture
async def tree(team: Team, ask: Ask) -> Tree:
    elsewhere = await add_unit(team.company, "HD", "华东")
    stranger = await add_person(team.company, "E9", "赵代表", unit=elsewhere)
    return Tree(team, ask, stranger, elsewhere)


async def test_products_of_three_sizes_are_82_6_16_5_and_0_8_percent_and_not_a_third_each(tree: Tree) -> None:
    await tree.grow()
    assert (await tree.stands())["attainment"] is None
    await tree.say("大型", "0.00")
    assert (await tree.stands())["reported"] == "82.64", "how much is known goes by size as well"
    seen = []
    for done, target in TARGETS.items():
        for title in TARGETS:
            await tree.say(title, target if title == done else "0.00")
        stands = await tree.stands()
        seen.append((stands["actual"], stands["attainment"]))
    assert seen == [("100000.00", "82.64"), ("20000.00", "16.53"), ("1000.00", "0.83")]


async def test_what_is_over_its_target_stays_over_it_and_is_the_same_for_who_sees_less(tree: Tree) -> None:
    await tree.grow()
    for title, value in (("大型", "130000.00"), ("中型", "26000.00"), ("小型", "1300.00")):
        await tree.say(title, value)
    by_hr, by_manager = await tree.stands(), await tree.stands(tree.team.manager)
    assert (by_hr["actual"], by_hr["attainment"], by_hr["reported"]) == ("157300.00", "130.00", "100.00")
    assert by_manager | {"children": by_hr["children"]} == by_hr
    assert (sorted(by_hr["children"]), sorted(by_manager["children"])) == (sorted(TARGETS), sorted(["大型", "中型"]))


async def test_a_weighted_roll_up_counts_percents_and_a_part_that_said_nothing_keeps_its_place(tree: Tree) -> None:
    await tree.grow(weights=("40.00", "50.00", "10.00"), rollUp="WEIGHTED")
    await tree.say("大型", "100000.00")
    await tree.say("小型", "1300.00")
    stands = await tree.stands()
    # 40 % x 100 + 10 % x 130; the half that nobody reported counts as nothing and is told.
    assert (stands["attainment"], stands["reported"]) == ("53.00", "50.00")
