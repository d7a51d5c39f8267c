"""The official table of Chinese working days, calendars/official_days.py: written from the library `holidays`, checked by a test.

The library takes 30 MB and half a second of a process, because it loads every country; the table that it gives takes none.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from holidays.countries.china import China, ChinaStaticHolidays

TABLE = Path(__file__).resolve().parents[1] / "tenants" / "plumb_tenants" / "calendars" / "official_days.py"
FIRST, LAST = 2004, max(ChinaStaticHolidays.special_public_holidays)
"""From the first year of the table to the last one that the State Council has announced; later ones are guesses."""
ONE = timedelta(days=1)
HEADER = (
    '"""Days that the State Council announced as free, and weekend days as working (调休), by year; written by script.\n\n'
    "Each year: the free days, then the working weekend days, as MMDD or MMDD-MMDD.\n"
    "A weekend day that touches a holiday is free with it.\n"
    '"""\n\n'
)


def days_of(year: int) -> Iterator[date]:
    """Yield the days of a year."""
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += ONE


def rests_with_a_holiday(table: China, day: date) -> bool:
    """Return whether a free day is a holiday, or a day of a weekend that touches one."""
    for step in (ONE, -ONE):
        near = day
        while not table.is_working_day(near):
            if near in table:
                return True
            near += step
    return False


def spans(days: list[date]) -> str:
    """Return days as MMDD and MMDD-MMDD, earliest first."""
    found: list[list[date]] = []
    for day in days:
        if found and found[-1][-1] == day - ONE:
            found[-1].append(day)
        else:
            found.append([day])
    return " ".join(f"{each[0]:%m%d}" + (f"-{each[-1]:%m%d}" if len(each) > 1 else "") for each in found)


def written_table() -> str:
    """Return the text of the module as the installed library would have it."""
    table = China(years=range(FIRST - 1, LAST + 1), expand=False)  # type: ignore[no-untyped-call]  # the library has no types
    lines = []
    for year in range(FIRST, LAST + 1):
        days = list(days_of(year))
        free = spans([day for day in days if rests_with_a_holiday(table, day)])
        working = spans([day for day in days if day.weekday() > 4 and table.is_working_day(day)])
        lines += [f"    {year}: (", f'        "{free}",', f'        "{working}",', "    ),"]
    return HEADER + "DAYS: dict[int, tuple[str, str]] = {\n" + "\n".join(lines) + "\n}\n"


def main() -> int:
    """Write the table, or say whether the one on disk is what the library says."""
    parser = argparse.ArgumentParser(description="calendars/official_days.py")
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--write", action="store_true")
    wanted.add_argument("--check", action="store_true")
    if parser.parse_args().write:
        TABLE.write_text(written_table(), encoding="utf-8")
        return 0
    return int(TABLE.read_text(encoding="utf-8") != written_table())


if __name__ == "__main__":
    sys.exit(main())
