"""Customers, tasks and leaving through the API alone (case study 001: weekly visits, a lecture in their place).

Rows C29, C35, C36, C42, C96.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from plumb_schema.ground.ids import encode_id
from support.actions_made import MONDAY, WEDNESDAY, dispatch, visits
from support.asking import Ask
from support.team import Team

PROBLEM = "... on Problem { code field }"
IMPORT = f"""mutation ($input: ImportCustomersInput!) {{ importCustomers(input: $input) {{
  ... on ImportedCustomers {{ created updated unchanged }} {PROBLEM} }} }}"""
DISPATCH = f"""mutation ($input: DispatchTasksInput!) {{ dispatchTasks(input: $input) {{
  ... on DispatchedTasks {{ taskIds created warnings {{ ownerNumber count limit }} }} {PROBLEM} }} }}"""
TASK = "quantity done replaced counted state version completions { customerCode } swaps { swap quantity rate replaced reason }"
COMPLETE = f"mutation ($input: CompleteTaskInput!) {{ completeTask(input: $input) {{ ... on Task {{ {TASK} }} {PROBLEM} }} }}"
SWAP = f"mutation ($input: SwapTaskInput!) {{ swapTask(input: $input) {{ ... on Task {{ {TASK} }} {PROBLEM} }} }}"
LIST = """{ tasks { edges { node { title customerGrade contactRole owner { number } goal { id }
  customers { totalCount edges { node { code grade contactRoles } } } } } } }"""
CREATE = f"mutation ($input: CreateGoalInput!) {{ createGoal(input: $input) {{ ... on Goal {{ id }} {PROBLEM} }} }}"
PROPOSE = f"mutation ($input: ProposeGoalInput!) {{ proposeGoal(input: $input) {{ ... on Goal {{ state }} {PROBLEM} }} }}"
PATH = "{ tasks { edges { node { title goal { title level line { title } } } } } }"
RATE = """query ($on: Date!, $to: Date!) { complianceRate(subject: {kind: PERSON, code: "E1"}, startsOn: $on, endsOn: $to) {
  planned done rate } }"""
LEAVE = f"""mutation ($input: DeactivatePersonInput!) {{ deactivatePerson(input: $input) {{ ... on Handover {{
  id state version goals customers tasks leaver {{ number active }} successor {{ number }} }} {PROBLEM} }} }}"""
FINISH = f"""mutation ($input: CompleteHandoverInput!) {{ completeHandover(input: $input) {{ ... on Handover {{
  state successor {{ number }} }} {PROBLEM} }} }}"""


@pytest.fixture
def ask(product_engine: Engine, ground: Ground) -> Ask:
    """Return a function that asks as somebody on the Wednesday and returns the one root field's answer."""

    return Ask(product_engine, ground, at=WEDNESDAY)


