"""A target over months, fiscal periods and weeks: twelve factors, exact sums, an override per node (A4, A42)."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.numbers.periods import FiscalPattern
from plumb_tenants.decomposition.given import NOTHING, Given, frame_of, ramp_of
from plumb_tenants.decomposition.seasons import cut_of, is_even, monthly, spread_by_month, spread_by_week, stored_seasons
from plumb_tenants.people.service import Spell
from support.splits import equal_template, year_of

FACTORS = ["1", "1", "1", "1", "1", "1", "1", "1", "1", "1", "1", "2"]
factor = st.decimals(min_value=0, max_value=9, places=2).map(str)


def test_twelve_factors_share_out_the_year_exactly() -> None:
    body = equal_template(seasonality=FACTORS)
    months = spread_by_month(Decimal("1000.00"), body, NOTHING, year_of(body))
    assert [str(month) for month in months] == [*["76.93"] * 3, *["76.92"] * 8, "153.85"]
    assert sum(months) == Decimal("1000.00")


def test_a_node_s_own_season_stands_in_the_place_of_the_template_s() -> None:
    body = equal_template(seasonality=FACTORS)
    own = Given(season=tuple(Decimal(place == 0) for place in range(12)))
    assert spread_by_month(Decimal("1000.00"), body, own, year_of(body)) == [Decimal("1000.00"), *[Decimal("0.00")] * 11]


def test_factors_stand_in_the_order_of_the_fiscal_year() -> None:
    body = equal_template(seasonality=FACTORS, calendar={"first_month": 4})
    months = spread_by_month(Decimal("1300.00"), body, NOTHING, year_of(body))
    assert [str(month) for month in months] == ["100.00", "100.00", "200.00", *["100.00"] * 9]


def test_the_months_of_somebody_new_follow_the_ramp() -> None:
    body = equal_template(ramp=[{"below_months": 3, "percent": "50"}])
    months = spread_by_month(Decimal("1050.00"), body, Given(hired_on=date(2026, 1, 1)), year_of(body))
    assert [str(month) for month in months] == [*["50.00"] * 3, *["100.00"] * 9]


def test_the_months_of_a_stored_body_are_those_of_its_template() -> None:
    """Calendar, factors and ramp each make other months; a body without any of them spreads evenly."""
    new = Given(hired_on=date(2026, 1, 1))
    ramp = [{"below_months": 3, "percent": "50"}]
    for changes in ({}, {"seasonality": FACTORS}, {"calendar": {"first_month": 4}, "seasonality": FACTORS}, {"ramp": ramp}):
        body = equal_template(**changes)
        stored = stored_seasons({name: body.model_dump(mode="json")[name] for name in changes})
        assert (stored.calendar, stored.seasonality, stored.ramp) == (body.calendar, body.seasonality, body.ramp)
        assert monthly(Decimal("1050.00"), stored, new, year_of(body)) == monthly(Decimal("1050.00"), body, new, year_of(body))
    empty = stored_seasons({"calendar": None, "seasonality": None, "ramp": None})
    assert {part for _, part in monthly(Decimal("1200.00"), empty, new, year_of(equal_template()))} == {Decimal("100.00")}


def test_a_quarter_whose_factors_are_all_zero_is_spread_by_its_days() -> None:
    body = equal_template(seasonality=[*["0"] * 3, *["1"] * 9])
    frame = frame_of(body, date(2026, 1, 1), date(2026, 3, 31), as_of=date(2026, 1, 1))
    assert [str(month) for month in spread_by_month(Decimal("9.00"), body, NOTHING, frame)] == ["3.00"] * 3


def test_only_months_without_season_and_ramp_are_even() -> None:
    year = year_of(equal_template())
    assert is_even(equal_template(), NOTHING, year)
    assert is_even(equal_template(ramp=[{"below_months": 3, "percent": "50"}]), NOTHING, year)
    assert is_even(equal_template(), Given(presence=248, spells=(Spell(year.starts_on, year.ends_on),)), year)
    for body, each in (
        (equal_template(seasonality=FACTORS), NOTHING),
        (equal_template(), Given(season=(Decimal(1),) * 12)),
        (equal_template(calendar={"pattern": "WEEKS_445"}), NOTHING),
        (equal_template(), Given(presence=247, spells=(Spell(date(2026, 1, 5), year.ends_on),))),
        (equal_template(ramp=[{"below_months": 3, "percent": "50"}]), Given(hired_on=date(2026, 1, 1))),
    ):
        assert not is_even(body, each, year)


def test_the_weeks_of_a_4_4_5_year_nest_in_its_periods() -> None:
    body = equal_template(seasonality=FACTORS, calendar={"pattern": "WEEKS_445"})
    frame = frame_of(body, date(2025, 12, 29), date(2027, 1, 3), as_of=date(2026, 1, 1))
    cut = cut_of(body, frame)
    weeks = spread_by_week(Decimal("1300.00"), body, NOTHING, cut)
    assert len(weeks) == 53
    assert (sum(weeks[:4]), sum(weeks[4:8]), sum(weeks[8:13]), sum(weeks[47:])) == (10000, 10000, 10000, 20000)
    assert cut.weeks[0] == date(2025, 12, 29)


SEASONS = st.lists(factor, min_size=12, max_size=12).filter(lambda row: any(map(Decimal, row)))
CALENDARS = st.fixed_dictionaries({"pattern": st.sampled_from(FiscalPattern), "first_month": st.integers(1, 12)})
CYCLES = st.builds(
    lambda day, length: (day, day + timedelta(days=length)), st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 800)
)


def test_months_and_weeks_are_those_that_somebody_is_there_for() -> None:
    """From Monday 2 March to Tuesday 14 April 2026: 30 of March's 31 days to 14 of April's 30 are 900 to 434."""
    body = equal_template()
    there = Given(presence=31, spells=(Spell(date(2026, 3, 2), date(2026, 4, 14)),))
    months = spread_by_month(Decimal("1334.00"), body, there, year_of(body))
    assert [str(month) for month in months[:5]] == ["0.00", "0.00", "900.00", "434.00", "0.00"]
    assert sum(months) == Decimal("1334.00")
    cut = cut_of(body, year_of(body), lambda day: day.weekday() < 5)
    weeks = spread_by_week(Decimal("1334.00"), body, there, cut)
    assert [week for week, cents in zip(cut.weeks, weeks, strict=True) if cents] == [
        date(2026, 3, 2) + timedelta(weeks=place) for place in range(7)
    ]
    assert sum(weeks) == 133400


def test_a_ramp_counts_the_months_that_somebody_is_there_for_and_no_others() -> None:
    """Half of a full target in the first three of the six months since July: three quarters of what presence leaves."""
    body = equal_template(ramp=[{"below_months": 3, "percent": "50"}])
    joined = Given(hired_on=date(2026, 7, 1), presence=128, spells=(Spell(date(2026, 7, 1), date(2026, 12, 31)),))
    assert ramp_of(body, joined, year_of(body)) == Fraction(3, 4)


HIRED = st.one_of(st.none(), st.dates(date(2019, 1, 1), date(2032, 1, 1)))


@given(st.integers(-(10**12), 10**12), SEASONS, CALENDARS, CYCLES, HIRED)
def test_months_and_weeks_add_up_to_the_target(
    cents: int, season: list[str], calendar: dict[str, object], cycle: tuple[date, date], hired_on: date | None
) -> None:
    ramp = [{"below_months": 3, "percent": "0"}, {"below_months": 6, "percent": "62.5"}]
    body = equal_template(seasonality=season, ramp=ramp, calendar=calendar)
    frame = frame_of(body, *cycle, as_of=cycle[0])
    half = (Spell(cycle[0], cycle[0] + (cycle[1] - cycle[0]) / 2),)
    value = Decimal(cents) / 100
    cut = cut_of(body, frame, lambda day: day.weekday() < 5)
    for own in (Given(hired_on=hired_on), Given(hired_on=hired_on, spells=half)):
        assert sum(spread_by_month(value, body, own, frame)) == value
        weeks = spread_by_week(value, body, own, cut)
        assert (sum(weeks), len(weeks)) == (cents, len(cut.weeks))
