"""Working days with 调休 and both clocks, at the dates of the case study and by properties (A43, N12, D10, D11, C72)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from holidays.countries.china import China
from hypothesis import given, settings
from hypothesis import strategies as st

import official_days
from plumb_tenants.calendars.clocks import Clock, Pause, PauseInvalid, Term, due_at, elapsed
from plumb_tenants.calendars.definition import SHIPPED, WorkingCalendar
from plumb_tenants.calendars.official import YEARS
from plumb_tenants.calendars.rules import Calendar, CalendarYearMissing

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = SHIPPED.opened("Asia/Shanghai")
SUBMITTED = datetime(2025, 9, 26, 10, tzinfo=SHANGHAI)
WEEK = Term(clock=Clock.WORKING_DAYS, amount=7)
days = st.dates(date(2024, 3, 1), date(2026, 9, 30))
instants = st.integers(0, 880 * 24 * 60).map(lambda minutes: datetime(2024, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]  # year, month, day and more


def test_a_year_without_data_is_refused_by_name_however_one_steps_into_it() -> None:
    for asked in (
        lambda: CHINA.is_working_day(date(2027, 1, 1)),
        lambda: CHINA.add_working_days(date(2026, 12, 30), 2),
        lambda: CHINA.add_working_days(date(2004, 1, 2), -2),
        lambda: CHINA.working_days_between(date(2026, 12, 30), date(2027, 1, 1)),
        lambda: due_at(CHINA, local(2026, 12, 31, 17), Term(clock=Clock.WORKING_HOURS, amount=2)),
    ):
        with pytest.raises(CalendarYearMissing) as refused:
            asked()
        year = refused.value.year
        assert year in (2003, 2027)
        assert refused.value.text("zh-CN") == f"工作日历没有 {year} 年的数据，请在公司工作日历中上传该年的放假与调休安排。"


def test_the_table_is_what_the_library_says_for_every_day_from_2004_to_2026() -> None:
    assert sorted(YEARS) == list(range(2004, 2027))
    library = China(years=range(2004, 2027))  # type: ignore[no-untyped-call]  # the library has no types
    day = date(2004, 1, 1)
    while day.year < 2027:
        assert CHINA.is_working_day(day) == library.is_working_day(day), day
        day += timedelta(days=1)
    assert official_days.TABLE.read_text(encoding="utf-8") == official_days.written_table()


def test_seven_working_days_from_friday_26_september_2025_end_with_monday_13_october() -> None:
    assert CHINA.add_working_days(date(2025, 9, 26), 7) == date(2025, 10, 13)
    assert CHINA.working_days_between(date(2025, 9, 26), date(2025, 10, 13)) == 7
    assert due_at(CHINA, SUBMITTED, WEEK) == local(2025, 10, 13, 23, 59, 59)


def test_48_hours_are_clock_hours_through_the_holidays() -> None:
    assert due_at(CHINA, local(2025, 9, 30, 18), Term(clock=Clock.CLOCK_HOURS, amount=48)) == local(2025, 10, 2, 18)


def test_working_hours_pass_over_nights_noon_and_holidays_and_count_a_working_sunday() -> None:
    term = Term(clock=Clock.WORKING_HOURS, amount=20)
    assert due_at(CHINA, local(2025, 9, 26, 10), term) == local(2025, 9, 29, 15)  # 7 on Friday, 8 on Sunday, 5 on Monday
    assert due_at(CHINA, local(2025, 9, 30, 18), Term(clock=Clock.WORKING_HOURS, amount=1)) == local(2025, 10, 9, 10)


def test_the_company_decides_over_the_table_and_a_six_day_week_rests_through_golden_week() -> None:
    body = WorkingCalendar.model_validate(
        {
            "week": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"],
            "years": [
                {"year": 2025, "holidays": ["2025-09-29"], "working": ["2025-10-08"]},
                {"year": 2027, "holidays": ["2027-01-01"]},
            ],
        }
    )
    own = body.opened("Asia/Shanghai")
    worked = {f"{day:%m-%d}" for day in (date(2025, 9, 27) + timedelta(days=n) for n in range(16)) if own.is_working_day(day)}
    assert worked == {"09-27", "09-28", "09-30", "10-08", "10-09", "10-10", "10-11"}
    assert own.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 2)


def test_a_pause_moves_the_end_and_is_left_out_of_what_passed() -> None:
    pause = Pause(local(2025, 9, 28, 9), local(2025, 9, 30, 11))
    assert due_at(CHINA, SUBMITTED, WEEK, [pause]) == local(2025, 10, 15, 23, 59, 59)
    assert due_at(CHINA, SUBMITTED, Term(clock=Clock.CLOCK_HOURS, amount=48), [pause]) == local(2025, 9, 30, 12)
    assert due_at(CHINA, SUBMITTED, WEEK, [Pause(SUBMITTED, None)]) is None
    found = elapsed(CHINA, SUBMITTED, local(2025, 9, 30, 12), [pause])
    assert (found.clock, found.working, found.working_days, found.paused) == (
        timedelta(hours=48),
        timedelta(hours=8),  # 7 on Friday, none on Sunday and Monday, 11 to 12 on Tuesday
        1,
        timedelta(hours=50),
    )
    assert elapsed(CHINA, local(2026, 12, 31, 10), local(2026, 12, 31, 23)).working == timedelta(hours=7)


def test_pauses_that_end_before_they_begin_or_run_in_the_midst_are_refused() -> None:
    later = Pause(local(2025, 9, 28, 9), local(2025, 9, 28, 10))
    for wrong, field in (
        ([Pause(local(2025, 9, 28, 9), local(2025, 9, 28, 9))], "pauses[0]"),
        ([later, Pause(SUBMITTED, None), later], "pauses[1]"),
    ):
        with pytest.raises(PauseInvalid) as refused:
            due_at(CHINA, SUBMITTED, WEEK, wrong)
        assert refused.value.field == field


def test_a_day_that_the_clocks_change_has_23_hours_and_ends_when_it_ends() -> None:
    berlin = Calendar("Europe/Berlin", frozenset(range(7)), frozenset({2026}), {}, ((time(9), time(17)),))
    spring = datetime(2026, 3, 29, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert berlin.end_of(date(2026, 3, 29)) == datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)
    assert due_at(berlin, spring.astimezone(UTC), Term(clock=Clock.CLOCK_HOURS, amount=23)) == datetime(
        2026, 3, 29, 22, tzinfo=UTC
    )


@given(days, st.integers(-90, 60))  # sixty working days on, the last day is still in a year that the calendar knows
@settings(max_examples=80, deadline=None)
def test_steps_over_working_days_land_on_working_days_and_are_counted_back(day: date, count: int) -> None:
    landed = CHINA.add_working_days(day, count)
    if count:
        assert CHINA.is_working_day(landed)
    start = day if count >= 0 or CHINA.is_working_day(day) else CHINA.add_working_days(day, -1)
    if count >= 0:
        assert CHINA.working_days_between(start, landed) == count
    assert CHINA.working_days_between(day, landed) == -CHINA.working_days_between(landed, day)


@pytest.mark.parametrize(
    ("zone", "day", "ends_at"),
    [
        # Clocks go back from 24:00 to 23:00: the day's last hour comes twice.
        ("Africa/Cairo", date(2026, 10, 29), datetime(2026, 10, 29, 21, 59, 59, tzinfo=UTC)),
        ("Asia/Beirut", date(2026, 10, 24), datetime(2026, 10, 24, 21, 59, 59, tzinfo=UTC)),
        ("America/Sao_Paulo", date(2018, 2, 17), datetime(2018, 2, 18, 2, 59, 59, tzinfo=UTC)),
        # The next day has no midnight: it begins at 01:00.
        ("Africa/Cairo", date(2026, 4, 23), datetime(2026, 4, 23, 21, 59, 59, tzinfo=UTC)),
        ("America/Sao_Paulo", date(2018, 11, 3), datetime(2018, 11, 4, 2, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_day_ends_with_its_last_second_where_clocks_change_at_midnight(zone: str, day: date, ends_at: datetime) -> None:
    opened = SHIPPED.opened(zone)
    assert opened.end_of(day) == ends_at
    assert opened.day_of(ends_at) == day
    assert opened.day_of(ends_at + timedelta(seconds=1)) == day + timedelta(days=1)


@given(instants, st.sampled_from([Clock.CLOCK_HOURS, Clock.WORKING_HOURS]), st.integers(1, 60), st.data())
@settings(max_examples=80, deadline=None)
def test_from_start_to_end_of_a_term_exactly_the_term_passes_whatever_was_paused(
    started: datetime, clock: Clock, amount: int, data: st.DataObject
) -> None:
    spans = data.draw(st.lists(st.tuples(st.integers(-50, 200), st.integers(1, 60)), max_size=4))
    pauses = [Pause(started + timedelta(hours=a), started + timedelta(hours=a + b)) for a, b in spans]
    due = due_at(CHINA, started, Term(clock=clock, amount=amount), pauses)
    assert due is not None
    passed = elapsed(CHINA, started, due, pauses)
    assert (passed.clock if clock is Clock.CLOCK_HOURS else passed.working) == timedelta(hours=amount)
    assert passed.clock + passed.paused == due - started