async def test_a_week_of_visits_from_the_customers_to_the_compliance_rate(ask: Ask, team: Team) -> None:
    hr, owner = team.company.hr, team.owner
    row = {"code": "N1", "name": "新医院", "grade": "三甲", "contactRoles": ["主任"], "ownerNumber": "E1"}
    assert await ask(owner, IMPORT, input={"customers": [row]}) == {"code": "FORBIDDEN", "field": None}
    assert await ask(hr, IMPORT, input={"customers": [row]}) == {"created": 1, "updated": 0, "unchanged": 0}
    assert await ask(hr, IMPORT, input={"customers": [row]}) == {"created": 0, "updated": 0, "unchanged": 1}
    task = {
        "key": "W02",
        "ownerNumber": "E1",
        "cadence": "WEEK",
        "startsOn": MONDAY.isoformat(),
        "action": "visit",
        "quantity": 5,
        "customerGrade": "三甲",
        "contactRole": "主任",
        "goalId": encode_id("Goal", team.goal),
    }
    made = await ask(hr, DISPATCH, input={"tasks": [task]})
    assert (made["created"], made["warnings"]) == (1, [])
    assert await ask(hr, DISPATCH, input={"tasks": [task]}) == {"taskIds": made["taskIds"], "created": 0, "warnings": []}
    (seen,) = (await ask(owner, LIST))["edges"]
    assert seen["node"] == {
        "title": "客户拜访 5",
        "customerGrade": "三甲",
        "contactRole": "主任",
        "owner": {"number": "E1"},
        "goal": {"id": encode_id("Goal", team.goal)},
        "customers": {
            "totalCount": 6,
            "edges": [
                {"node": {"code": code, "grade": "三甲", "contactRoles": ["主任", "院长"] if code != "N1" else ["主任"]}}
                for code in ("H1", "H2", "H3", "H4", "H5", "N1")
            ],
        },
    }
    assert (await ask(team.colleague, LIST))["edges"] == []
    done = {"taskId": made["taskIds"][0], "day": MONDAY.isoformat(), "contactRole": "主任"}
    swap = {"taskId": made["taskIds"][0], "swap": "lecture", "quantity": 1, "reason": "心血管专家讲座"}
    assert await ask(owner, SWAP, input=swap | {"version": 1}) == {"code": "SWAP_WITHOUT_BASE", "field": "taskId"}
    answers = [await ask(owner, COMPLETE, input=done | {"customerCode": code}) for code in ("H1", "H2", "H2", "N1")]
    after = answers[-1]
    assert (after["done"], after["counted"], after["version"]) == (3, "3.00", 4)
    assert [each["customerCode"] for each in after["completions"]] == ["H1", "H2", "N1"]
    swapped = await ask(owner, SWAP, input=swap | {"version": 4})
    assert (swapped["done"], swapped["replaced"], swapped["counted"], swapped["state"]) == (3, 2, "5.00", "DONE")
    assert swapped["swaps"] == [{"swap": "lecture", "quantity": 1, "rate": "2.00", "replaced": 2, "reason": "心血管专家讲座"}]
    days = {"on": MONDAY.isoformat(), "to": (MONDAY + timedelta(days=6)).isoformat()}
    assert await ask(owner, RATE, **days) == {"planned": 5, "done": "5.00", "rate": "100.00"}
    before = {"on": "2025-10-01", "to": "2025-10-31"}
    assert await ask(owner, RATE, **before) == {"planned": 0, "done": "0.00", "rate": None}


async def test_the_path_from_a_task_to_the_strategy_is_one_query(ask: Ask, team: Team) -> None:
    """C29: the task, the tactic that it serves, the campaign and the strategy above it."""
    hr, above = team.company.hr, ""
    place = {"cycleId": encode_id("Cycle", team.cycle), "unitId": encode_id("OrgUnit", team.unit)}
    numbers = {"metric": "有效拜访量", "target": "120", "unitOfMeasure": "次"}
    levels = {"strategy": "年度增长15%", "campaign": "西南攻坚", "tactic": "三甲主任级拜访"}
    for level, title in levels.items():
        own = {"ownerId": encode_id("Person", person(team.owner))} if level == "tactic" else {}
        given = {"kind": "KPI", "title": title, "level": level, "parentId": above or None}
        above = (await ask(hr, CREATE, input=given | place | numbers | own))["id"]
        assert (await ask(hr, PROPOSE, input={"goalId": above, "version": 1}))["state"] == "PROPOSED"
    await dispatch(hr, visits(goal_id=UUID(above.partition("_")[2])))
    (seen,) = (await ask(team.owner, PATH))["edges"]
    assert seen["node"] == {
        "title": "本周需完成3家三甲医院主任级拜访",
        "goal": {
            "title": "三甲主任级拜访",
            "level": "tactic",
            "line": [{"title": levels[each]} for each in ("strategy", "campaign")],
        },
    }


async def test_leaving_without_a_successor_leaves_a_ticket_that_hr_closes(ask: Ask, team: Team) -> None:
    hr = team.company.hr
    leaver, successor = encode_id("Person", person(team.owner)), encode_id("Person", person(team.colleague))
    left = await ask(hr, LEAVE, input={"personId": leaver, "version": 1, "reason": "离职"})
    ticket = left.pop("id")
    assert left == {
        "state": "OPEN",
        "version": 1,
        "goals": 1,
        "customers": 6,
        "tasks": 0,
        "leaver": {"number": "E1", "active": False},
        "successor": None,
    }
    again = await ask(hr, LEAVE, input={"personId": leaver, "version": 2, "reason": "离职"})
    assert again == {"code": "PERSON_INACTIVE", "field": "personId"}
    asked = {"handoverId": ticket, "version": 1, "successorId": successor}
    assert await ask(team.manager, FINISH, input=asked) == {"code": "FORBIDDEN", "field": None}
    assert await ask(hr, FINISH, input=asked) == {"state": "DONE", "successor": {"number": "E2"}}
    assert await ask(team.manager, "{ handovers { totalCount } }") == {"totalCount": 1}


def person(actor: Actor) -> Any:
    """Return who an actor is."""
    return actor.person_id
