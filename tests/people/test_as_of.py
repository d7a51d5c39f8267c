"""The organisation as it stood on a day: imports say from when people and units are where they are (A3)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from plumb_schema.ground.ids import encode_id
from plumb_tenants.people.service import deactivate_person, import_people
from plumb_tenants.people.stays import stays_in
from support.asking import Ask, first_code
from support.companies import CompanyFixture, add_person, make_company
from support.matrices import grant, less, more, published

JUNE = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
HEADER = "工号,姓名,部门编码,部门,上级部门编码,职级,岗位,直属上级工号"
BEFORE = (
    "1,陈华,HN,华南大区,,M2,大区经理,",
    "2,林粤,GD,广东,HN,M1,省区经理,1",
    "3,张三,GD,,,P5,销售代表,2",
    "4,李四,GX,广西,HN,P5,销售代表,1",
)
MOVED = ("3,张三,GX,,,P6,销售代表,4",)
RENAMED = ("4,李四,GX,西南办,GD,P5,销售代表,1",)
PEOPLE = """query ($day: Date!, $unit: ID!, $skip: Int! = 0, $first: Int! = 100) {
  it: peopleAsOf(asOf: $day, unitId: $unit, skip: $skip, first: $first) { number name grade since unitId managerId }
}"""
UNITS = "query ($day: Date!) { it: unitsAsOf(asOf: $day) { code name parentId unitId } }"


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    made = await make_company()
    await effective(made.hr, date(2026, 1, 1), *BEFORE)
    await effective(made.hr, date(2026, 3, 16), *MOVED)
    await effective(made.hr, date(2026, 5, 1), *RENAMED)
    return made


@pytest.fixture
def ask(product_engine: Engine, ground: Ground) -> Ask:
    return Ask(product_engine, ground, at=JUNE, otherwise=lambda body: [first_code(body)])


async def effective(actor: Actor, day: date | None, *rows: str, dry_run: bool = False) -> bool:
    content = "\n".join((HEADER, *rows)).encode()
    with clock_at(JUNE):
        async with tenant_transaction(actor):
            return (await import_people(actor, content=content, dry_run=dry_run, effective_on=day)).written


async def hide(company: CompanyFixture, body: dict[str, Any]) -> None:
    with clock_at(JUNE):
        await published(company.admin, body)


async def unit(company: CompanyFixture, code: str) -> str:
    async with tenant_transaction(company.system):
        return encode_id("OrgUnit", await fetch_value("select id from org_unit where code = $1", code))


async def placements(company: CompanyFixture) -> list[dict[str, Any]]:
    async with tenant_transaction(company.system):
        return await fetch(
            "select p.number, u.code, o.starts_on, o.ends_on from person_placement o join person p on p.id = o.person_id "
            "join org_unit u on u.id = o.unit_id order by p.number, o.starts_on"
        )


async def test_a_day_to_come_is_refused_and_a_dry_run_places_nobody(company: CompanyFixture, ask: Ask) -> None:
    before = await placements(company)
    for day in (date(2026, 7, 1), date(1989, 12, 31)):
        with pytest.raises(DomainError) as refused:
            await effective(company.hr, day, *BEFORE)
        assert (refused.value.code, refused.value.field) == ("DAY_TO_COME", "effectiveOn")
    assert not await effective(company.hr, date(2026, 2, 1), *BEFORE, dry_run=True)
    assert await placements(company) == before
    assert await ask(company.hr, UNITS, day="2026-07-01") == ["DAY_TO_COME"]
    assert await ask(company.hr, PEOPLE, day="2026-07-01", unit=await unit(company, "HN")) == ["DAY_TO_COME"]
    assert await ask(company.hr, PEOPLE, day="2026-06-01", unit=encode_id("OrgUnit", company.tenant_id)) is None
    assert await ask(company.hr, PEOPLE, day="2026-06-01", unit=await unit(company, "HN"), first=101) == ["PAGE_SIZE_INVALID"]


async def test_people_belong_to_where_they_were_placed_on_the_day(company: CompanyFixture, ask: Ask) -> None:
    guangdong, guangxi, south = [await unit(company, code) for code in ("GD", "GX", "HN")]

    async def who(day: str, place: str) -> list[str]:
        return [each["number"] for each in await ask(company.hr, PEOPLE, day=day, unit=place)]

    assert await who("2025-12-31", south) == [], "nobody was heard of yet"
    assert await who("2026-03-15", guangdong) == ["2", "3"]
    assert await who("2026-03-16", guangdong) == ["2"]
    assert await who("2026-03-16", guangxi) == ["3", "4"]
    assert await who("2026-04-30", guangdong) == ["2"], "Guangxi came below Guangdong in May"
    assert await who("2026-05-01", guangdong) == ["2", "3", "4"]
    assert await who("2026-05-01", south) == ["1", "2", "3", "4"]
    (then,) = [each for each in await ask(company.hr, PEOPLE, day="2026-03-15", unit=south) if each["number"] == "3"]
    (now,) = [each for each in await ask(company.hr, PEOPLE, day="2026-03-16", unit=south) if each["number"] == "3"]
    assert (then["grade"], then["since"], then["unitId"]) == ("P5", "2026-01-01", guangdong)
    assert (now["grade"], now["since"], now["unitId"]) == ("P6", "2026-03-16", guangxi)
    assert [each["number"] for each in await ask(company.hr, PEOPLE, day="2026-05-01", unit=south, skip=1, first=2)] == [
        "2",
        "3",
    ]


async def test_the_tree_stands_as_it_did(company: CompanyFixture, ask: Ask) -> None:
    south, guangdong = await unit(company, "HN"), await unit(company, "GD")

    async def guangxi(day: str) -> list[tuple[str, str]]:
        return [(each["name"], each["parentId"]) for each in await ask(company.hr, UNITS, day=day) if each["code"] == "GX"]

    assert await guangxi("2026-04-30") == [("广西", south)]
    assert await guangxi("2026-05-01") == [("西南办", guangdong)]
    assert await ask(company.hr, UNITS, day="2025-12-31") == []


async def test_a_later_word_about_an_earlier_day_takes_the_place_of_what_followed(company: CompanyFixture) -> None:
    await effective(company.hr, date(2026, 2, 1), "3,张三,HN,,,P6,销售代表,1")
    again = "\n".join((HEADER, "3,张三,HN,,,P6,销售代表,1", BEFORE[1])).encode()
    with clock_at(JUNE):
        async with tenant_transaction(company.hr):
            reports = [
                await import_people(company.hr, content=again, dry_run=False, effective_on=day)
                for day in (date(2026, 2, 1), date(2026, 1, 5))
            ]
    assert [len(report.warnings) for report in reports] == [0, 1], "only one of two was heard of after 5 January"
    (warned,) = reports[1].warnings
    assert (warned.row, warned.column, warned.error.code) == (1, None, "EFFECTIVE_DAY_KEPT")
    assert warned.error.text("zh-CN").startswith("有 1 行与现有资料一致，未按 2026-01-05 改动生效日期")
    rows = [row for row in await placements(company) if row["number"] == "3"]
    assert [(row["code"], row["starts_on"], row["ends_on"]) for row in rows] == [
        ("GD", date(2026, 1, 1), date(2026, 1, 31)),
        ("HN", date(2026, 2, 1), None),
    ]


async def test_what_is_known_already_is_backdated_where_the_import_asks_for_it_and_days_follow(company: CompanyFixture) -> None:
    await effective(company.hr, date(2026, 3, 2), "3,张三,HN,,,P6,销售代表,1")
    same, day = "\n".join((HEADER, "3,张三,HN,,,P6,销售代表,1", BEFORE[1])).encode(), date(2026, 2, 2)
    stays, written = [], []
    for dry_run, backdate in ((False, False), (True, True), (False, True), (False, True)):
        with clock_at(JUNE):
            async with tenant_transaction(company.hr):
                report = await import_people(company.hr, content=same, dry_run=dry_run, effective_on=day, backdate=backdate)
                unit_id = await fetch_value("select id from org_unit where code = 'HN'")
                found = await stays_in(company.hr, [unit_id], first=date(2026, 1, 1), last=date(2026, 3, 31))
        stays.append([(each.first, each.last) for stay in found if stay.person.number == "3" for each in stay.spells or ()])
        written.append((report.updated, report.backdated, [fault.error.code for fault in report.warnings]))
    assert written == [(0, 0, ["EFFECTIVE_DAY_KEPT"]), (0, 1, []), (0, 1, []), (0, 0, [])]
    later, earlier = [[(first, date(2026, 3, 31))] for first in (date(2026, 3, 2), day)]
    assert stays == [later, later, earlier, earlier]
    rows = [(row["code"], row["starts_on"], row["ends_on"]) for row in await placements(company) if row["number"] == "3"]
    assert rows == [("GD", date(2026, 1, 1), date(2026, 2, 1)), ("HN", day, None)]


async def test_who_left_is_there_up_to_the_last_day(company: CompanyFixture, ask: Ask) -> None:
    south = await unit(company, "HN")
    with clock_at(datetime(2026, 6, 10, 4, 0, tzinfo=UTC)):
        async with tenant_transaction(company.hr):
            leaver = await fetch_value("select id from person where number = '4'")
            await deactivate_person(company.hr, person_id=leaver, version=1, reason="离职")
    for day, found in (("2026-06-10", ["1", "2", "3", "4"]), ("2026-06-11", ["1", "2", "3"])):
        assert [each["number"] for each in await ask(company.hr, PEOPLE, day=day, unit=south)] == found


async def test_only_those_within_reach_today_are_told(company: CompanyFixture, ask: Ask) -> None:
    async with tenant_transaction(company.system):
        guangxi = await fetch_value("select id from org_unit where code = 'GX'")
    employee = await add_person(company, "9", "王五", unit=guangxi)
    manager = await add_person(company, "8", "赵六", unit=guangxi, roles=("employee", "manager"))
    south = await unit(company, "HN")
    assert await ask(employee, PEOPLE, day="2026-03-15", unit=south) == []
    assert [each["number"] for each in await ask(manager, PEOPLE, day="2026-03-15", unit=south)] == ["3", "4"]


async def test_a_hidden_place_in_the_tree_is_not_told_of_the_past(company: CompanyFixture, ask: Ask) -> None:
    for name in ("unit", "manager", "grade", "position"):
        await hide(company, more("hr", grant("person:read", fields=[f"Person.{name}"], effect="DENY")))
        assert await ask(company.hr, PEOPLE, day="2026-03-15", unit=await unit(company, "HN")) == ["FIELD_HIDDEN"]
    await hide(company, more("hr", grant("unit:read", fields=["OrgUnit.parent"], effect="DENY")))
    assert await ask(company.hr, UNITS, day="2026-03-15") == ["FIELD_HIDDEN"]


async def test_a_manager_and_a_unit_above_whom_one_may_not_read_stay_unnamed(company: CompanyFixture, ask: Ask) -> None:
    async with tenant_transaction(company.system):
        guangxi = await fetch_value("select id from org_unit where code = 'GX'")
    manager = await add_person(company, "8", "赵六", unit=guangxi, roles=("manager",))
    then = {each["number"]: each for each in await ask(manager, PEOPLE, day="2026-03-15", unit=await unit(company, "HN"))}
    assert (then["3"]["managerId"], then["4"]["managerId"]) == (None, None), "2 and 1 are not of Guangxi"
    (now,) = [
        each for each in await ask(manager, PEOPLE, day="2026-06-01", unit=await unit(company, "GX")) if each["number"] == "3"
    ]
    assert now["managerId"] is not None, "4 is"
    narrow = less("manager", "unit:read")
    (grants,) = [each["grants"] for each in narrow["roles"] if each["key"] == "manager"]
    grants.append(grant("unit:read", "SUBTREE"))
    await hide(company, narrow)
    assert [(each["code"], each["parentId"]) for each in await ask(manager, UNITS, day="2026-03-15")] == [("GX", None)]
