"""A rate that is corrected after it was used: goals of this time move and say by which rate, those that are over stay (A11)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.queue.models import Outbox
from plumb_platform.queue.worker_side import work_on
from plumb_schema.ground.ids import encode_id
from plumb_tenants.goals.service import Said, check_in, create_cycle
from plumb_tenants.metrics.service import FOLLOW_TOPIC
from plumb_workers.jobs import Tools, work_with
from support.asking import Ask
from support.goals_made import add_goals
from support.metrics_made import publish_body, republish
from support.team import Team

NEW_YEAR, MARCH = datetime(2026, 1, 1, 4, tzinfo=UTC), datetime(2026, 3, 16, 4, tzinfo=UTC)
NOW, DAY = datetime(2026, 6, 30, 4, tzinfo=UTC), date(2026, 3, 15)
STANDS = """query ($ids: [ID!]!) { it: goalProgress(goalIds: $ids) { actual attainment rates { base day rate } } }"""


def body(rate: str) -> dict[str, Any]:
    return {"rates": [{"base": "USD", "quote": "CNY", "starts_on": "2026-01-01", "rate": rate}]}


async def tree(team: Team, cycle: UUID) -> UUID:
    """Make a goal of 1,000.00 yuan of one part in yuan, at 290.00, and one in dollars, at 100.00, both on 15 March."""
    whole, yuan, dollars = await add_goals(team.company, cycle, [(team.unit, team.owner)] * 3, target=Decimal("1000.00"))
    async with tenant_transaction(team.company.system):
        await execute("update goal set parent_id = $1 where id = any($2)", whole, [yuan, dollars])
        await execute("update goal set unit_of_measure = 'USD' where id = $1", dollars)
    with clock_at(MARCH):
        for goal, value in ((yuan, "290.00"), (dollars, "100.00")):
            async with tenant_transaction(team.owner):
                await check_in(team.owner, goal_id=goal, said=Said(value=Decimal(value), as_of=DAY))
    return whole


async def followed(team: Team) -> None:
    """Do the newest job that follows other rates."""
    async with tenant_transaction(team.company.system):
        job = await Outbox.filter(topic=FOLLOW_TOPIC).order_by("-created_at").first()
    assert job is not None
    await work_on(team.company.tenant_id, job.id, work_with(Tools(settings=None, seal=None)))  # type: ignore[arg-type]  # needs none


@pytest.mark.parametrize(("corrected", "actual", "attainment"), [("7.35", "1025.00", "102.50"), ("0.01", "291.00", "29.10")])
async def test_a_corrected_rate_moves_what_is_not_over_and_each_says_by_which_rate_it_counts(
    team: Team, ask: Ask, corrected: str, actual: str, attainment: str
) -> None:
    hr = team.company.hr
    with clock_at(NEW_YEAR):
        first = await publish_body(hr, "rates", "default", body("7.10"))
    async with tenant_transaction(team.company.admin):
        days: dict[str, Any] = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 3, 31)}
        quarter = await create_cycle(team.company.admin, code="Q1", name="第一季度", **days)
    ids = [encode_id("Goal", await tree(team, cycle)) for cycle in (team.cycle, quarter.id)]

    async def stands() -> list[tuple[str, str, str]]:
        with clock_at(NOW):
            found = await ask(team.manager, STANDS, ids=ids)
        assert all([rate["base"] for rate in each["rates"]] == ["USD"] for each in found)
        return [(each["actual"], each["attainment"], each["rates"][0]["rate"]) for each in found]

    assert await stands() == [("1000.00", "100.00", "7.10")] * 2
    with clock_at(NOW):
        async with tenant_transaction(team.company.system):
            definition = await fetch_value("select id from definition where kind = 'rates'")
        await republish(hr, first, definition, body(corrected))
    assert await stands() == [("1000.00", "100.00", "7.10")] * 2, "nothing moves before the job has counted it"
    with clock_at(NOW):
        await followed(team)
        await followed(team)
    assert await stands() == [(actual, attainment, corrected), ("1000.00", "100.00", "7.10")]
