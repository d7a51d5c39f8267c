"""A random walk of a planner over the API: plans, tunings, scenarios, runs, goals split on and revised, some of it nonsense."""

from asyncio import gather
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from uuid import UUID

from plumb_schema.ground.ids import encode_id
from support.accounts import World, sound, world
from support.asking import Ask
from support.country import Country
from support.decomposition_made import work_off
from support.portraits_made import Gate, change
from support.south import PEOPLE_BODY, UNITS_BODY, published_template

NONSENSE = (
    "-0.01",
    "NaN",
    "1e999999",
    "１２３.00",
    "0.005",
    "1E3",
    "-0",
    "",
    "99999999999999999999.99",
    "1" * 40,
    "Infinity",
    "1_000",
)
SHAPES: tuple[dict[str, Any], ...] = (
    {},
    {"balance": "REBALANCE_SIBLINGS", "padding_max_percent": "10", "padding_percent": "5"},
    {"balance": "ALLOW_OVERASSIGN", "over_assign_max_percent": "3", "padding_max_percent": "20"},
    {"seasonality": ["0", "0.5", *["1"] * 8, "1.5", "3"], "calendar": {"pattern": "WEEKS_445", "first_month": 4}},
    {"balance": "REBALANCE_SIBLINGS", "rounding_unit": "0.50", "coefficients": [{"basis": "unit", "of": "HN1", "value": "1.3"}]},
)
RAMP = [{"below_months": 6, "percent": "50"}, {"below_months": 12, "percent": "80"}]


def code_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with errors as a Problem is returned."""
    return {"code": body["errors"][0]["extensions"]["code"]}


@dataclass
class Walker:
    """A planner with two templates of a shape; `refusals` and `done` count what became of what they did, by act and code."""

    source: Random
    gate: Gate
    ask: Ask
    country: Country
    units: str
    people: str
    cents: Sequence[int] = range(100)
    refusals: dict[tuple[str, str], int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)

    @property
    def acts(self) -> tuple[Callable[[World], Awaitable[None]], ...]:
        on_plans = (self.plan, self.tune, self.tune, self.branch, self.promote, self.publish, self.discard)
        return (*on_plans, self.revise, self.split_on, self.run, self.go_on, self.publish_run, self.at_once)

    async def step(self) -> None:
        """Do something, see that a refusal changed nothing, and that every number still adds up."""
        before = await world(self.gate.ask, self.gate.hr)
        refused = sum(self.refusals.values())
        done = sum(self.done.values())
        while sum(self.refusals.values()) + sum(self.done.values()) == refused + done:
            await (self.beginning() or self.source.choice(self.acts))(before)
        after = await world(self.gate.ask, self.gate.hr)
        if sum(self.refusals.values()) > refused and sum(self.done.values()) == done:
            assert after == before, self.refusals
        await sound(self.gate.ask, self.gate.hr, after)

    def beginning(self) -> Callable[[World], Awaitable[None]] | None:
        """Return what a walk begins with: a plan, then a run, each until there is one."""
        missing = [act for name, act in (("createPlan", self.plan), ("startRun", self.run)) if name not in self.done]
        return missing[0] if missing else None

    async def does(self, name: str, shown: str, **given: Any) -> Any:
        found = await self.ask(self.gate.hr, change(name, shown), input=given)
        code = found.get("code")
        assert code not in ("INTERNAL", "TIME_OVER", "BUSY_ELSEWHERE"), (name, given, found)
        if code is None:
            self.done[name] = self.done.get(name, 0) + 1
        else:
            self.refusals[name, code] = self.refusals.get((name, code), 0) + 1
        return found

    def amount(self, highest: int = 10**10) -> str:
        """Return some cents, mostly; at times nothing, or nonsense."""
        chance = self.source.random()
        if chance < 0.08:
            return self.source.choice(NONSENSE)
        if chance < 0.16:
            return self.source.choice(("0", "0.01", "0.03", "1.00"))
        return f"{self.source.randint(0, highest)}.{self.source.choice(self.cents):02}"

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
        given = {
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
        south = self.country.south
        given = {
            "cycleId": encode_id("Cycle", south.cycle),
            "unitId": encode_id("OrgUnit", south.unit),
            "unitsVersionId": self.units,
            "peopleVersionId": self.people,
            "method": self.source.choice(("TOP_DOWN", "WATERFALL")),
            "total": self.amount(),
            "inputs": [*self.children(self.provinces(), figures=True), *self.children(self.staff(), figures=False)],
            "publish": self.source.random() < 0.1,
        }
        made = await self.does("startRun", "PlanRun { id }", **given)
        if "id" in made:
            await self.work(made["id"])

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

    async def at_once(self, there: World) -> None:
        """Do two things at one moment that each saw the same."""
        await gather(*(self.source.choice(self.acts[:-1])(there) for _ in range(2)))


async def make_walker(country: Country, ask: Ask, seed: int) -> Walker:
    """Publish templates of the shape that a seed stands for, and return who walks by them."""
    shape = SHAPES[seed % len(SHAPES)]
    company = country.south.company
    units = await published_template(company, "walk-units", UNITS_BODY | shape)
    people = await published_template(company, "walk-people", PEOPLE_BODY | {**shape, "coefficients": []} | {"ramp": RAMP})
    own, below = (encode_id("DefinitionVersion", each) for each in (units, people))
    cents = (0, 50) if "rounding_unit" in shape else range(100)
    refusing = replace(ask, otherwise=code_of)
    return Walker(Random(seed), Gate(country.south, ask, units, ""), refusing, country, own, below, cents)
