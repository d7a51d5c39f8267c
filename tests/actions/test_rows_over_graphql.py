"""Rows C19, C35, C36, C42 and C96 with their numbers through the API alone, by rules that the company published itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError
from plumb_platform.identity.service import authenticate
from plumb_schema.ground.ids import encode_id
from support.actions_made import MONDAY, WEDNESDAY, bring, hospitals
from support.asking import Ask
from support.companies import add_person, add_unit
from support.filled_company import fingerprint, new_session
from support.team import Team

P = "... on Problem { code message field }"
TASK = "Task { quantity done replaced counted state version }"
DISPATCHED = "DispatchedTasks { taskIds created warnings { ownerNumber month count limit } }"
CUSTOMERS = """{ tasks(where: {key: {eq: "K"}}) { edges { node { quantity customers(first: 9) {
  edges { node { id code } } } } } } }"""
KNOWN = "{ customers { edges { node { id code } } } }"
SWAPS = """{ auditEntries(first: 9, where: {action: {eq: "task.swap"}}) { edges { node { objectId before after } } } }"""
RATE = """query ($code: String!, $kind: SubjectKind!) { complianceRate(subject: {kind: $kind, code: $code},
  startsOn: "2026-01-05", endsOn: "2026-01-11") { planned done rate } }"""
HELD = """{ customers(first: 9) { edges { node { code owner { number } } } } }"""
OPEN = "{ tasks(first: 9) { edges { node { key state done owner { number } } } } }"
GOAL = "query ($id: ID!) { goal(id: $id) { state number confirmedAt owner { number } } }"
SIGNED = '{ auditEntries(where: {action: {eq: "goal.confirm"}}) { edges { node { actor } } } }'
VISIT = {"key": "visit", "name": "客户拜访"}
COURSE = {"key": "course", "name": "科室培训", "replaces": "visit", "rate": "1.50", "basePercent": "50", "mostPercent": "30"}


@dataclass
class Desk:
    """A team asked over the API on a Wednesday."""

    team: Team
    ask: Ask

    async def does(self, name: str, shown: str, /, *, by: Actor | None = None, at: datetime | None = None, **given: Any) -> Any:
        """Change something as HR or somebody else."""
        asks = replace(self.ask, at=at) if at else self.ask
        document = f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ ... on {shown} {P} }} }}"
        return await asks(by or self.team.company.hr, document, input=given)

    async def refused(self, name: str, shown: str, /, **given: Any) -> tuple[str, str | None]:
        """Be refused, with nothing of the company changed."""
        before = await fingerprint(self.team.company)
        found = await self.does(name, shown, **given)
        assert await fingerprint(self.team.company) == before
        return found["code"], found["field"]

    async def rules(self, **body: Any) -> None:
        """Publish dispatch rules of the company's own, that hold from New Year's Day."""
        day, shown = datetime(2026, 1, 1, 4, tzinfo=UTC), "DefinitionVersion { id version }"
        given = {"actions": [VISIT]} | body
        made = await self.does("createDefinition", shown, at=day, key="default", name="派发规则", body={"dispatch": given})
        assert "id" in made, made
        assert "id" in await self.does("publishVersion", shown, at=day, **made)

    async def dispatched(self, *tasks: Mapping[str, Any]) -> Any:
        return await self.does("dispatchTasks", DISPATCHED, tasks=list(tasks))

    async def visits(self, key: str, quantity: int, done: int) -> str:
        """Dispatch visits of the week and make some of them; return the task."""
        (made,) = (await self.dispatched(task(key, quantity=quantity)))["taskIds"]
        for number in range(1, done + 1):
            given = {"taskId": made, "day": MONDAY.isoformat(), "contactRole": "主任", "customerCode": f"H{number}"}
            assert "done" in await self.does("completeTask", TASK, by=self.team.owner, **given)
        return str(made)

    async def rate(self, code: str = "E1", kind: str = "PERSON") -> tuple[Any, ...]:
        return tuple((await self.ask(self.team.company.hr, RATE, code=code, kind=kind)).values())


def task(key: str, *, owner: str = "E1", month: int | None = None, quantity: int = 3, **more: Any) -> dict[str, Any]:
    """Return a task of the week or of a month."""
    when = ("MONTH", f"2026-{month:02}-01") if month else ("WEEK", MONDAY.isoformat())
    given = {"key": key, "ownerNumber": owner, "cadence": when[0], "startsOn": when[1], "action": "visit"}
    return given | {"quantity": quantity, "customerGrade": "三甲", "contactRole": "主任"} | more


@pytest.fixture
def desk(team: Team, ask: Ask) -> Desk:
    return Desk(team, replace(ask, at=WEDNESDAY))


async def test_the_tenth_monthly_item_of_a_person_is_warned_about(desk: Desk) -> None:
    assert (await desk.dispatched(*(task(f"M{n}", month=1) for n in range(9))))["warnings"] == []
    given = {"code": "B1", "name": "华北医院", "grade": "三甲", "contactRoles": ["主任"], "ownerNumber": "E2"}
    await desk.does("importCustomers", "ImportedCustomers { created }", customers=[given])
    apart = (task("F", month=2), task("W"), task("E2", owner="E2", month=1, quantity=1))
    assert (await desk.dispatched(*apart))["warnings"] == [], "another month, a week and another person are counted apart"
    tenth = await desk.dispatched(task("M9", month=1))
    assert (tenth["created"], tenth["warnings"]) == (1, [{"ownerNumber": "E1", "month": "2026-01-01", "count": 10, "limit": 9}])


async def test_the_tenth_monthly_item_is_refused_where_the_company_says_so(desk: Desk) -> None:
    await desk.rules(isHardLimit=True)
    ten = [task(f"M{n}", month=1) for n in range(10)]
    assert await desk.refused("dispatchTasks", DISPATCHED, tasks=[task("W"), *ten]) == ("MONTHLY_ITEMS_OVER", "tasks[10]")
    assert (await desk.dispatched(*ten[:9]))["created"] == 9
    assert await desk.refused("dispatchTasks", DISPATCHED, tasks=ten[9:]) == ("MONTHLY_ITEMS_OVER", "tasks[0]")
    assert (await desk.dispatched(task("F", month=2)))["created"] == 1


async def test_a_limit_of_a_company_s_own_takes_the_place_of_nine(desk: Desk) -> None:
    await desk.rules(monthlyLimit=2)
    found = await desk.dispatched(*(task(f"M{n}", month=1) for n in range(3)))
    assert [(each["count"], each["limit"]) for each in found["warnings"]] == [(3, 2)]


async def test_a_task_of_three_visits_carries_the_ids_of_its_customers(desk: Desk) -> None:
    known = {each["code"]: each["id"] for each in await desk.ask.nodes(desk.team.owner, KNOWN)}
    assert (await desk.dispatched(task("K", customerCodes=["H2", "H4", "H5"])))["created"] == 1
    (seen,) = await desk.ask.nodes(desk.team.owner, CUSTOMERS)
    assert seen["quantity"] == 3
    linked = {edge["node"]["code"]: edge["node"]["id"] for edge in seen["customers"]["edges"]}
    assert linked == {code: known[code] for code in ("H2", "H4", "H5")}


async def test_a_swap_goes_by_the_rate_the_base_and_the_share_that_the_company_set(desk: Desk) -> None:
    """One course is 1.5 visits, after half of the visits, for 30 % of them at most; the base part of the score stays."""
    await desk.rules(swaps=[COURSE])
    owner = desk.team.owner
    given: dict[str, Any] = {"swap": "course", "reason": "科室培训"}
    early = await desk.visits("A", 5, 2)
    answer = await desk.refused("swapTask", TASK, by=owner, taskId=early, version=3, quantity=1, **given)
    assert answer == ("SWAP_WITHOUT_BASE", "taskId"), "half of five are three"
    made = await desk.visits("B", 5, 3)
    answer = await desk.refused("swapTask", TASK, by=owner, taskId=made, version=4, quantity=2, **given)
    assert answer == ("SWAP_OVER_LIMIT", "quantity"), "two courses are three visits, and 30 % of five is one"
    done = await desk.does("swapTask", TASK, by=owner, taskId=made, version=4, quantity=1, **given)
    assert done == {"quantity": 5, "done": 3, "replaced": 1, "counted": "4.00", "state": "OPEN", "version": 5}
    answer = await desk.refused("swapTask", TASK, by=owner, taskId=made, version=5, quantity=1, **given)
    assert answer == ("SWAP_OVER_LIMIT", "quantity")
    lecture = given | {"swap": "lecture"}
    answer = await desk.refused("swapTask", TASK, by=owner, taskId=made, version=5, quantity=1, **lecture)
    assert answer == ("SWAP_NOT_OFFERED", "swap"), "the company's own rules offer none"
    (entry,) = await desk.ask.nodes(desk.team.company.auditor, SWAPS)
    assert (entry["before"]["base_score"], entry["after"]["base_score"]) == ("60.00", "60.00")
    assert (entry["before"]["swapped_score"], entry["after"]["swapped_score"]) == ("0.00", "20.00")
    assert (entry["objectId"], entry["after"]["reason"]) == (made, "科室培训")


async def test_compliance_counts_a_swap_by_rule_and_nothing_planned_is_no_rate(desk: Desk) -> None:
    """Half of what a course replaces counts: 3 of 5 visits are 60 %, with one replaced they are 70 %."""
    await desk.rules(
        swaps=[COURSE | {"rate": "1", "creditPercent": "50"}], actions=[VISIT, VISIT | {"key": "call", "isKey": False}]
    )
    assert await desk.rate() == (0, "0.00", None)
    made = await desk.visits("A", 5, 3)
    await desk.dispatched(task("C", action="call"))
    assert await desk.rate() == (5, "3.00", "60.00"), "what is no key action is not planned"
    swapped: dict[str, Any] = {"taskId": made, "version": 4, "swap": "course", "quantity": 1, "reason": "科室培训"}
    assert (await desk.does("swapTask", TASK, by=desk.team.owner, **swapped))["counted"] == "3.50"
    assert await desk.rate() == await desk.rate("HN", "UNIT") == (5, "3.50", "70.00")
    # Two more visits of somebody of another unit: of the company 3.5 of 7 are 50 %, and of the unit it is what it was.
    company = desk.team.company
    elsewhere = await add_person(company, "B1", "张代表", unit=await add_unit(company, "BJ", "北京"))
    await bring(company.hr, *[replace(each, code=f"B{each.code}") for each in hospitals("B1")])
    assert elsewhere.person_id is not None
    assert (await desk.dispatched(task("D", owner="B1", quantity=2)))["created"] == 1
    assert await desk.rate("", "COMPANY") == (7, "3.50", "50.00")
    assert await desk.rate("HN", "UNIT") == (5, "3.50", "70.00")


async def test_with_a_successor_what_is_open_passes_on_and_history_stays_with_the_leaver(desk: Desk) -> None:
    team, ask = desk.team, desk.ask
    goal, leaver, successor = encode_id("Goal", team.goal), team.owner.person_id, team.colleague.person_id
    begun, done = await desk.visits("BEGUN", 3, 1), await desk.visits("DONE", 1, 1)
    confirmed = await desk.does("confirmGoal", "Goal { state version }", by=team.owner, goalId=goal, version=2)
    assert confirmed == {"state": "CONFIRMED", "version": 3}
    session = await new_session(team.owner)
    given = {"personId": encode_id("Person", leaver), "version": 1, "reason": "离职"}  # type: ignore[arg-type]  # they are people
    shown = "Handover { state goals customers tasks successor { number } }"
    wrong = {"successorId": given["personId"]}
    assert await desk.refused("deactivatePerson", shown, **given, **wrong) == ("SUCCESSOR_INVALID", "successorId")
    left = await desk.does("deactivatePerson", shown, **given, successorId=encode_id("Person", successor))  # type: ignore[arg-type]
    assert left == {"state": "DONE", "goals": 1, "customers": 6, "tasks": 1, "successor": {"number": "E2"}}
    with pytest.raises(DomainError):
        await authenticate(session, kind="session")
    assert {each["owner"]["number"] for each in await ask.nodes(team.company.hr, HELD)} == {"E2"}
    stands = {
        each["key"]: (each["owner"]["number"], each["state"], each["done"]) for each in await ask.nodes(team.company.hr, OPEN)
    }
    assert stands == {"BEGUN": ("E2", "OPEN", 1), "DONE": ("E1", "DONE", 1)}
    assert begun != done
    passed = {"state": "PROPOSED", "number": 2, "confirmedAt": None, "owner": {"number": "E2"}}
    assert await ask(team.company.hr, GOAL, id=goal) == passed, "the successor has signed nothing"
    (signed,) = await ask.nodes(team.company.auditor, SIGNED)
    assert signed["actor"]["membership"] == str(team.owner.membership_id)
    shown = "DispatchedTasks { created }"
    late = await desk.refused("dispatchTasks", shown, tasks=[task("LATE", quantity=1, startsOn=next_week())])
    assert late == ("NOT_FOUND", "tasks[0].ownerNumber")


def next_week() -> str:
    return (MONDAY + timedelta(days=7)).isoformat()
