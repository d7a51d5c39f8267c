"""Presence: for how many working days of the cycle a child is there, said with the split or from placements (A3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.periods import days_between
from plumb_platform.telling import Said
from plumb_tenants.calendars.service import Calendar, CalendarYearMissing
from plumb_tenants.decomposition.requests import ChildTerms
from plumb_tenants.people.service import Spell


class PresenceInvalid(InvalidInput, tells={"child": "Person.name|OrgUnit.name"}):
    """Somebody is there from a day to no earlier one, within the cycle."""

    code = "PRESENCE_INVALID"
    zh = "“{child}”的在岗日期 {first} 至 {last} 无效：须在周期 {starts_on} 至 {ends_on} 内，且结束不早于开始。"
    en = "The days {first} to {last} of {child} are not valid: they go forward and lie within {starts_on} to {ends_on}."


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The working days of a cycle, counted once: `before` says for each of its days, and the one after, how many came before."""

    starts_on: date
    ends_on: date
    before: Sequence[int]

    @property
    def total(self) -> int:
        """Return how many there are in the cycle."""
        return self.before[-1]

    def of(self, spells: Sequence[Spell]) -> int:
        """Return how many lie within spells, which lie within the cycle and do not overlap."""
        return sum(self._before(each.last, 1) - self._before(each.first, 0) for each in spells)

    def _before(self, day: date, more: int) -> int:
        return self.before[(day - self.starts_on).days + more]


def working_days(calendar: Calendar, starts_on: date, ends_on: date) -> WorkingDays:
    """Count the working days of a cycle; raises CALENDAR_YEAR_MISSING at the cycle."""
    before = [0]
    try:
        for day in days_between(starts_on, ends_on):
            before.append(before[-1] + calendar.is_working_day(day))
    except CalendarYearMissing as missing:
        raise CalendarYearMissing(field="cycleId", year=missing.year) from None
    return WorkingDays(starts_on, ends_on, before)


def spells_of(said: ChildTerms, placed: tuple[Spell, ...] | None, child: str, days: WorkingDays) -> tuple[Spell, ...] | None:
    """Return when a child is there, None for always: what is said goes before where it was placed; raises PRESENCE_INVALID."""
    if not said.is_part_time:
        return placed
    first, last = said.present_from or days.starts_on, said.present_until or days.ends_on
    if not days.starts_on <= first <= last <= days.ends_on:
        shown = {"first": first, "last": last, "starts_on": days.starts_on, "ends_on": days.ends_on}
        raise PresenceInvalid(row=Said.LATER, child=child, **{key: day.isoformat() for key, day in shown.items()})
    return (Spell(first, last),)
