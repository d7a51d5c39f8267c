"""Parts made in the very moment in which their goal is withdrawn, or moved below it: one of the two waits and is then refused."""

import asyncio
from contextvars import copy_context
from typing import Any
from uuid import UUID

from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.goals.service import withdraw_goal
from support.asking import Ask
from support.meanwhile import asked_meanwhile
from support.team import Team

SAID = "... on Problem { code field } ... on Goal { id state }"
CREATE = f"mutation ($input: CreateGoalInput!) {{ it: createGoal(input: $input) {{ {SAID} }} }}"
EDIT = f"mutation ($input: EditGoalInput!) {{ it: editGoal(input: $input) {{ {SAID} }} }}"
WITHDRAW = f"mutation ($input: WithdrawGoalInput!) {{ it: withdrawGoal(input: $input) {{ {SAID} }} }}"


def draft(team: Team, title: str, **changes: Any) -> dict[str, Any]:
    place = {"cycleId": encode_id("Cycle", team.cycle), "unitId": encode_id("OrgUnit", team.unit)}
    return {"kind": "KPI", "title": title, "metric": "签约额", "target": "8000000.00", "unitOfMeasure": "元"} | place | changes


def uuid_of(goal: dict[str, Any]) -> UUID:
    return UUID(goal["id"].partition("_")[2])


async def test_a_part_that_is_made_while_its_goal_is_withdrawn_is_refused(team: Team, ask: Ask) -> None:
    hr = team.company.hr
    whole = await ask(hr, CREATE, input=draft(team, "年度目标"))
    outside = copy_context()
    async with tenant_transaction(hr):
        await withdraw_goal(hr, goal_id=uuid_of(whole), version=1, reason="不再执行")
        late = await asked_meanwhile(outside, ask(hr, CREATE, input=draft(team, "下级", parentId=whole["id"])))
    assert await late == {"code": "PARENT_WITHDRAWN", "field": "parentId"}
    async with tenant_transaction(hr):
        assert await fetch("select title, state from goal where title <> '下级' and owner_id is null") == [
            {"title": "年度目标", "state": "WITHDRAWN"}
        ]


async def test_a_draft_that_is_moved_below_a_goal_while_it_is_withdrawn_stays_where_it_is(team: Team, ask: Ask) -> None:
    hr = team.company.hr
    whole, loose = [await ask(hr, CREATE, input=draft(team, title)) for title in ("年度目标", "未挂接")]
    outside = copy_context()
    async with tenant_transaction(hr):
        await withdraw_goal(hr, goal_id=uuid_of(whole), version=1, reason="不再执行")
        moved = draft(team, "已挂接", goalId=loose["id"], version=1, parentId=whole["id"])
        late = await asked_meanwhile(outside, ask(hr, EDIT, input=moved))
    assert await late == {"code": "PARENT_WITHDRAWN", "field": "parentId"}
    async with tenant_transaction(hr):
        assert await fetch_value("select count(*) from goal where parent_id is not null or title = '已挂接'") == 0


async def test_of_two_goals_moved_below_each_other_at_once_one_stays(team: Team, ask: Ask) -> None:
    hr = team.company.hr
    one, other = [await ask(hr, CREATE, input=draft(team, title)) for title in ("甲", "乙")]
    moves = [
        draft(team, title, goalId=goal["id"], version=1, parentId=above["id"])
        for title, goal, above in (("甲", one, other), ("乙", other, one))
    ]
    answers = await asyncio.gather(*(ask(hr, EDIT, input=move) for move in moves))
    assert sorted(answer.get("code", "moved") for answer in answers) == ["GOAL_RING", "moved"]


async def test_parts_of_one_goal_are_made_at_once_and_its_withdrawal_finds_them(team: Team, ask: Ask) -> None:
    hr = team.company.hr
    whole = await ask(hr, CREATE, input=draft(team, "年度目标"))
    parts = await asyncio.gather(*(ask(hr, CREATE, input=draft(team, f"下级{n}", parentId=whole["id"])) for n in range(3)))
    assert [part["state"] for part in parts] == ["DRAFT"] * 3
    withdrawn = await ask(hr, WITHDRAW, input={"goalId": whole["id"], "version": 1, "reason": "不再执行"})
    assert withdrawn == {"code": "GOAL_HAS_PARTS", "field": "goalId"}
