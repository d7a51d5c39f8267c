"""The months over which revisions are counted are those of the company's own calendar, at its own midnight (C76)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plumb_platform.clock import clock_at
from plumb_tenants.revisions.stability import months_before
from support.revisions_made import OCTOBER_18, SHANGHAI, Reset

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("instant", "months", "before"),
    [
        (datetime(2028, 2, 29, 8, tzinfo=SHANGHAI), 12, datetime(2027, 2, 28, 0, tzinfo=UTC)),
        (datetime(2028, 8, 31, 8, tzinfo=SHANGHAI), 6, datetime(2028, 2, 29, 0, tzinfo=UTC)),
        (datetime(2027, 3, 1, 7, 30, tzinfo=SHANGHAI), 6, datetime(2026, 8, 31, 23, 30, tzinfo=UTC)),
        # Midnight before the hours are put forward on 8 March, and after they are put back on 1 November.
        (datetime(2026, 9, 8, 0, tzinfo=NEW_YORK), 6, datetime(2026, 3, 8, 5, tzinfo=UTC)),
        (datetime(2027, 5, 2, 0, tzinfo=NEW_YORK), 6, datetime(2026, 11, 2, 5, tzinfo=UTC)),
    ],
)
def test_the_same_hour_of_a_day_months_before_in_its_own_zone(instant: datetime, months: int, before: datetime) -> None:
    assert months_before(instant, months).astimezone(UTC) == before


async def test_in_the_first_hours_of_march_what_was_revised_in_august_is_counted_no_more(reset: Reset) -> None:
    same: dict[str, Any] = {"metric": None, "unit_of_measure": None, "weight": None, "weights": {}}
    august, march = datetime(2025, 8, 29, 12, tzinfo=SHANGHAI), datetime(2026, 3, 1, 7, 30, tzinfo=SHANGHAI)
    revised = []
    for place, at in enumerate((august, OCTOBER_18, OCTOBER_18 + timedelta(days=10), march)):
        with clock_at(at):
            revised.append(await reset.revise(target=Decimal(41 + place), **same))
    asked_why = "select root_cause_id from revision where root_cause_id is not null and id = any($1)"
    assert await reset.bureau.rows(asked_why, revised) == []
