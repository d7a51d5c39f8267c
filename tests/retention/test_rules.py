"""Terms of retention: never before the floor, never while held, to the day over leap years; the lint of the kind."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_tenants.retention.definition import RetentionRule, RetentionRules, lint
from plumb_tenants.retention.rules import FLOORS, LONGEST, Action, Category, Event, is_over, last_day
from support.companies import make_company

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
MONTHS = st.integers(0, LONGEST)


@given(DAYS, MONTHS, st.integers(0, 60), DAYS)
def test_nothing_held_is_ever_over(event: date, months: int, floor: int, today: date) -> None:
    assert not is_over(event, months, floor=floor, today=today, held=True)


@given(DAYS, MONTHS, st.integers(0, 60), DAYS)
def test_nothing_is_over_before_its_floor_or_before_its_own_term(event: date, months: int, floor: int, today: date) -> None:
    over = is_over(event, months, floor=floor, today=today, held=False)
    no_term = max(months, floor) == 0
    assert over == (today >= event if no_term else today > last_day(event, floor) and today > last_day(event, months))


@given(DAYS, MONTHS)
def test_a_term_ends_on_the_day_of_the_same_number_or_on_the_last_of_the_month(event: date, months: int) -> None:
    end = last_day(event, months)
    assert (end.year * 12 + end.month) - (event.year * 12 + event.month) == months
    assert end.day == event.day or (end.day < event.day and (end + timedelta(days=1)).day == 1)


def test_what_never_started_never_ends() -> None:
    assert not is_over(None, 0, floor=0, today=date.max, held=False)


@pytest.mark.parametrize(
    ("event", "months", "end"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2023, 2, 28), 12, date(2024, 2, 28)),
        (date(2024, 12, 31), 2, date(2025, 2, 28)),
        (date(9999, 1, 1), 24, date.max),
    ],
)
def test_leap_years_and_short_months(event: date, months: int, end: date) -> None:
    assert last_day(event, months) == end


def rules(*given: tuple[Category, Action, int]) -> RetentionRules:
    return RetentionRules(rules=tuple(RetentionRule(category=c, action=a, months=m) for c, a, m in given))


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([(Category.LETTER, Action.SHRED, 23)], [("RETENTION_BELOW_FLOOR", "rules[0].months")]),
        ([(Category.SESSION, Action.SHRED, 5)], [("RETENTION_BELOW_FLOOR", "rules[0].months")]),
        ([(Category.SNAPSHOT, Action.SHRED, 600)], [("RETENTION_ACTION_UNFIT", "rules[0].action")]),
        ([(Category.AUDIT, Action.PSEUDONYMISE, 600)], [("RETENTION_ACTION_UNFIT", "rules[0].action")]),
        ([(Category.PERSON, Action.SHRED, 24)], [("RETENTION_ACTION_UNFIT", "rules[0].action")]),
        (
            [(Category.MESSAGE, Action.SHRED, 12), (Category.MESSAGE, Action.KEEP, 0)],
            [("RETENTION_CATEGORY_TWICE", "rules[1].category")],
        ),
        ([(Category.LETTER, Action.SHRED, 24), (Category.LETTER, Action.KEEP, 0)][:1], []),
        ([(Category.LETTER, Action.KEEP, 0), (Category.SNAPSHOT, Action.KEEP, 0)], []),
    ],
)
def test_lint_names_the_rule_that_cannot_be(said: list[tuple[Category, Action, int]], found: list[tuple[str, str]]) -> None:
    assert [(each.code, each.path) for each in lint(rules(*said))] == found


def test_a_refused_term_names_its_law_in_both_languages() -> None:
    (finding,) = lint(rules((Category.LETTER, Action.SHRED, 1)))
    assert "《劳动合同法》第五十条" in finding.zh
    assert "Labour Contract Law art. 50" in finding.en


@pytest.mark.parametrize("category", Category)
def test_every_category_has_a_floor_with_a_source_and_what_never_ends_is_kept(category: Category) -> None:
    floor = FLOORS[category]
    assert floor.zh
    assert floor.en
    assert (floor.event is Event.NEVER) == (floor.action is Action.KEEP)


async def test_the_database_ends_terms_on_the_same_days(database: Database) -> None:
    company = await make_company()
    days = [date(2023, 12, 25) + timedelta(days=n) for n in range(70)]
    async with tenant_transaction(company.system):
        for months in (0, 1, 6, 11, 24, 48):
            found = await fetch_value(
                "select array_agg((d + make_interval(months => $2))::date order by d) from unnest($1::date[]) d", days, months
            )
            assert found == [last_day(day, months) for day in days]
