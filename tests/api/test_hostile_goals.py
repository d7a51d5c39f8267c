"""Goals, tasks, people and observations asked over HTTP by many at once: each change happens once, the rest is told so."""

import asyncio
from typing import Any

from plumb_platform.database import fetch, fetch_value, tenant_transaction
from support.serving import Caller

P = "... on Problem { code field }"
UNIT = "{ units { edges { node { id } } } }"
PEOPLE = "工号,姓名,部门编码,部门\n1,陈华,HN,华南\n2,林粤,HN,华南"
VISIT = {"type": "COUNT", "unitOfMeasure": "次", "indicator": "LEADING"}


def change(name: str, shown: str = "__typename") -> str:
    return f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {P} {shown} }} }}"


async def at_once(caller: Caller, query: str, *inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """Send changes at the same time; no answer may be an unexpected error."""
    answers = await asyncio.gather(*(caller.post(query, input=given) for given in inputs))
    bodies = [answer.json() for answer in answers]
    assert not any("errors" in body for body in bodies), bodies
    return [next(iter(body["data"].values())) for body in bodies]


async def prepared(admin: Caller) -> tuple[str, str]:
    """Import two people by two requests at once; return a cycle and the one unit."""
    reports = await at_once(
        admin, change("importPeople", "... on ImportReport { written created unchanged }"), *[{"csv": PEOPLE}] * 2
    )
    assert sorted(report["created"] for report in reports) == [0, 2]
    year = {"code": "2026", "name": "2026", "startsOn": "2026-01-01", "endsOn": "2026-12-31"}
    cycle = await admin.ask(change("createCycle", "... on Cycle { id }"), input=year)
    return cycle["id"], (await admin.ask(UNIT))["edges"][0]["node"]["id"]


async def test_a_goal_edited_by_ten_at_once_is_edited_by_one(admin: Caller, company: Any) -> None:
    cycle, unit = await prepared(admin)
    draft = {"kind": "OBJECTIVE", "title": "增长", "cycleId": cycle, "unitId": unit}
    goal = await admin.ask(change("createGoal", "... on Goal { id }"), input=draft)
    edits = [draft | {"goalId": goal["id"], "version": 1, "title": f"增长{place}"} for place in range(10)]
    answers = await at_once(admin, change("editGoal", "... on Goal { title }"), *edits)
    assert sorted(each.get("code", "DONE") for each in answers) == ["CONFLICT"] * 9 + ["DONE"]
    proposals = [{"goalId": goal["id"], "version": 2}] * 4
    answers = await at_once(admin, change("proposeGoal", "... on Goal { state }"), *proposals)
    assert sorted(each.get("code", "DONE") for each in answers) == ["CONFLICT"] * 3 + ["DONE"]


async def test_what_two_sources_say_at_once_is_said_once_and_a_contradiction_is_refused(admin: Caller, company: Any) -> None:
    await prepared(admin)
    given = {"key": "visit", "name": "拜访", "body": {"metric": VISIT}}
    made = await admin.ask(change("createDefinition", "... on DefinitionVersion { id }"), input=given)
    await admin.ask(change("publishVersion", "... on DefinitionVersion { id }"), input={"id": made["id"], "version": 1})
    seen = {"externalId": "V1", "metric": "visit", "subject": {"kind": "PERSON", "code": "1"}, "day": "2026-03-01"}
    said = [{"source": "crm", "observations": [seen | {"value": value}]} for value in ("1", "1", "2", "2")]
    answers = await at_once(admin, change("recordObservations", "... on RecordedObservations { recorded unchanged }"), *said)
    codes = sorted(each.get("code", f"{each.get('recorded')}") for each in answers)
    assert codes == ["0", "1", "OBSERVATION_DIFFERS", "OBSERVATION_DIFFERS"]
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from observation") == 1
        assert await fetch_value("select count(*) from outbox where topic = 'metrics.follow'") == 1


async def test_a_task_dispatched_by_five_at_once_is_one_task_and_a_customer_done_twice_counts_once(
    admin: Caller, company: Any
) -> None:
    await prepared(admin)
    customers = [{"code": code, "name": code, "ownerNumber": "1"} for code in ("A", "B")]
    await at_once(admin, change("importCustomers"), *[{"customers": customers}] * 3)
    task = {"key": "W", "ownerNumber": "1", "cadence": "WEEK", "startsOn": "2026-01-05", "action": "visit", "quantity": 2}
    answers = await at_once(
        admin, change("dispatchTasks", "... on DispatchedTasks { created taskIds }"), *[{"tasks": [task]}] * 5
    )
    assert sorted(each["created"] for each in answers) == [0, 0, 0, 0, 1]
    assert len({each["taskIds"][0] for each in answers}) == 1
    async with tenant_transaction(company.system):
        assert [row["n"] for row in await fetch("select count(*) as n from task_customer")] == [2]


async def test_two_imports_about_one_day_leave_one_placement(admin: Caller, company: Any) -> None:
    await prepared(admin)
    moved = [
        {"csv": f"工号,姓名,部门编码,部门\n1,陈华,{code},{code}", "effectiveOn": "2026-03-01"}
        for code in ("GD", "GX", "GD", "GX")
    ]
    answers = await at_once(admin, change("importPeople", "... on ImportReport { written }"), *moved)
    assert all(each["written"] for each in answers)
    async with tenant_transaction(company.system):
        rows = await fetch(
            "select o.starts_on::text, o.ends_on, o.unit_id = p.unit_id as is_now from person_placement o "
            "join person p on p.id = o.person_id where p.number = '1'"
        )
    assert [tuple(row.values()) for row in rows] == [("2026-03-01", None, True)]
