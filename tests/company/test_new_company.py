"""What a new company may be called and set to: refused before anything is written."""

import pytest

from plumb_platform.database import Database
from plumb_platform.errors import DomainError
from plumb_tenants.company.service import check_new_company

GOOD = {"key": "yikang", "name": "益康医疗", "time_zone": "Asia/Shanghai", "locale": "zh-CN", "currency": "CNY"}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"key": "Yikang"}, "COMPANY_KEY_INVALID", "key"),
        ({"name": "  "}, "COMPANY_NAME_INVALID", "name"),
        ({"name": "长" * 201}, "COMPANY_NAME_INVALID", "name"),
        ({"time_zone": "Asia/Atlantis"}, "TIME_ZONE_UNKNOWN", "timeZone"),
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
