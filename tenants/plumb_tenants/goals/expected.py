"""What is expected of a goal by a day: even over working days, or as its months say; pure (D3)."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

from plumb_tenants.goals.attainment import HUNDRED, ZERO, Aimed
from plumb_tenants.goals.kinds import Aim, Curve
from plumb_tenants.goals.rules import CENT, months_of

IsWorkingDay = Callable[[date], bool]
ONE = Decimal(1)
LAG_POINTS = Decimal(15)
"""Percentage points behind the curve beyond which a goal lags (D3)."""
WIDE = Context(prec=60)
"""Room for a target times a part, so that nothing is rounded before the end."""
NEARLY = Decimal("0.000000001")
"""A part such as 5/6 is cut at 28 digits: what is short of half a cent by no more than that is half a cent."""
EXPECTED_SQL = """case when {part} is null then null when {aim} = 'MAINTAIN' then {target}
  else round(round(coalesce({baseline}, 0) + ({target} - coalesce({baseline}, 0)) * {part}, 9), 2) end"""
"""The value of `expected_value` where PostgreSQL gives it for very many goals."""
EXPECTED_ATTAINMENT_SQL = """case when {part} is null then null when {aim} = 'MAINTAIN' then 100
  else round(round({part} * 100, 9), 2) end"""
"""The attainment of `expected_value` where PostgreSQL gives it for very many goals."""


def part_of_days(starts_on: date, ends_on: date, at: date, is_working_day: IsWorkingDay) -> Decimal:
    """Return which part of the working days of a period has come by the end of a day; calendar days where none works."""
    days = [starts_on + timedelta(n) for n in range((ends_on - starts_on).days + 1)]
    working = [day for day in days if is_working_day(day)] or days
    return Decimal(sum(1 for day in working if day <= at)) / len(working)


def expected_part(
    curve: Curve, period: tuple[date, date], months: Sequence[Decimal], at: date, is_working_day: IsWorkingDay
) -> Decimal:
    """Return which part of a target is expected by the end of a day, 0 to 1.

    MONTHLY follows the goal's months, evenly within each; months that add up to nothing are as LINEAR.
    """
    starts_on, ends_on = period
    if at < starts_on:
        return ZERO
    if at >= ends_on:
        return ONE
    total = sum(months, ZERO)
    firsts = months_of(starts_on, ends_on)
    if curve is Curve.LINEAR or not total or len(firsts) != len(months):
        return part_of_days(starts_on, ends_on, at, is_working_day)
    place = next(index for index, first in enumerate(firsts) if (first.year, first.month) == (at.year, at.month))
    behind = sum(months[:place], ZERO)
    month_end = firsts[place + 1] - timedelta(1) if place + 1 < len(firsts) else ends_on
    within = part_of_days(max(firsts[place], starts_on), month_end, at, is_working_day)
    return (behind + months[place] * within) / total


def expected_value(aimed: Aimed, part: Decimal) -> tuple[Decimal, Decimal]:
    """Return the value and the attainment in percent that are expected when `part` of the way should be done.

    What is to be maintained is expected in full on every day.
    """
    if aimed.aim is Aim.MAINTAIN:
        return aimed.target, HUNDRED
    start = ZERO if aimed.baseline is None else aimed.baseline
    way = WIDE.multiply(WIDE.subtract(aimed.target, start), part)
    return _round(WIDE.add(start, way)), _round(part * HUNDRED)


def is_lagging(lag: Decimal | None) -> bool:
    """Return whether a lag in percentage points is more than LAG_POINTS; exactly as many are not (D3)."""
    return lag is not None and lag > LAG_POINTS


def _round(value: Decimal) -> Decimal:
    return value.quantize(NEARLY, ROUND_HALF_UP, WIDE).quantize(CENT, ROUND_HALF_UP, WIDE)
