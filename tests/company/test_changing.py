"""A company's own settings are changed by its administrators and by nobody else; what was done under the former ones stays."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_platform.permissions import Permission, Scope, grants_of
from plumb_tenants.access.service import RoleTarget, assign_role, delegate_role
from plumb_tenants.company.changing import next_common_day
from support.asking import Ask
from support.companies import CompanyFixture, make_company
from support.goals_made import add_goals
from support.letters_made import issued
from support.letters_made import make_office as make_letter_office
from support.office import Office, make_office, person_of

UPDATE = """mutation ($input: UpdateCompanyInput!) { updateCompany(input: $input) {
  ... on Company { name locale timeZone currency } ... on Problem { code field message } } }"""
MORNING = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai, 15:00 in Auckland, 02:00 in London, and still the day before in New York."""
AUCKLAND, NEW_YORK, LONDON = "Pacific/Auckland", "America/New_York", "Europe/London"


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company("华南医疗器械有限公司")


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office()


async def stored(company: CompanyFixture) -> tuple[str, str, str]:
    async with tenant_transaction(company.system):
        (row,) = await fetch("select name, locale, time_zone from company")
    return row["name"], row["locale"], row["time_zone"]


async def entries(company: CompanyFixture) -> list[tuple[Any, Any]]:
    async with tenant_transaction(company.system):
        rows = await fetch("select before, after from audit_entry where action = 'company.update' order by number")
    return [(orjson.loads(row["before"]), orjson.loads(row["after"])) for row in rows]


async def test_only_administrators_change_it_and_the_permission_is_asked_before_the_input_is_judged(
    ask: Ask, company: CompanyFixture
) -> None:
    for who in (company.hr, company.auditor, replace(company.admin, channel="token", scopes=frozenset({"company:read"}))):
        answer = await ask(who, UPDATE, input={"name": " "})
        assert (answer["code"], answer["field"]) == ("FORBIDDEN", None)
    assert await stored(company) == ("华南医疗器械有限公司", "zh-CN", "Asia/Shanghai")


@pytest.mark.parametrize(
    ("given_input", "code", "field"),
    [
        ({"name": "  "}, "COMPANY_NAME_INVALID", "name"),
        ({"name": "长" * 201}, "COMPANY_NAME_INVALID", "name"),
        ({"name": "华南\n科技"}, "COMPANY_NAME_INVALID", "name"),
        ({"name": "华南\u0007科技"}, "COMPANY_NAME_INVALID", "name"),
        ({"locale": "fr"}, "LOCALE_UNKNOWN", "locale"),
        ({"timeZone": "CET"}, "TIME_ZONE_UNKNOWN", "timeZone"),
        ({"name": "新名", "timeZone": "localtime"}, "TIME_ZONE_UNKNOWN", "timeZone"),
    ],
)
async def test_what_does_not_fit_changes_nothing(
    ask: Ask, company: CompanyFixture, given_input: dict[str, str], code: str, field: str
) -> None:
    answer = await ask(company.admin, UPDATE, input=given_input)
    assert (answer["code"], answer["field"]) == (code, field)
    assert await stored(company) == ("华南医疗器械有限公司", "zh-CN", "Asia/Shanghai")
    assert await entries(company) == []


async def test_what_is_left_out_or_is_so_already_stays_and_is_not_told(ask: Ask, company: CompanyFixture) -> None:
    first = await ask(company.admin, UPDATE, input={"name": " 华南医疗科技有限公司 ", "locale": "zh-CN"})
    assert first == {"name": "华南医疗科技有限公司", "locale": "zh-CN", "timeZone": "Asia/Shanghai", "currency": "CNY"}
    assert await ask(company.admin, UPDATE, input={"name": "华南医疗科技有限公司", "timeZone": None}) == first
    assert (await ask(company.admin, UPDATE, input={"locale": "en"}))["locale"] == "en"
    assert await entries(company) == [
        ({"name": "华南医疗器械有限公司"}, {"name": "华南医疗科技有限公司"}),
        ({"locale": "zh-CN"}, {"locale": "en"}),
    ]


