"""The account of all plans of a company, taken over the API by plain sums: what stands, and whether every number adds up."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from plumb_platform.actor import Actor
from support.asking import Ask

ZERO = Decimal(0)
PLANS = """query ($after: String) { plans(first: 4, after: $after) { pageInfo { hasNextPage endCursor } edges { node {
  id state version total gap depth branchOfId parentGoalId runId nodes(first: 9) { edges { node {
    id version value suggested unitId personId goalId months { target } weeks(first: 60) { edges { node { target } } }
  } } } } } } }"""
GOALS = """query ($after: String) { goals(first: 100, after: $after) { pageInfo { hasNextPage endCursor } edges { node {
  id version state target months { target } } } } }"""
RUNS = "{ planRuns(first: 100) { edges { node { id version state total levelsDone } } } }"
COMPARE = """query ($first: ID!, $second: ID!) { compareRuns(firstId: $first, secondId: $second) {
  levels { depth first second difference } children { first second difference } } }"""
RECONCILE = """query ($id: ID!) { reconcile(planId: $id) { holds
  levels { depth plans total assigned gap residual }
  plans { planId depth total assigned gap residual nodes faultCount faults { code objectId difference } } } }"""
EXPLAIN = """query ($id: ID!) { explain(id: $id) { value suggested replayed holds
  factors { contribution } adjustments { amount } } }"""


@dataclass(frozen=True)
class World:
    """What stands: plans with their nodes, goals by their id, runs."""

    plans: list[dict[str, Any]]
    goals: dict[str, dict[str, Any]]
    runs: list[dict[str, Any]]


async def world(ask: Ask, actor: Actor) -> World:
    """Read all plans, goals and runs of a company."""
    plans = await every(ask, actor, PLANS)
    for plan in plans:
        plan["total"], plan["gap"] = Decimal(plan["total"]), Decimal(plan["gap"])
        plan["nodes"] = [opened(edge["node"]) for edge in plan["nodes"]["edges"]]
    goals = {goal["id"]: goal | {"target": Decimal(goal["target"])} for goal in await every(ask, actor, GOALS)}
    return World(plans, goals, [edge["node"] for edge in (await ask(actor, RUNS))["edges"]])


def opened(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node with numbers for its amounts."""
    months = sum((Decimal(month["target"]) for month in node["months"]), ZERO)
    weeks = [Decimal(edge["node"]["target"]) for edge in node["weeks"]["edges"]]
    amounts = {"value": Decimal(node["value"]), "suggested": Decimal(node["suggested"])}
    return node | amounts | {"months": months, "weeks": weeks}


