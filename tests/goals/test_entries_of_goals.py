"""What locks, priorities and versions leave behind: entries that say what was set, and who may still take a goal back (C77)."""

from decimal import Decimal
from typing import Any

from plumb_platform.database import fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.goals_made import add_goals
from support.team import Team

P = "... on Problem { code message field }"
ENTRIES = """query ($action: String!) { it: auditEntries(first: 9, where: {action: {eq: $action}}) {
  edges { node { objectId before after } } } }"""
LOCK = f"mutation ($input: LockGoalsInput!) {{ it: lockGoals(input: $input) {{ {P} ... on GoalLock {{ id }} }} }}"
MARK = f"mutation ($id: ID!) {{ it: markPriority(input: {{goalId: $id}}) {{ {P} ... on Priority {{ place title }} }} }}"
CREATE = f"mutation ($input: CreateGoalInput!) {{ it: createGoal(input: $input) {{ {P} ... on Goal {{ id version }} }} }}"
EDIT = f"mutation ($input: EditGoalInput!) {{ it: editGoal(input: $input) {{ {P} ... on Goal {{ version target }} }} }}"
PROPOSE = f"mutation ($input: ProposeGoalInput!) {{ it: proposeGoal(input: $input) {{ {P} ... on Goal {{ version }} }} }}"
REVISE = f"mutation ($input: ReviseGoalInput!) {{ it: reviseGoal(input: $input) {{ {P} ... on Goal {{ version target }} }} }}"
WITHDRAW = f"mutation ($input: WithdrawGoalInput!) {{ it: withdrawGoal(input: $input) {{ {P} ... on Goal {{ state }} }} }}"


async def entry(ask: Ask, team: Team, action: str) -> dict[str, Any]:
    (found,) = await ask.nodes(team.company.admin, ENTRIES, action=action)
    return dict(found)


async def test_a_lock_of_a_unit_is_an_entry_that_names_the_unit(team: Team, ask: Ask) -> None:
    cycle = encode_id("Cycle", team.cycle)
    window = {"startsAt": "2026-07-01T00:00:00Z", "endsAt": "2026-07-03T00:00:00Z"}
    given = {"cycleId": cycle, "unitId": encode_id("OrgUnit", team.unit), "covers": "GOALS", "reason": " 半年复盘 "}
    made = await ask(team.company.hr, LOCK, input=given | window)
    async with tenant_transaction(team.company.system):
        lock = await fetch_value("select id from goal_lock")
    assert made == {"id": encode_id("GoalLock", lock)}
    said = await entry(ask, team, "lock.set")
    assert (said["objectId"], said["before"]) == (cycle, None)
    assert said["after"] == {
        "covers": "GOALS",
        "reason": "半年复盘",
        "starts_at": "2026-07-01T00:00:00+00:00",
        "ends_at": "2026-07-03T00:00:00+00:00",
        "unit_id": str(team.unit),
        "lock": str(lock),
    }


async def test_a_priority_is_an_entry_of_its_goal_with_place_and_title(team: Team, ask: Ask) -> None:
    goals = await add_goals(team.company, team.cycle, [(team.unit, team.manager)], title="第一要务")
    for goal, place in ((team.goal, 1), (goals[0], 2)):
        assert (await ask(team.company.admin, MARK, id=encode_id("Goal", goal)))["place"] == place
    newest = (await ask.nodes(team.company.admin, ENTRIES, action="priority.mark"))[0]
    assert newest == {
        "objectId": encode_id("Goal", goals[0]),
        "before": None,
        "after": {"place": 2, "title": "第一要务"},
    }


async def test_who_wrote_their_own_goal_takes_it_back_until_somebody_else_has_revised_it(team: Team, ask: Ask) -> None:
    assert team.owner.person_id is not None
    given: dict[str, Any] = {
        "kind": "KPI",
        "title": "自拟目标",
        "metric": "拜访",
        "unitOfMeasure": "次",
        "target": "100.00",
        "cycleId": encode_id("Cycle", team.cycle),
        "unitId": encode_id("OrgUnit", team.unit),
        "ownerId": encode_id("Person", team.owner.person_id),
    }
    own = (await ask(team.owner, CREATE, input=given))["id"]
    assert await ask(team.owner, EDIT, input=given | {"goalId": own, "version": 1, "target": "120.00"}) == {
        "version": 2,
        "target": "120.00",
    }
    await ask(team.owner, PROPOSE, input={"goalId": own, "version": 2})
    revised = {"goalId": own, "version": 3, "target": "150.00", "reason": "市场扩大"}
    assert await ask(team.company.hr, REVISE, input=revised) == {"version": 4, "target": "150.00"}
    back = {"goalId": own, "version": 4, "reason": "太高"}
    assert (await ask(team.owner, WITHDRAW, input=back))["code"] == "GOAL_SET_BY_OTHERS"
    async with tenant_transaction(team.company.system):
        assert await fetch_value("select target from goal_version where number = 2") == Decimal("150.00")
    assert await ask(team.company.hr, WITHDRAW, input=back) == {"state": "WITHDRAWN"}
