"""A customer in two weeks, of two people and in two tasks; and swaps while the rate of the rules changes (C35, C36)."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import fetch_value, tenant_transaction
from support.actions_made import MONDAY, WEDNESDAY
from support.asking import Ask
from support.metrics_made import publish_body, republish
from support.team import Team

P = "... on Problem { code field }"
TASK = "Task { done replaced counted state version }"
RATE = """query ($first: Date!, $last: Date!, $kind: SubjectKind!, $code: String!) {
  complianceRate(subject: {kind: $kind, code: $code}, startsOn: $first, endsOn: $last) { planned done rate } }"""
SWAPS = """{ auditEntries(first: 9, where: {action: {eq: "task.swap"}}) { edges { node { after } } } }"""
COURSE = {"key": "course", "name": "科室培训", "replaces": "visit", "base_percent": "50", "most_percent": "40"}


@dataclass
class Desk:
    """A team asked over the API on a Wednesday."""

    team: Team
    ask: Ask

    async def does(self, name: str, shown: str, /, *, by: Actor | None = None, **given: Any) -> Any:
        document = f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ ... on {shown} {P} }} }}"
        return await self.ask(by or self.team.company.hr, document, input=given)

    async def dispatched(self, key: str, *, week: int = 0, owner: str = "E1", quantity: int = 3) -> str:
        """Dispatch visits to directors of top hospitals in a week."""
        starts = (MONDAY + timedelta(weeks=week)).isoformat()
        task: dict[str, Any] = {"key": key, "ownerNumber": owner, "cadence": "WEEK", "startsOn": starts, "action": "visit"}
        task |= {"customerGrade": "三甲", "contactRole": "主任", "quantity": quantity}
        made = await self.does("dispatchTasks", "DispatchedTasks { taskIds }", tasks=[task])
        assert "taskIds" in made, made
        return str(made["taskIds"][0])

    async def visit(self, task: str, code: str, *, week: int = 0, by: Actor | None = None) -> Any:
        """Complete a task for a customer on a day of a week; return how many it has, or the code of a refusal."""
        day = MONDAY + timedelta(weeks=week)
        given = {"taskId": task, "day": day.isoformat(), "contactRole": "主任", "customerCode": code}
        asks = replace(self.ask, at=WEDNESDAY + timedelta(weeks=week))
        found = await replace(self, ask=asks).does("completeTask", TASK, by=by or self.team.owner, **given)
        return found.get("code", found.get("done"))

    async def rate(self, weeks: int, code: str, kind: str = "PERSON") -> tuple[Any, ...]:
        """Return planned, done and rate of a subject over some weeks from the first one."""
        days = {"first": MONDAY.isoformat(), "last": (MONDAY + timedelta(days=7 * weeks - 1)).isoformat()}
        return tuple((await self.ask(self.team.company.hr, RATE, **days, kind=kind, code=code)).values())


@pytest.fixture
def desk(team: Team, ask: Ask) -> Desk:
    return Desk(team, replace(ask, at=WEDNESDAY))


async def test_a_customer_counts_once_in_each_task_in_every_week_and_for_whoever_has_them_by_then(desk: Desk) -> None:
    """H1 twice in a week is one of its three; in the next week one more; and one of their new owner's, to whom they passed."""
    first, second, beside = await desk.dispatched("W2"), await desk.dispatched("W3", week=1), await desk.dispatched("W2b")
    assert [await desk.visit(first, code) for code in ("H1", "H1", "H2")] == [1, 1, 2]
    assert await desk.visit(beside, "H1") == 1, "another task of the same week is another piece of work"
    assert [await desk.visit(second, code, week=1) for code in ("H1", "H1")] == [1, 1]
    assert await desk.rate(1, "E1") == (6, "3.00", "50.00")
    assert await desk.rate(2, "E1") == (9, "4.00", "44.44")
    passed = {"code": "H1", "name": "医院1", "grade": "三甲", "contactRoles": ["主任", "院长"], "ownerNumber": "E2"}
    brought = await desk.does("importCustomers", "ImportedCustomers { updated }", customers=[passed])
    assert brought == {"updated": 1}
    colleague = desk.team.colleague
    other = await desk.dispatched("E2-W2", owner="E2", quantity=1)
    assert await desk.visit(other, "H2", by=colleague) == "CUSTOMER_NOT_OF_TASK"
    assert await desk.visit(other, "H1", by=colleague) == 1
    assert await desk.rate(1, "HN", "UNIT") == (7, "4.00", "57.14")
    assert await desk.visit(first, "H1") == 2, "who had them keeps what was counted, once"


async def test_a_task_is_swapped_by_the_rate_it_was_dispatched_under_however_the_rules_change_meanwhile(desk: Desk) -> None:
    """One course is 2 visits under the first rules and 1 under the second; each task keeps its own."""
    hr, rules = desk.team.company.hr, {"actions": [{"key": "visit", "name": "客户拜访"}]}
    with clock_at(datetime(2026, 1, 1, 4, tzinfo=UTC)):
        version = await publish_body(hr, "dispatch", "default", rules | {"swaps": [COURSE | {"rate": "2"}]})
    before = await desk.dispatched("A", quantity=5)
    for code in ("H1", "H2", "H3"):
        await desk.visit(before, code)
    async with tenant_transaction(hr):
        definition = await fetch_value("select definition_id from definition_version where id = $1", version)
    with clock_at(WEDNESDAY):
        await republish(hr, version, definition, rules | {"swaps": [COURSE | {"rate": "1"}]})
    after = await desk.dispatched("B", quantity=5)
    for code in ("H1", "H2", "H3"):
        await desk.visit(after, code)
    swap: dict[str, Any] = {"swap": "course", "quantity": 1, "reason": "科室培训", "version": 4}
    for task, replaced, counted in ((before, 2, "5.00"), (after, 1, "4.00")):
        done = await desk.does("swapTask", TASK, by=desk.team.owner, taskId=task, **swap)
        assert (done["done"], done["replaced"], done["counted"]) == (3, replaced, counted), done
    entries = await desk.ask.nodes(desk.team.company.auditor, SWAPS)
    assert sorted(each["after"]["rate"] for each in entries) == ["1", "2"]
    assert await desk.rate(1, "E1") == (10, "9.00", "90.00")
