"""Before and after: what became of a metric from one period to a later one, in its unit and in percent (C28)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plumb_tenants.formulas.service import Reason
from plumb_tenants.metrics.changing import Change, change_between
from plumb_tenants.metrics.definition import Direction
from support.asking import Ask
from support.metrics_made import observed, publish_body, say
from support.team import Team

RATE = {"type": "NUMBER", "unit_of_measure": "%", "indicator": "LAGGING", "aggregation": "LAST", "across": "AVERAGE"}
CHANGE = """query ($metric: String!, $code: String!, $earlier: MetricWindowInput!, $later: MetricWindowInput!) {
  metricChange(metric: $metric, subject: {kind: PERSON, code: $code}, earlier: $earlier, later: $later) {
  earlier { value asOf definitionNumber } later { value } difference percent reason better } }"""
FIRST, SECOND = {"startsOn": "2025-01-01", "endsOn": "2025-03-31"}, {"startsOn": "2025-04-01", "endsOn": "2025-06-30"}


@pytest.mark.parametrize(
    ("before", "after", "direction", "expected"),
    [
        ("67", "89", Direction.HIGHER, Change(Decimal(22), Decimal("32.84"), None, better=True)),
        ("24.5", "11.2", Direction.LOWER, Change(Decimal("-13.3"), Decimal("-54.29"), None, better=True)),
        ("24.5", "30", Direction.LOWER, Change(Decimal("5.5"), Decimal("22.45"), None, better=False)),
        ("-4", "-1", Direction.HIGHER, Change(Decimal(3), Decimal("75.00"), None, better=True)),
        ("5", "5", Direction.HIGHER, Change(Decimal(0), Decimal("0.00"), None, better=None)),
        ("5", "6", Direction.MAINTAIN, Change(Decimal(1), Decimal("20.00"), None, better=None)),
        ("0", "12", Direction.HIGHER, Change(Decimal(12), None, Reason.DIVISION_BY_ZERO, better=True)),
        (None, "12", Direction.HIGHER, Change(None, None, Reason.NO_INPUT, better=None)),
        ("12", None, Direction.HIGHER, Change(None, None, Reason.NO_INPUT, better=None)),
    ],
)
def test_a_change_is_in_the_unit_and_in_percent_and_never_infinite(
    before: str | None, after: str | None, direction: Direction, expected: Change
) -> None:
    first, second = (None if each is None else Decimal(each) for each in (before, after))
    assert change_between(first, second, direction) == expected


async def test_attainment_rose_from_67_to_89_and_a_base_of_zero_has_no_percent(team: Team, ask: Ask) -> None:
    hr = team.company.hr
    await publish_body(hr, "metric", "attainment", RATE)
    days = (date(2025, 3, 31), date(2025, 6, 30))
    values = {"E1": ("67", "89"), "E2": ("0", "12")}
    await say(
        hr,
        *(
            observed(f"{number}{day}", "attainment", number, day, value)
            for number, pair in values.items()
            for day, value in zip(days, pair, strict=True)
        ),
    )

    async def change(code: str, **periods: Mapping[str, str]) -> dict[str, Any]:
        asked = {"metric": "attainment", "code": code, "earlier": FIRST, "later": SECOND} | periods
        found: dict[str, Any] = await ask(hr, CHANGE, **asked)
        return found

    rose = await change("E1")
    assert (rose["earlier"]["value"], rose["later"]["value"], rose["earlier"]["definitionNumber"]) == ("67.00", "89.00", 1)
    assert (rose["difference"], rose["percent"], rose["reason"], rose["better"]) == ("22.00", "32.84", None, True)
    assert rose["earlier"]["asOf"] is not None
    from_zero = await change("E2")
    assert (from_zero["difference"], from_zero["percent"], from_zero["reason"]) == ("12.00", None, "DIVISION_BY_ZERO")
    unheard = await change("M1")
    assert (unheard["difference"], unheard["percent"], unheard["reason"]) == (None, None, "NO_INPUT")


async def test_windows_the_wrong_way_round_are_refused_and_an_employee_sees_nobody_else(team: Team, ask: Ask) -> None:
    await publish_body(team.company.hr, "metric", "attainment", RATE)
    for earlier, later, code in (
        (SECOND, FIRST, "METRIC_WINDOWS_OVERLAP"),
        (FIRST, FIRST, "METRIC_WINDOWS_OVERLAP"),
        ({"startsOn": "2025-03-31", "endsOn": "2025-01-01"}, SECOND, "METRIC_PERIOD_INVALID"),
    ):
        asked = {"metric": "attainment", "code": "E1", "earlier": earlier, "later": later}
        with pytest.raises(AssertionError, match=code):
            await ask(team.company.hr, CHANGE, **asked)
    assert await ask(team.owner, CHANGE, metric="attainment", code="E2", earlier=FIRST, later=SECOND) is None


def test_the_least_change_is_better_or_worse() -> None:
    for after, direction, better in (
        ("1.01", Direction.HIGHER, True),
        ("0.99", Direction.HIGHER, False),
        ("1.01", Direction.LOWER, False),
        ("0.99", Direction.LOWER, True),
        ("1.00", Direction.HIGHER, None),
        ("1.01", Direction.MAINTAIN, None),
    ):
        assert change_between(Decimal("1.00"), Decimal(after), direction).better is better, (after, direction)
