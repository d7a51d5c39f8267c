"""Locks of a cycle's goals and progress, and the administrator who goes past one on record (A13)."""

import asyncio
from contextvars import copy_context
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.goals.check_ins import Said, check_in
from plumb_tenants.goals.locking import LockCovers, lock_goals
from support.asking import Ask
from support.companies import add_unit
from support.meanwhile import asked_meanwhile
from support.team import Team

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
P = "... on Problem { code message field }"
LOCK = f"""mutation ($input: LockGoalsInput!) {{ it: lockGoals(input: $input) {{ {P} ... on GoalLock {{ id covers reason endsAt
  liftedAt version cycle {{ code }} unit {{ code }} }} }} }}"""
LIFT = f"mutation ($input: LiftLockInput!) {{ it: liftLock(input: $input) {{ {P} ... on GoalLock {{ liftedAt version }} }} }}"
REVISE = f"mutation ($input: ReviseGoalInput!) {{ it: reviseGoal(input: $input) {{ {P} ... on Goal {{ target version }} }} }}"
SAY = f"mutation ($input: CheckInInput!) {{ it: checkIn(input: $input) {{ {P} ... on CheckIn {{ value }} }} }}"
CREATE = f"mutation ($input: CreateGoalInput!) {{ it: createGoal(input: $input) {{ {P} ... on Goal {{ state }} }} }}"


def lock(team: Team, covers: str = "BOTH", **more: Any) -> dict[str, Any]:
    return {"cycleId": encode_id("Cycle", team.cycle), "covers": covers, "reason": "季度考核结算", **more}


async def tried(ask: Ask, team: Team, actor: Actor, **more: Any) -> tuple[Any, Any, Any]:
    """Revise, check in and draft, and return what became of each: a code or None."""
    goal = encode_id("Goal", team.goal)
    async with tenant_transaction(team.company.system):
        version = await fetch_value("select version from goal where id = $1", team.goal)
    revise = {"goalId": goal, "version": version, "target": "1000.00", "reason": "市场变化", **more}
    place = {"cycleId": encode_id("Cycle", team.cycle), "unitId": encode_id("OrgUnit", team.unit)}
    draft = {"kind": "OBJECTIVE", "title": "新目标", **place, **more}
    asked = ((REVISE, revise), (SAY, {"goalId": goal, "value": "1", **more}), (CREATE, draft))
    return tuple([(await ask(actor, document, input=given)).get("code") for document, given in asked])


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"reason": " "}, "LOCK_REASON_MISSING", "reason"),
    ({"cycleId": encode_id("Cycle", uuid4())}, "NOT_FOUND", "cycleId"),
    ({"unitId": encode_id("OrgUnit", uuid4())}, "NOT_FOUND", "unitId"),
    ({"endsAt": "2026-06-30T03:00:00Z"}, "LOCK_WINDOW_INVALID", "endsAt"),
    ({"startsAt": "2026-07-01T00:00:00Z", "endsAt": "2026-07-01T00:00:00Z"}, "LOCK_WINDOW_INVALID", "endsAt"),
]


async def test_a_wrong_lock_is_refused(team: Team, ask: Ask) -> None:
    for given, code, field in WRONG:
        refused = await ask(team.company.hr, LOCK, input=lock(team, **given))
        assert (refused["code"], refused["field"]) == (code, field), given
    assert (await ask(team.manager, LOCK, input=lock(team)))["code"] == "FORBIDDEN"
    assert await tried(ask, team, team.company.hr) == (None, None, None)


@pytest.mark.parametrize(
    ("covers", "found"),
    [
        ("GOALS", ("GOALS_LOCKED", None, "GOALS_LOCKED")),
        ("PROGRESS", (None, "GOALS_LOCKED", None)),
        ("BOTH", ("GOALS_LOCKED", "GOALS_LOCKED", "GOALS_LOCKED")),
    ],
)
async def test_a_lock_keeps_goals_progress_or_both(team: Team, ask: Ask, covers: str, found: tuple[Any, Any, Any]) -> None:
    hr = team.company.hr
    made = await ask(hr, LOCK, input=lock(team, covers))
    assert (made["covers"], made["cycle"], made["unit"], made["version"]) == (covers, {"code": "2026"}, None, 1)
    assert await tried(ask, team, hr) == found
    assert (await ask(hr, LIFT, input={"lockId": made["id"], "version": 2}))["code"] == "CONFLICT"
    assert (await ask(hr, LIFT, input={"lockId": made["id"], "version": 1}))["liftedAt"] == "2026-06-30T04:00:00Z"
    assert (await ask(hr, LIFT, input={"lockId": made["id"], "version": 2}))["code"] == "LOCK_LIFTED"
    assert await tried(ask, team, hr) == (None, None, None)


