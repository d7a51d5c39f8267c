"""The company calendar: years uploaded, a missing one warned of 60 days ahead and refused where configured (A43, C72)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import Database, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from plumb_tenants.calendars.definition import WorkingCalendar, lint
from plumb_tenants.calendars.service import Clock, Term, company_calendar, refuse_unknown_term
from plumb_tenants.definitions.service import create_definition, publish_version
from support.asking import Ask, first_code
from support.companies import CompanyFixture, make_company

AUTUMN = datetime(2026, 11, 25, 4, tzinfo=UTC)
YEAR_2027 = {"year": 2027, "holidays": ["2027-01-01", "2027-02-08"], "working": ["2027-02-13"]}


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


@pytest.fixture
def ask(product_engine: Engine, ground: Ground) -> Ask:
    return Ask(product_engine, ground, otherwise=first_code)


async def publish(company: CompanyFixture, body: dict[str, Any]) -> None:
    async with tenant_transaction(company.hr):
        draft = await create_definition(company.hr, kind="calendar", key="default", name="工作日历", body=body)
        await publish_version(company.hr, draft.id, version=1)


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"week": ["MONDAY", "MONDAY"]}, "CALENDAR_WEEKDAY_TWICE", "week[1]"),
        ({"hours": [{"starts": "12:00", "ends": "09:00"}]}, "CALENDAR_HOURS_INVALID", "hours[0]"),
        (
            {"hours": [{"starts": "09:00", "ends": "12:00"}, {"starts": "11:59", "ends": "18:00"}]},
            "CALENDAR_HOURS_INVALID",
            "hours[1]",
        ),
        ({"years": [{"year": 2027}]}, "CALENDAR_YEAR_EMPTY", "years[0].holidays"),
        ({"years": [YEAR_2027, YEAR_2027]}, "CALENDAR_YEAR_TWICE", "years[1].year"),
        ({"years": [{"year": 2026, "holidays": ["2025-05-01"]}]}, "CALENDAR_DAY_OUTSIDE_YEAR", "years[0].holidays[0]"),
        (
            {"years": [{"year": 2026, "holidays": ["2026-05-04"], "working": ["2026-05-04"]}]},
            "CALENDAR_DAY_TWICE",
            "years[0].working[0]",
        ),
    ],
)
def test_an_unsound_calendar_is_refused_by_code_and_place(body: dict[str, Any], code: str, path: str) -> None:
    assert [(finding.code, finding.path) for finding in lint(WorkingCalendar.model_validate(body))] == [(code, path)]


async def test_a_calendar_that_does_not_know_the_present_year_is_not_published(company: CompanyFixture) -> None:
    with clock_at(datetime(2028, 1, 1, tzinfo=UTC)), pytest.raises(DomainError) as refused:
        await publish(company, {"years": [YEAR_2027]})
    assert (refused.value.code, refused.value.field, refused.value.values) == ("CALENDAR_YEAR_MISSING", "years", {"year": 2028})


async def test_a_term_into_a_year_without_data_is_refused_where_it_is_configured(company: CompanyFixture) -> None:
    term = Term(clock=Clock.WORKING_DAYS, amount=40)
    with clock_at(AUTUMN):
        async with tenant_transaction(company.hr):
            with pytest.raises(DomainError) as refused:
                await refuse_unknown_term(company.hr, term, field="steps[0].term")
            assert (refused.value.code, refused.value.field) == ("CALENDAR_YEAR_MISSING", "steps[0].term")
        await publish(company, {"years": [YEAR_2027]})
        async with tenant_transaction(company.hr):
            await refuse_unknown_term(company.hr, term, field="steps[0].term")
            calendar = await company_calendar(company.hr)
    assert [calendar.is_working_day(date(2027, 2, day)) for day in (5, 8, 13)] == [True, False, True]


async def test_a_year_without_data_is_warned_of_60_days_ahead_until_it_is_uploaded(company: CompanyFixture, ask: Ask) -> None:
    query = "{ calendarWarnings { code year message } }"
    with clock_at(datetime(2026, 11, 1, 15, 59, tzinfo=UTC)):
        assert await ask(company.auditor, query) == []
    with clock_at(datetime(2026, 11, 1, 16, tzinfo=UTC)):  # 2 November in Shanghai, 60 days before the new year
        (found,) = await ask(company.auditor, query)
        assert (found["code"], found["year"]) == ("CALENDAR_YEAR_MISSING", 2027)
        await publish(company, {"years": [YEAR_2027]})
        assert await ask(company.auditor, query) == []


async def test_working_days_and_due_moments_are_asked_for(company: CompanyFixture, ask: Ask) -> None:
    days = await ask(company.hr, '{ calendarDays(first: "2025-09-26", last: "2025-10-13") { day working marked } }')
    assert [day["day"][5:] for day in days if day["working"]] == [
        *("09-26", "09-28", "09-29", "09-30", "10-09", "10-10", "10-11", "10-13")
    ]
    assert [day["day"] for day in days if day["working"] and day["marked"]] == ["2025-09-28", "2025-10-11"]
    due = 'dueMoment(startedAt: "2025-09-26T10:00:00+08:00", clock: %s, amount: %d)'
    assert await ask(company.hr, f"{{ {due % ('WORKING_DAYS', 7)} }}") == "2025-10-13T15:59:59Z"
    assert await ask(company.hr, f"{{ {due % ('CLOCK_HOURS', 48)} }}") == "2025-09-28T02:00:00Z"
    spent = await ask(
        company.hr,
        '{ elapsedTime(startedAt: "2025-09-26T02:00:00Z", endedAt: "2025-09-28T15:00:00Z", '
        'pauses: [{startsAt: "2025-09-26T04:00:00Z", endsAt: "2025-09-26T05:00:00Z"}]) '
        "{ clockSeconds workingSeconds pausedSeconds workingDays } }",
    )
    assert spent == {"clockSeconds": 60 * 3600, "workingSeconds": 15 * 3600, "pausedSeconds": 3600, "workingDays": 1}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('calendarDays(first: "2026-02-01", last: "2026-01-31") { day }', "CALENDAR_DAYS_INVALID"),
        ('calendarDays(first: "1000-01-01", last: "8999-12-31") { day }', "CALENDAR_DAYS_INVALID"),
        ('calendarDays(first: "2027-01-01", last: "2027-01-01") { day }', "CALENDAR_YEAR_MISSING"),
        ('dueMoment(startedAt: "2026-12-31T00:00:00Z", clock: WORKING_DAYS, amount: 2)', "CALENDAR_YEAR_MISSING"),
        ('dueMoment(startedAt: "2026-03-02T02:00:00Z", clock: WORKING_DAYS, amount: 0)', "CALENDAR_TERM_INVALID"),
        ('dueMoment(startedAt: "2026-03-02T02:00:00Z", clock: CLOCK_HOURS, amount: 2001)', "CALENDAR_TERM_INVALID"),
        ('dueMoment(startedAt: "8999-12-31T00:00:00Z", clock: CLOCK_HOURS, amount: 48)', "CALENDAR_MOMENT_INVALID"),
        (
            'elapsedTime(startedAt: "2026-03-02T02:00:00Z", endedAt: "2026-03-01T02:00:00Z") { workingDays }',
            "CALENDAR_MOMENT_INVALID",
        ),
    ],
)
async def test_what_no_calendar_can_say_is_refused_by_its_code(company: CompanyFixture, ask: Ask, query: str, code: str) -> None:
    assert await ask(company.hr, f"{{ {query} }}") == code
