"""A bad week for a whole company: more goals behind than one transaction tells of, and each is told of once, at once (C53)."""

from datetime import UTC, datetime

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, tenant_transaction
from plumb_tenants.goals.alerting import MOST_AT_ONCE
from plumb_tenants.goals.service import WATCH_TOPIC, watch_progress
from support.asking import Ask
from support.goals_made import add_goals
from support.jobs_made import worked_off
from support.team import Team

JULY = datetime(2026, 7, 1, 4, tzinfo=UTC)
BEHIND = """
insert into goal_progress (tenant_id, id, goal_id, source, actual, attainment, met, excluded, reported, counted_at)
select tenant_id, gen_random_uuid(), id, 'CHECK_IN', 1, 0.01, false, 0, 100, now() from goal
where id <> $1 on conflict (tenant_id, goal_id) do nothing
"""
COUNTS = """{ goalAlerts(first: 1) { totalCount }
  messages(first: 1, where: {kind: {eq: "goal.behind"}}) { totalCount } }"""


async def test_more_goals_behind_than_are_told_of_at_once_are_told_of_by_jobs_that_follow(team: Team, ask: Ask) -> None:
    company, wanted = team.company, MOST_AT_ONCE + 3
    await add_goals(company, team.cycle, [(team.unit, team.owner)] * wanted)
    async with tenant_transaction(company.system):
        await execute(BEHIND, team.goal)
    with clock_at(JULY):
        async with tenant_transaction(company.system):
            assert await watch_progress(company.system) == MOST_AT_ONCE
    assert await worked_off(company, WATCH_TOPIC, at=JULY) == [{"raised": 3}]
    assert await worked_off(company, WATCH_TOPIC, at=JULY) == [{"raised": 3}], "none is left behind the last"
    for who in (team.owner, team.manager):
        counts = (await ask.body(who, COUNTS))["data"]
        assert {name: each["totalCount"] for name, each in counts.items()} == {"goalAlerts": wanted, "messages": wanted}
