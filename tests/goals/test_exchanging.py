"""Sums over currencies by dated rates, and over nothing else (A11)."""

from datetime import UTC, date, datetime
from decimal import Decimal

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, tenant_transaction
from plumb_tenants.goals.exchanging import can_be_added
from plumb_tenants.goals.service import Progress, Said, check_in, progress_of
from support.goals_made import add_goals
from support.metrics_made import publish_body
from support.team import Team

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)


def test_only_money_is_added_to_other_money() -> None:
    assert can_be_added("USD", "元")
    assert can_be_added("台", "台")
    for part, whole in (("台", "元"), ("元", "台"), ("%", "USD"), ("XXQ", "CNY")):
        assert not can_be_added(part, whole)


async def test_dollars_count_in_yuan_by_the_rate_of_their_day(team: Team) -> None:
    with clock_at(datetime(2026, 1, 1, 4, 0, tzinfo=UTC)):
        rates = [
            {"base": "USD", "quote": "CNY", "starts_on": "2026-01-01", "ends_on": "2026-03-31", "rate": "7.10"},
            {"base": "USD", "quote": "CNY", "starts_on": "2026-04-01", "ends_on": "2026-05-31", "rate": "7.00"},
        ]
        await publish_body(team.company.hr, "rates", "default", {"rates": rates})
    whole, yuan, dollars = await add_goals(team.company, team.cycle, [(team.unit, team.owner)] * 3, target=Decimal("1000.00"))
    async with tenant_transaction(team.company.system):
        await execute("update goal set parent_id = $1 where id = any($2)", whole, [yuan, dollars])
        await execute("update goal set unit_of_measure = 'USD' where id = $1", dollars)

    async def say(goal: object, value: str, day: date) -> Progress:
        with clock_at(NOW):
            async with tenant_transaction(team.owner):
                await check_in(team.owner, goal_id=goal, said=Said(value=Decimal(value), as_of=day))  # type: ignore[arg-type]  # an id
                return (await progress_of(team.owner, [whole]))[whole]

    await say(yuan, "290.00", date(2026, 2, 1))
    march = await say(dollars, "100.00", date(2026, 3, 31))
    assert (march.actual, march.attainment) == (Decimal("1000.00"), Decimal("100.00"))
    april = await say(dollars, "101.00", date(2026, 4, 1))
    assert (april.actual, april.attainment, april.undefined) == (Decimal("997.00"), Decimal("99.70"), None)
    june = await say(dollars, "102.00", date(2026, 6, 1))
    assert (june.actual, june.attainment, june.undefined) == (None, None, "UNITS_MIXED"), "there is no rate of that day"
