"""A random walk of somebody who works off tasks over the API: dispatched, done customer by customer, swapped, some nonsense."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from plumb_platform.clock import clock_at
from support.actions_made import MONDAY, WEDNESDAY
from support.asking import Ask
from support.metrics_made import publish_body
from support.team import Team
from support.wandering import Wanderer, code_of

CENT = Decimal("0.01")
TASKS = """{ tasks(first: 60) { edges { node { id key quantity done replaced counted state version isKey startsOn
  completions { customerCode } swaps { swap quantity rate replaced } } } } }"""
RATE = """query ($on: Date!, $to: Date!) { complianceRate(subject: {kind: PERSON, code: "E1"}, startsOn: $on, endsOn: $to) {
  planned done rate } }"""
TASK = "Task { id version }"
RULES: dict[str, Any] = {
    "actions": [{"key": "visit", "name": "拜访"}, {"key": "follow_up", "name": "跟进", "is_key": False}],
    "swaps": [
        {"key": "lecture", "name": "讲座", "replaces": "visit", "rate": "1.5", "base_percent": "50", "most_percent": "50"},
        {"key": "half", "name": "半数", "replaces": "visit", "rate": "0.75", "most_percent": "34", "credit_percent": "33.33"},
        {"key": "note", "name": "纪要", "replaces": "follow_up", "rate": "2", "base_percent": "0", "most_percent": "100"},
    ],
    "monthly_limit": 9,
}
TERMS = {
    "lecture": ("1.5", "50", "50", "100"),
    "half": ("0.75", "60", "34", "33.33"),
    "note": ("2", "0", "100", "100"),
}
"""The rate of each swap, and in percent: what has to be done before, what may be replaced at most, what of that counts."""


@dataclass
class Worker(Wanderer[list[dict[str, Any]]]):
    """The owner of tasks, whom HR gives them."""

    team: Team = field(kw_only=True)

    @property
    def acts(self) -> Sequence[Callable[[list[dict[str, Any]]], Awaitable[None]]]:
        return (self.dispatch, *[self.complete] * 6, *[self.swap] * 6, self.at_once)

    def beginning(self) -> Callable[[list[dict[str, Any]]], Awaitable[None]] | None:
        return self.dispatch if self.done.get("dispatchTasks", 0) < 3 else None

    async def look(self) -> list[dict[str, Any]]:
        return await self.ask.nodes(self.actor, TASKS)

    async def prove(self, there: list[dict[str, Any]]) -> None:
        """See that each task counts its customers once and its swaps by their rules, and that the rate is made of these."""
        for task in there:
            right(task)
        found = await self.ask(self.actor, RATE, on=MONDAY.isoformat(), to=(MONDAY + timedelta(days=6)).isoformat())
        key = [task for task in there if task["isKey"]]
        planned, counted = sum(task["quantity"] for task in key), sum((Decimal(task["counted"]) for task in key), Decimal(0))
        rate = str((counted / planned * 100).quantize(CENT, ROUND_HALF_UP)) if planned else None
        assert (found["planned"], Decimal(found["done"]), found["rate"]) == (planned, counted, rate)

    async def dispatch(self, there: list[dict[str, Any]]) -> None:
        """Give a task, at times one that is known, or as that is not."""
        number = self.source.randint(0, 11)
        task = {
            "key": f"T-{number}",
            "ownerNumber": "E1",
            "cadence": "WEEK",
            "startsOn": MONDAY.isoformat(),
            "action": "follow_up" if number % 4 == 0 else "visit",
            "quantity": self.source.choice((0, 1, 2, 3, 3, 4, 4, 5, 6)),
        }
        keys = {each["key"] for each in there}
        hr = self.team.company.hr
        made = await self.does("dispatchTasks", "DispatchedTasks { taskIds created }", by=hr, tasks=[task])
        assert made.get("created", 0) in (0, 1)
        assert task["key"] not in keys or made.get("created", 0) == 0

    async def complete(self, there: list[dict[str, Any]]) -> None:
        if there:
            code = self.source.choice(("H1", "H2", "H3", "H4", "H5", "H1", "H2", "H9"))
            day = MONDAY + timedelta(days=self.source.choice((-1, 0, 0, 0, 0, 1, 1, 2, 3)))
            given = {"taskId": self.source.choice(there)["id"], "customerCode": code, "day": day.isoformat()}
            await self.does("completeTask", TASK, **given)

    async def swap(self, there: list[dict[str, Any]]) -> None:
        """Swap a part; whether that may be is known from what stands."""
        if there:
            task = self.source.choice(there)
            offered = ("lecture", "half") if task["isKey"] else ("note",)
            swap = self.source.choice(offered if self.source.random() < 0.9 else tuple(TERMS))
            quantity = self.source.choice((-1, 0, 1, 1, 1, 2, 2, 2, 3, 10**6))
            version = task["version"] if self.source.random() < 0.9 else task["version"] - 1
            given = {"taskId": task["id"], "version": version, "swap": swap, "quantity": quantity, "reason": "讲座"}
            found = await self.does("swapTask", TASK, **given)
            # Two swaps that saw the same never both pass, so that what was seen is what a swap that passed stood on.
            assert ("id" not in found) or (version == task["version"] and may_be_swapped(task, swap, quantity)), (task, given)


def may_be_swapped(task: dict[str, Any], swap: str, quantity: int) -> bool:
    """Return whether the rules let a task be swapped so: the base is done, and no more is replaced than may be."""
    rate, base, most, _ = map(Decimal, TERMS[swap])
    replaced = int(quantity * rate) if quantity > 0 else 0
    need = int((task["quantity"] * base / 100).to_integral_value(ROUND_CEILING))
    left = min(int(task["quantity"] * most / 100) - task["replaced"], task["quantity"] - task["done"] - task["replaced"])
    return (swap == "note") is not task["isKey"] and replaced >= 1 and task["done"] >= need and replaced <= left


def right(task: dict[str, Any]) -> None:
    """See that the numbers of a task follow from its completions and swaps."""
    codes = [each["customerCode"] for each in task["completions"]]
    assert len(set(codes)) == len(codes) == task["done"], task
    credited = Decimal(0)
    for each in task["swaps"]:
        rate, _, _, credit = map(Decimal, TERMS[each["swap"]])
        assert (Decimal(each["rate"]), each["replaced"]) == (rate, int(each["quantity"] * rate)), task
        credited += (each["replaced"] * credit / 100).quantize(CENT, ROUND_HALF_UP)
    assert task["replaced"] == sum(each["replaced"] for each in task["swaps"]), task
    assert Decimal(task["counted"]) == min(Decimal(task["quantity"]), task["done"] + credited), task
    assert task["state"] == ("DONE" if task["done"] + task["replaced"] >= task["quantity"] else "OPEN"), task


async def make_worker(team: Team, ask: Ask, seed: int) -> Worker:
    """Publish rules with swaps of several kinds, and return who works by them on the Wednesday."""
    with clock_at(WEDNESDAY):
        await publish_body(team.company.hr, "dispatch", "default", RULES)
    return Worker(Random(seed), replace(ask, otherwise=code_of, at=WEDNESDAY), team.owner, team=team)