async def test_a_lock_that_is_set_while_a_revision_waits_for_its_goal_refuses_it(team: Team, ask: Ask) -> None:
    hr, outside = team.company.hr, copy_context()
    revise = {"goalId": encode_id("Goal", team.goal), "target": "1000.00", "reason": "市场变化"}
    async with tenant_transaction(hr):
        # Keeps the row as it is until the end, so that the revision's own statement has begun before the lock is set.
        (goal,) = await execute("select version, state from goal where id = $1 for update", team.goal)
        late = await asked_meanwhile(outside.copy(), ask(hr, REVISE, input=revise | {"version": goal["version"]}))
        # It begins behind the moment at which the revision was sent, and before that at which its goal is free.
        given = lock(team, "GOALS", startsAt="2026-06-30T04:00:00.000001Z")
        assert "code" not in await asyncio.create_task(ask(hr, LOCK, input=given), context=outside.copy())
    assert (await late)["code"] == "GOALS_LOCKED"
    async with tenant_transaction(hr):
        assert await fetch("select version, state from goal where id = $1", team.goal) == [goal]


async def test_a_lock_holds_in_its_window_and_its_units_alone(team: Team, ask: Ask) -> None:
    hr, elsewhere = team.company.hr, await add_unit(team.company, "HD", "华东")
    for given in (
        {"startsAt": "2026-07-01T00:00:00Z"},
        {"startsAt": "2026-06-01T00:00:00Z", "endsAt": "2026-06-30T04:00:00Z"},
        {"unitId": encode_id("OrgUnit", elsewhere)},
    ):
        assert "code" not in await ask(hr, LOCK, input=lock(team, **given))
    assert await tried(ask, team, hr) == (None, None, None)
    await ask(hr, LOCK, input=lock(team, unitId=encode_id("OrgUnit", team.unit), endsAt="2026-07-05T00:00:00Z"))
    goal = encode_id("Goal", team.goal)
    said = await ask(team.owner, SAY, input={"goalId": goal, "value": "1"})
    assert said["message"] == (
        "The progress of this cycle is locked until 2026-07-05 08:00 (季度考核结算); "
        "an administrator may bypass the lock with a reason (bypass) or lift it (liftLock)."
    )


async def test_an_administrator_goes_past_a_lock_with_a_reason_on_record(team: Team, ask: Ask) -> None:
    await ask(team.company.hr, LOCK, input=lock(team))
    for actor in (team.company.hr, team.company.admin):
        assert set(await tried(ask, team, actor)) == {"GOALS_LOCKED"}
    assert set(await tried(ask, team, team.company.hr, bypass="补录数据")) == {"FORBIDDEN"}
    assert set(await tried(ask, team, team.company.admin, bypass=" ")) == {"LOCK_REASON_MISSING"}
    assert await tried(ask, team, team.company.admin, bypass="补录数据") == (None, None, None)
    async with tenant_transaction(team.company.system):
        entries = await fetch(
            "select after ->> 'reason' as why, after ->> 'covers' as covers, actor ->> 'membership' as who "
            "from audit_entry where action = 'lock.bypass' order by number"
        )
    who = str(team.company.admin.membership_id)
    assert [(each["why"], each["covers"], each["who"]) for each in entries] == [
        ("补录数据", "GOALS", who),
        ("补录数据", "PROGRESS", who),
        ("补录数据", "GOALS", who),
    ]


async def test_a_change_in_the_moment_in_which_a_lock_is_set_waits_for_it_and_is_refused(team: Team, ask: Ask) -> None:
    hr, outside = team.company.hr, copy_context()
    async with tenant_transaction(hr):
        await lock_goals(hr, cycle_id=team.cycle, covers=LockCovers.BOTH, reason="季度考核结算", starts_at=JUNE)
        late = await asked_meanwhile(outside, tried(ask, team, hr))
    assert await late == ("GOALS_LOCKED",) * 3


async def test_a_lock_stands_once_the_changes_under_way_are_done(team: Team, ask: Ask) -> None:
    hr, outside = team.company.hr, copy_context()
    async with tenant_transaction(hr):
        await check_in(hr, goal_id=team.goal, said=Said(value=Decimal(7)))
        late = await asked_meanwhile(outside, ask(hr, LOCK, input=lock(team)))
        assert not late.done()
    assert (await late)["covers"] == "BOTH"
    assert await tried(ask, team, hr) == ("GOALS_LOCKED",) * 3
