"""What is not known is told as unknown: no lag without what is expected, no month that nothing stands for (D3, C97)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from plumb_platform.database import tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.goals.service import create_cycle
from support.asking import Ask
from support.goals_made import add_goals
from support.team import Team

SAY = "mutation ($input: CheckInInput!) { it: checkIn(input: $input) { ... on CheckIn { id } ... on Problem { code } } }"
CORRECT = """mutation ($input: CorrectCheckInInput!) { it: correctCheckIn(input: $input) {
  ... on CheckIn { id } ... on Problem { code } } }"""
STANDS = """query ($id: ID!) { it: goalProgress(goalIds: [$id]) {
  actual attainment expected expectedAttainment lag lagging } }"""
MONTHS = "query ($id: ID!) { it: goalMonths(goalId: $id) { actual attainment undefined } }"
UNKNOWN = {"actual": None, "attainment": None, "undefined": None}


async def test_a_year_whose_working_days_nobody_knows_has_progress_and_no_lag(team: Team, ask: Ask) -> None:
    async with tenant_transaction(team.company.admin):
        far = await create_cycle(
            team.company.admin, code="2031", name="2031 年度", starts_on=date(2031, 1, 1), ends_on=date(2031, 12, 31)
        )
    (goal,) = await add_goals(team.company, far.id, [(team.unit, team.owner)])
    then, which = replace(ask, at=datetime(2031, 6, 30, 4, tzinfo=UTC)), encode_id("Goal", goal)
    assert (await then(team.owner, SAY, input={"goalId": which, "value": "300000.00"})).keys() == {"id"}
    (stands,) = await then(team.owner, STANDS, id=which)
    assert stands == {
        "actual": "300000.00",
        "attainment": "25.00",
        "expected": None,
        "expectedAttainment": None,
        "lag": None,
        "lagging": False,
    }


async def test_a_month_whose_only_check_in_was_corrected_to_another_day_has_no_value(team: Team, ask: Ask) -> None:
    """A month counts what stands for it: neither nothing at all, where no value came before, nor a rise of nothing."""
    goal = encode_id("Goal", team.goal)

    async def said(value: str, day: str, corrects: str | None = None) -> str:
        given: dict[str, Any] = {"value": value, "asOf": day}
        given |= {"checkInId": corrects, "comment": "日期有误"} if corrects else {"goalId": goal}
        return str((await ask(team.owner, CORRECT if corrects else SAY, input=given))["id"])

    async def months() -> list[dict[str, Any]]:
        return list((await ask(team.owner, MONTHS, id=goal))[:5])

    march = await said("30000.00", "2026-03-15")
    april = await said("30000.00", "2026-04-02", march)
    assert [each["actual"] for each in await months()] == [None, None, None, "30000.00", None]
    assert (await months())[2] == UNKNOWN
    await said("10000.00", "2026-02-10")
    await said("30000.00", "2026-05-05", april)
    assert [each["actual"] for each in await months()] == [None, "10000.00", None, None, "20000.00"]
