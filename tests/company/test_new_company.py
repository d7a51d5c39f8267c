"""What a new company may be called and set to: refused before anything is written."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from plumb_platform.database import Database, platform_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.company.service import check_new_company, known_time_zones

GOOD = {"key": "yikang", "name": "益康医疗", "time_zone": "Asia/Shanghai", "locale": "zh-CN", "currency": "CNY"}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"key": "Yikang"}, "COMPANY_KEY_INVALID", "key"),
        ({"name": "  "}, "COMPANY_NAME_INVALID", "name"),
        ({"name": "长" * 201}, "COMPANY_NAME_INVALID", "name"),
        *(
            ({"time_zone": name}, "TIME_ZONE_UNKNOWN", "timeZone")
            for name in ("Asia/Atlantis", "asia/shanghai", "localtime", "CET", "EET", "EST", "+08:00", "Factory", "")
        ),
        ({"locale": "fr"}, "LOCALE_UNKNOWN", "locale"),
        ({"currency": "RMB"}, "UNKNOWN_CURRENCY", "currency"),
    ],
)
async def test_a_company_that_could_not_work_is_refused(
    database: Database, changes: dict[str, str], code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        await check_new_company(**GOOD | changes)
    assert (refused.value.code, refused.value.field) == (code, field)


async def test_a_company_that_can_work_is_let_through(database: Database) -> None:
    await check_new_company(**GOOD | {"key": "nobody-has-this-key", "name": "长" * 200})


async def test_python_and_the_database_tell_the_same_day_in_every_zone_that_is_let_through(database: Database) -> None:
    """Both ask what day it is: where one knew no summer time, a term would end on two days."""
    zones = sorted(known_time_zones())
    assert {"UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12"} <= set(zones)
    moments = [datetime(2026, month, day, hour, tzinfo=UTC) for month in (1, 7) for day in (1, 15) for hour in (1, 12, 23)]
    async with platform_transaction() as connection:
        told = await connection.fetch(
            "select z as zone, t as moment, (t at time zone z) as here from unnest($1::text[]) z, unnest($2::timestamptz[]) t",
            zones,
            moments,
        )
    here = {(each["zone"], each["moment"]): each["moment"].astimezone(ZoneInfo(each["zone"])) for each in told}
    wrong = {each["zone"] for each in told if here[each["zone"], each["moment"]].replace(tzinfo=None) != each["here"]}
    assert (wrong, len(told)) == (set(), len(zones) * len(moments))
