"""Reminders to check in, by the cadence of units (A14), and progress that follows a metric."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.goals.service import Said, check_in, remind_check_ins
from support.team import Team


async def remind(team: Team, day: str) -> list[str]:
    """Remind on a day at noon in Shanghai, and return the titles of the new messages."""
    with clock_at(datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC)):
        async with tenant_transaction(team.company.system):
            before = {row["id"] for row in await fetch("select id from message")}
            count = await remind_check_ins(team.company.system)
            rows = await fetch("select id, person_id, zh from message where kind = 'goal.check_in_due' order by id")
    new = [row for row in rows if row["id"] not in before]
    assert len(new) == count
    assert {row["person_id"] for row in new} <= {team.owner.person_id}
    return [row["zh"] for row in new]


async def say(team: Team, day: str, value: str) -> None:
    with clock_at(datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC)):
        async with tenant_transaction(team.owner):
            await check_in(team.owner, goal_id=team.goal, said=Said(value=Decimal(value)))


async def began(team: Team, day: str) -> None:
    async with tenant_transaction(team.company.system):
        await execute("update goal set created_at = $1", datetime.fromisoformat(f"{day}T02:00:00").replace(tzinfo=UTC))


async def rules(team: Team, **body: Any) -> None:
    with clock_at(datetime(2026, 1, 1, tzinfo=UTC)):
        async with tenant_transaction(team.company.hr):
            draft = await create_definition(team.company.hr, kind="goal_rules", key="default", name="目标规则", body=body)
            await publish_version(team.company.hr, draft.id, version=1)


async def test_the_owner_is_reminded_once_a_term_until_it_is_done(team: Team) -> None:
    await began(team, "2026-06-01")
    assert await remind(team, "2026-06-07") == []
    assert await remind(team, "2026-06-08") == ["目标“华南区销售额”已有 7 天未更新进度，请更新。"]
    assert await remind(team, "2026-06-09") == []
    assert await remind(team, "2026-06-15") == ["目标“华南区销售额”已有 14 天未更新进度，请更新。"]
    await say(team, "2026-06-16", "300000.00")
    assert await remind(team, "2026-06-22") == []
    assert await remind(team, "2026-06-23") == ["目标“华南区销售额”已有 7 天未更新进度，请更新。"]
    await say(team, "2026-06-24", "1200000.00")
    assert await remind(team, "2026-09-30") == [], "what is met needs no word"


async def test_the_nearest_unit_with_a_cadence_decides(team: Team) -> None:
    await began(team, "2026-06-01")
    await rules(team, cadence_days=30, cadences=[{"unit": "HN", "days": 3}])
    assert await remind(team, "2026-06-03") == []
    assert len(await remind(team, "2026-06-04")) == 1


async def test_goals_that_are_over_or_follow_something_else_need_no_word(team: Team) -> None:
    await began(team, "2026-06-01")
    for sql in ("update goal set state = 'DRAFT'", "update goal set state = 'CONFIRMED', metric_key = 'sales'"):
        async with tenant_transaction(team.company.system):
            await execute(sql)
        assert await remind(team, "2026-07-01") == []
    async with tenant_transaction(team.company.system):
        await execute("update goal set metric_key = null")
    assert await remind(team, "2027-01-01") == []
    assert len(await remind(team, "2026-12-31")) == 1