async def test_letters_bear_the_new_name_from_the_next_one_on(ask: Ask, database: Database) -> None:
    office = await make_letter_office()
    before = await office.issued()
    await ask(office.company.admin, UPDATE, input={"name": "华南医疗科技有限公司"})
    (goal,) = await add_goals(office.company, office.cycle, [(office.unit, office.employee)], title="第二个目标")
    after = await issued(office.company.hr, goal, office.template)
    async with tenant_transaction(office.company.system):
        names = {
            letter.id: await fetch_value("select canonical::json #>> '{company,name}' from letter where id = $1", letter.id)
            for letter in (before, after)
        }
        printed = await fetch("select id, content ->> 'company' as name from letter")
    assert names == {before.id: "华南医疗器械有限公司", after.id: "华南医疗科技有限公司"}
    assert {row["id"]: row["name"] for row in printed} == names


async def test_a_zone_in_which_it_is_another_day_is_refused_with_the_next_hour_at_which_it_is_not(
    ask: Ask, company: CompanyFixture
) -> None:
    answer = await replace(ask, at=MORNING)(company.admin, UPDATE, input={"timeZone": NEW_YORK, "acceptsMoved": True})
    assert (answer["code"], answer["field"]) == ("TIME_ZONE_TURNS_DAY", "timeZone")
    # Summer time: New York is twelve hours behind Shanghai, so that it is noon there when the day begins here.
    assert "2026-03-10 12:00 (Asia/Shanghai)" in answer["message"]
    assert (await stored(company))[2] == "Asia/Shanghai"
    noon = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
    answer = await replace(ask, at=noon)(company.admin, UPDATE, input={"timeZone": NEW_YORK, "acceptsMoved": True})
    assert answer["timeZone"] == NEW_YORK


async def test_terms_that_go_by_days_move_only_when_that_is_meant(ask: Ask, office: Office) -> None:
    company, asking = office.company, replace(ask, at=MORNING, locale="zh-CN")
    with clock_at(MORNING):
        async with tenant_transaction(company.admin):
            target = RoleTarget(person_id=person_of(office.clerk))
            await assign_role(company.admin, role="employee", target=target, ends_on=date(2026, 3, 20))
    answer = await asking(company.admin, UPDATE, input={"timeZone": LONDON, "name": "改名"})
    assert (answer["code"], answer["field"]) == ("TIME_ZONE_MOVES_DAYS", "timeZone")
    assert "移动 +8 小时" in answer["message"]
    assert "有期限的角色与委派 1 个" in answer["message"]
    assert await entries(company) == []
    assert (await asking(company.admin, UPDATE, input={"timeZone": LONDON, "acceptsMoved": True}))["timeZone"] == LONDON


async def test_a_right_that_ends_with_the_day_ends_by_the_new_clock_in_a_process_that_knew_the_old_one(
    ask: Ask, office: Office
) -> None:
    company, clerk = office.company, office.clerk

    async def tunes(actor: Actor) -> bool:
        async with tenant_transaction(actor):
            return (await grants_of(actor)).scope(Permission.PLAN_TUNE) is not Scope.NONE

    with clock_at(MORNING):
        async with tenant_transaction(company.admin):
            target = RoleTarget(person_id=person_of(office.chief))
            await assign_role(company.admin, role="manager", target=target)
        async with tenant_transaction(office.chief):
            last = date(2026, 3, 10)
            await delegate_role(office.chief, role="manager", person_id=person_of(clerk), ends_on=last)
        assert await tunes(clerk)
    to = {"timeZone": AUCKLAND, "acceptsMoved": True}
    assert (await replace(ask, at=MORNING)(company.admin, UPDATE, input=to))["timeZone"] == AUCKLAND
    # One in the night of the 11th in Auckland, and eight in the evening of the 10th in Shanghai.
    with clock_at(datetime(2026, 3, 10, 12, 0, tzinfo=UTC)):
        assert not await tunes(clerk)


@given(
    st.integers(0, 5 * 366 * 24 * 60).map(lambda minutes: MORNING + timedelta(minutes=minutes)),
    st.sampled_from([NEW_YORK, LONDON, AUCKLAND, "Asia/Kathmandu", "Pacific/Pago_Pago", "UTC"]),
)
def test_the_hour_that_is_named_has_one_date_in_both_places(moment: datetime, zone: str) -> None:
    found = next_common_day(moment, "Asia/Shanghai", zone)
    assert found is not None
    assert found > moment
    assert found.astimezone(ZoneInfo("Asia/Shanghai")).date() == found.astimezone(ZoneInfo(zone)).date()


def test_places_a_day_apart_never_have_one_date() -> None:
    assert next_common_day(MORNING, "Pacific/Kiritimati", "Pacific/Honolulu") is None