async def every(ask: Ask, actor: Actor, document: str) -> list[dict[str, Any]]:
    """Return the nodes of all pages."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = await ask(actor, document, after=after)
        found += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def sound(ask: Ask, actor: Actor, there: World) -> None:
    """See that every sum holds to the cent, or is told as a fault of just the difference that a revision made."""
    for goal in there.goals.values():
        assert sum((Decimal(month["target"]) for month in goal["months"]), ZERO) == goal["target"], goal
    _once([node["goalId"] for plan in live(there) for node in plan["nodes"] if node["goalId"]])
    _once([plan["parentGoalId"] for plan in live(there) if plan["parentGoalId"]])
    for plan in there.plans:
        await balanced(ask, actor, there, plan)
        for node in plan["nodes"]:
            await explained(ask, actor, node)
            assert node["months"] == node["value"], node
            assert not node["weeks"] or sum(node["weeks"], ZERO) == node["value"], node
    for first, second in pairwise(there.runs):
        await compared(ask, actor, there, first["id"], second["id"])


async def compared(ask: Ask, actor: Actor, there: World, first: str, second: str) -> None:
    """Compare what two runs of one goal say beside each other with sums of our own."""
    found = await ask(actor, COMPARE, first=first, second=second)
    depths = sorted({plan["depth"] for plan in there.plans if plan["runId"] in (first, second)})
    for level, depth in zip(found["levels"], depths, strict=True):
        sums = [assigned(there, run, depth) for run in (first, second)]
        shown = [level["depth"], *(Decimal(level[name]) for name in ("first", "second", "difference"))]
        assert shown == [depth, *sums, sums[1] - sums[0]], level
    apart = [Decimal(child["difference"]) for child in found["children"]]
    assert apart == [Decimal(child["second"] or 0) - Decimal(child["first"] or 0) for child in found["children"]]
    assert sum(apart, ZERO) == sum((Decimal(level["difference"]) for level in found["levels"]), ZERO)


def assigned(there: World, run: str, depth: int) -> Decimal:
    """Return what the plans of a run hand out at a depth."""
    plans = [plan for plan in there.plans if (plan["runId"], plan["depth"]) == (run, depth)]
    return sum((node["value"] for plan in plans for node in plan["nodes"]), ZERO)


def live(there: World) -> list[dict[str, Any]]:
    """Return the published plans that none took the place of."""
    replaced = {plan["branchOfId"] for plan in there.plans if plan["state"] == "PUBLISHED"}
    return [plan for plan in there.plans if plan["state"] == "PUBLISHED" and plan["id"] not in replaced]


def _once(ids: Sequence[str]) -> None:
    assert len(set(ids)) == len(ids), "a goal is the part of one node, and is split on once"


async def balanced(ask: Ask, actor: Actor, there: World, plan: dict[str, Any]) -> None:
    """Compare the account of a plan with one of our own."""
    found = await ask(actor, RECONCILE, id=plan["id"])
    own = {each["planId"]: each for each in found["plans"]}[plan["id"]]
    assigned = sum((node["value"] for node in plan["nodes"]), ZERO)
    figures = [Decimal(own[name]) for name in ("total", "assigned", "gap", "residual")]
    assert figures == [plan["total"], assigned, plan["total"] - assigned, ZERO], (plan, own)
    assert (plan["gap"], own["nodes"]) == (plan["total"] - assigned, len(plan["nodes"])), plan
    expected = faults_of(there, plan)
    assert {(each["code"], each["objectId"]): Decimal(each["difference"]) for each in own["faults"]} == expected, own
    assert own["faultCount"] == len(own["faults"])
    assert found["holds"] is not any(each["faultCount"] for each in found["plans"])
    for level in found["levels"]:
        inside = [each for each in found["plans"] if each["depth"] == level["depth"]]
        for name in ("total", "assigned", "gap", "residual"):
            assert Decimal(level[name]) == sum((Decimal(each[name]) for each in inside), ZERO), (name, level)


def faults_of(there: World, plan: dict[str, Any]) -> dict[tuple[str, str], Decimal]:
    """Return by how much revisions moved goals off a plan: those of its nodes, and the one that it splits."""
    expected = {}
    if plan["id"] in {each["id"] for each in live(there)}:
        for node in plan["nodes"]:
            goal = there.goals.get(node["goalId"] or "")
            if goal and goal["target"] != node["value"]:
                expected["GOAL_TARGET", node["id"]] = goal["target"] - node["value"]
    parent = there.goals.get(plan["parentGoalId"] or "")
    if parent and parent["target"] != plan["total"]:
        expected["PLAN_TOTAL", plan["id"]] = plan["total"] - parent["target"]
    return expected


async def explained(ask: Ask, actor: Actor, node: dict[str, Any]) -> None:
    """See that what a number is made of makes it exactly, and that it is the same when computed again."""
    found = await ask(actor, EXPLAIN, id=node["id"])
    parts = [Decimal(each["contribution"]) for each in found["factors"]]
    parts += [Decimal(each["amount"]) for each in found["adjustments"]]
    assert [sum(parts, ZERO), Decimal(found["value"]), Decimal(found["replayed"])] == [node["value"]] * 3, (node, found)
    assert (found["holds"], Decimal(found["suggested"])) == (True, node["suggested"]), (node, found)
