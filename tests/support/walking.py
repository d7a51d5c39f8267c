"""A random walk of a planner over the API: plans, tunings, scenarios, runs, goals split on and revised, some of it nonsense."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from uuid import UUID

from plumb_schema.ground.ids import encode_id
from support.accounts import World, sound, world
from support.asking import Ask
from support.country import Country
from support.decomposition_made import work_off
from support.portraits_made import Gate
from support.south import PEOPLE_BODY, UNITS_BODY, published_template
from support.wandering import Wanderer, code_of

SHAPES: tuple[dict[str, Any], ...] = (
    {},
    {"balance": "REBALANCE_SIBLINGS", "padding_max_percent": "10", "padding_percent": "5"},
    {"balance": "ALLOW_OVERASSIGN", "over_assign_max_percent": "3", "padding_max_percent": "20"},
    {"seasonality": ["0", "0.5", *["1"] * 8, "1.5", "3"], "calendar": {"pattern": "WEEKS_445", "first_month": 4}},
    {"balance": "REBALANCE_SIBLINGS", "rounding_unit": "0.50", "coefficients": [{"basis": "unit", "of": "HN1", "value": "1.3"}]},
)
RAMP = [{"below_months": 6, "percent": "50"}, {"below_months": 12, "percent": "80"}]


@dataclass
class Walker(Wanderer[World]):
    """A planner with two templates of a shape."""

    gate: Gate = field(kw_only=True)
    country: Country = field(kw_only=True)
    units: str = field(kw_only=True)
    people: str = field(kw_only=True)

    @property
    def acts(self) -> tuple[Callable[[World], Awaitable[None]], ...]:
        on_plans = (self.plan, self.tune, self.tune, self.branch, self.promote, self.publish, self.discard)
        return (*on_plans, self.revise, self.split_on, self.run, self.go_on, self.publish_run, self.at_once)

    async def look(self) -> World:
        return await world(self.gate.ask, self.actor)

    async def prove(self, there: World) -> None:
        await sound(self.gate.ask, self.actor, there)

    def beginning(self) -> Callable[[World], Awaitable[None]] | None:
        """Return what a walk begins with: a plan, then a run, each until there is one."""
        missing = [act for name, act in (("createPlan", self.plan), ("startRun", self.run)) if name not in self.done]
        return missing[0] if missing else None

    def children(self, ids: list[str], figures: bool) -> list[dict[str, Any]]:
        """Return what is said of children: figures where the template asks for them, and chance holds, seasons and days."""
        return [self.child(each, figures) for each in ids if figures or self.source.random() < 0.6]

    def child(self, each: str, figures: bool) -> dict[str, Any]:
        said: dict[str, Any] = {"childId": each}
        if figures:
            value = str(self.source.choice((0, 1, self.source.randint(0, 9999))))
            said["figures"] = [{"name": name, "value": value} for name in ("potential", "staff", "priority")]
        if self.source.random() < 0.2:
            said["held"] = self.amount(10**5)
        if self.source.random() < 0.15:
            said["seasonality"] = [str(self.source.randint(0, 3)) for _ in range(12)]
        if self.source.random() < 0.15:
            said["presentFrom"] = f"2026-{self.source.randint(1, 12):02}-{self.source.randint(1, 28):02}"
        return said

    def provinces(self) -> list[str]:
        return [encode_id("OrgUnit", each) for each in self.country.south.provinces]

    def staff(self) -> list[str]:
        south = self.country.south
        return [encode_id("Person", each.person_id or UUID(int=0)) for each in (south.guangdong_manager, *south.representatives)]

    async def plan(self, _: World) -> None:
        south = self.country.south
        given: dict[str, Any] = {
            "cycleId": encode_id("Cycle", south.cycle),
            "templateVersionId": self.units,
            "unitId": encode_id("OrgUnit", south.unit),
            "total": self.amount(),
            "title": f"方案{self.source.randint(0, 99)}",
            "inputs": self.children(self.provinces(), figures=True),
        }
        if self.source.random() < 0.3:
            given["paddingPercent"] = self.source.choice(("0", "3", "10", "20", "20.001", "-1"))
        await self.does("createPlan", "Plan { id }", **given)

    async def tune(self, there: World) -> None:
        nodes = [node for plan in there.plans for node in plan["nodes"]]
        if nodes:
            node = self.source.choice(nodes)
            percent = self.source.choice((-15, -15, -10, -1, 1, 10, 15, 15, 16))
            whole = 0 if self.source.random() < 0.3 else 2
            value = f"{node['suggested'] * (100 + percent) / 100:.{whole}f}" if self.source.random() < 0.85 else self.amount()
            given = {"nodeId": node["id"], "version": node["version"], "value": value, "reason": "换代"}
            await self.does("tunePlanNode", "PlanNode { value }", **given)

    async def branch(self, there: World) -> None:
        if not there.plans:
            return
        plan = self.source.choice(there.plans)
        given: dict[str, Any] = {"planId": plan["id"], "title": "情景"}
        if self.source.random() < 0.6:
            given["total"] = self.amount() if self.source.random() < 0.3 else f"{plan['total'] * 11 / 10:.2f}"
        if self.source.random() < 0.4:
            ids = self.provinces() if any(node["unitId"] and not node["personId"] for node in plan["nodes"]) else self.staff()
            given["inputs"] = self.children(ids, figures=False)
        await self.does("branchPlan", "Plan { id }", **given)

    async def promote(self, there: World) -> None:
        scenarios = [plan for plan in there.plans if plan["state"] == "SCENARIO"]
        if scenarios:
            scenario = self.source.choice(scenarios)
            versions = {plan["id"]: plan["version"] for plan in there.plans}
            given = {"planId": scenario["id"], "version": scenario["version"], "originVersion": versions[scenario["branchOfId"]]}
            await self.does("promoteScenario", "Plan { id }", **given)

    async def publish(self, there: World) -> None:
        if there.plans:
            plan = self.source.choice(there.plans)
            gap = self.source.random() < 0.8
            await self.does("publishPlan", "Plan { id }", planId=plan["id"], version=plan["version"], acceptGap=gap)

    async def revise(self, there: World) -> None:
        if there.goals:
            goal = self.source.choice(list(there.goals.values()))
            given = {"goalId": goal["id"], "version": goal["version"], "target": self.amount(), "reason": "追加"}
            await self.does("reviseGoal", "Goal { id }", **given)

    async def split_on(self, there: World) -> None:
        """Split the goal of the first province over its people, for all of the cycle or a part of it."""
        south = self.country.south
        first = encode_id("OrgUnit", south.provinces[0])
        nodes = [node for plan in there.plans for node in plan["nodes"] if node["goalId"] and node["unitId"] == first]
        goals = [node["goalId"] for node in nodes if not node["personId"]]
        if goals:
            given = {
                "cycleId": encode_id("Cycle", south.cycle),
                "templateVersionId": self.people,
                "unitId": first,
                "parentGoalId": self.source.choice(goals),
                "inputs": self.children(self.staff(), figures=False),
            }
            made = await self.does("createPlan", "Plan { id version }", **given)
            if "id" in made and self.source.random() < 0.7:
                await self.does("publishPlan", "Plan { id }", planId=made["id"], version=made["version"])

    async def discard(self, there: World) -> None:
        if there.plans:
            plan = self.source.choice(there.plans)
            await self.does("discardPlan", "DiscardedPlan { nodes }", planId=plan["id"], version=plan["version"])
        if there.runs and self.source.random() < 0.3:
            run = self.source.choice(there.runs)
            await self.does("discardRun", "DiscardedRun { nodes }", runId=run["id"], version=run["version"])

    async def run(self, _: World) -> None:
        """Start a run from the top, level by level, or from what everybody commits to, of whom at times one says nothing."""
        south = self.country.south
        method = self.source.choice(("TOP_DOWN", "WATERFALL", "BOTTOM_UP"))
        inputs = [*self.children(self.provinces(), figures=True), *self.children(self.staff(), figures=False)]
        given: dict[str, Any] = {
            "cycleId": encode_id("Cycle", south.cycle),
            "unitId": encode_id("OrgUnit", south.unit),
            "unitsVersionId": self.units,
            "peopleVersionId": self.people,
            "method": method,
            "total": None if method == "BOTTOM_UP" else self.amount(),
            "inputs": self.committed(inputs) if method == "BOTTOM_UP" else inputs,
            "publish": self.source.random() < 0.1,
        }
        made = await self.does("startRun", "PlanRun { id }", **given)
        if "id" in made:
            await self.work(made["id"])

    def committed(self, said: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return what is said of children with what those at the bottom commit to; somebody may be forgotten."""
        known = {each["childId"]: each for each in said}
        bottom = [*self.provinces()[1:], *self.staff()]
        if self.source.random() < 0.15:
            bottom.remove(self.source.choice(bottom))
        for each in bottom:
            known.setdefault(each, {"childId": each})["held"] = self.amount(10**8)
        return list(known.values())

    async def work(self, run: str) -> None:
        """Let the workers do what they can; a level that is refused leaves the run where it was."""
        await work_off(self.country.south.company.system, UUID(run.partition("_")[2]))

    async def go_on(self, there: World) -> None:
        if there.runs:
            run = self.source.choice(there.runs)
            given = {"runId": run["id"], "version": run["version"], "level": self.source.choice((0, 1, 1, 2))}
            if "id" in await self.does("continueRun", "PlanRun { id }", **given):
                await self.work(run["id"])

    async def publish_run(self, there: World) -> None:
        if there.runs:
            run = self.source.choice(there.runs)
            await self.does("publishRun", "PlanRun { id }", runId=run["id"], version=run["version"])


async def make_walker(country: Country, ask: Ask, seed: int) -> Walker:
    """Publish templates of the shape that a seed stands for, and return who walks by them."""
    shape = SHAPES[seed % len(SHAPES)]
    company = country.south.company
    units = await published_template(company, "walk-units", UNITS_BODY | shape)
    people = await published_template(company, "walk-people", PEOPLE_BODY | {**shape, "coefficients": []} | {"ramp": RAMP})
    own, below = (encode_id("DefinitionVersion", each) for each in (units, people))
    cents = (0, 50) if "rounding_unit" in shape else range(100)
    refusing = replace(ask, otherwise=code_of)
    gate = Gate(country.south, ask, units, "")
    return Walker(Random(seed), refusing, gate.hr, cents, gate=gate, country=country, units=own, people=below)
