"""The import against PostgreSQL, as the product's own role (A38)."""

import asyncio

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from plumb_platform.actor import Actor
from plumb_platform.audit.service import verify_chain
from plumb_platform.clock import today
from plumb_platform.database import Database, execute, fetch, tenant_transaction
from plumb_platform.errors import Forbidden, InvalidInput
from plumb_tenants.people import service
from plumb_tenants.people.reading import read_people
from plumb_tenants.people.rules import plan_import
from plumb_tenants.people.service import ImportReport
from plumb_tenants.people.store import load_directory, write_plan
from support.calls import counted_calls
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.wire import listened

HEADER = "工号,姓名,邮箱,部门编码,部门,上级部门编码,职级,岗位,直属上级工号,入职日期,技能"
SOUTH = (
    "1001,陈华,chen@example.test,HN,华南大区,,M2,大区经理,,2015-03-01,管理",
    "1002,林粤,lin@example.test,GD,广东,HN,M1,省区经理,1001,2018-07-09,管理;谈判",
    "1003,黄桂,,GX,广西,HN,M1,省区经理,1001,2019/1/5,",
    "1004,张三,zhang@example.test,GD,,,P5,销售代表,1002,2021-09-01,谈判、招标",
)


def file(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows]).encode("utf-8-sig")


async def run(actor: Actor, content: bytes, *, dry_run: bool = False) -> ImportReport:
    async with tenant_transaction(actor):
        return await service.import_people(actor, content=content, dry_run=dry_run)


async def state(company: CompanyFixture) -> list[list[dict[str, object]]]:
    """Return all that an import could change."""
    async with tenant_transaction(company.system):
        return [
            await fetch("select * from org_unit order by id"),
            await fetch("select * from org_unit_closure order by ancestor_id, descendant_id"),
            await fetch("select * from person order by id"),
            await fetch("select number from audit_entry order by number"),
        ]


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


async def test_an_employee_and_an_auditor_may_not_import(company: CompanyFixture) -> None:
    unit = await add_unit(company, "HN", "华南")
    employee = await add_person(company, "1", "张三", unit=unit)
    before = await state(company)
    for actor in (employee, company.auditor):
        with pytest.raises(Forbidden):
            await run(actor, file(*SOUTH))
    assert await state(company) == before


@pytest.mark.parametrize("content", [b"", b"\x00", b"\xff\xff", HEADER.encode() + b'\n"'])
async def test_what_is_no_csv_is_refused_and_changes_nothing(company: CompanyFixture, content: bytes) -> None:
    before = await state(company)
    with pytest.raises(InvalidInput) as caught:
        await run(company.hr, content)
    assert caught.value.field == "content"
    assert await state(company) == before


async def test_one_bad_row_keeps_all_rows_out(company: CompanyFixture) -> None:
    before = await state(company)
    report = await run(company.hr, file(*SOUTH, "1005,李四,not-mail,GD,,,P5,销售代表,1002,2021-13-01,"))
    assert not report.written
    assert [(fault.row, fault.column, fault.error.code) for fault in report.errors] == [
        (6, "email", "CELL_EMAIL_INVALID"),
        (6, "hired_on", "CELL_DATE_INVALID"),
    ]
    assert (report.error_count, report.rows) == (2, 5)
    assert await state(company) == before


async def test_a_cyclic_tree_is_refused_and_changes_nothing(company: CompanyFixture) -> None:
    await run(company.hr, file(*SOUTH))
    before = await state(company)
    units = await run(company.hr, file("1001,陈华,,HN,华南大区,GD,,,,,"))
    assert [fault.error.text("zh-CN") for fault in units.errors] == ["部门的上下级关系成环：HN → GD → HN。"]
    managers = await run(company.hr, file("1001,陈华,1004,HN", header="工号,姓名,直属上级工号,部门编码"))
    assert [fault.error.text("zh-CN") for fault in managers.errors] == ["直属上级关系成环：1001 → 1004 → 1002 → 1001。"]
    assert [units.written, managers.written] == [False, False]
    assert await state(company) == before


async def test_a_dry_run_reports_and_writes_nothing(company: CompanyFixture) -> None:
    before = await state(company)
    report = await run(company.hr, file(*SOUTH), dry_run=True)
    assert (report.written, report.created, report.units_created, report.warning_count) == (False, 4, 3, 1)
    assert await state(company) == before


async def test_people_and_units_are_imported_with_all_columns(company: CompanyFixture) -> None:
    report = await run(company.hr, file(*SOUTH))
    assert (report.written, report.rows, report.created, report.units_created) == (True, 4, 4, 3)
    assert [(fault.row, fault.error.code) for fault in report.warnings] == [(2, "MANAGER_MISSING")]
    async with tenant_transaction(company.hr):
        people = {person.number: person for person in await service.list_people(company.hr, limit=10)}
        units = {unit.code: unit for unit in await service.list_units(company.hr, limit=10)}
        lin, zhang = people["1002"], people["1004"]
        assert (zhang.name, zhang.email, zhang.grade, zhang.position) == ("张三", "zhang@example.test", "P5", "销售代表")
        assert (zhang.manager_id, zhang.unit_id, zhang.skills) == (lin.id, units["GD"].id, ("谈判", "招标"))
        assert zhang.hired_on is not None
        assert zhang.hired_on.isoformat() == "2021-09-01"
        assert (people["1003"].email, people["1003"].skills) == (None, ())
        assert people["1001"].manager_id is None
        assert [unit.code for unit in await service.list_units(company.hr, limit=9, within=units["HN"].id)] == ["GD", "GX", "HN"]
        assert [unit.code for unit in await service.children_of_unit(company.hr, units["HN"].id)] == ["GD", "GX"]
        assert [person.number for person in await service.people_of_unit(company.hr, units["GD"].id)] == ["1002", "1004"]


async def test_the_same_file_again_changes_nothing(company: CompanyFixture) -> None:
    await run(company.hr, file(*SOUTH))
    before = await state(company)
    report = await run(company.hr, file(*SOUTH))
    assert (report.written, report.created, report.updated, report.unchanged) == (True, 0, 0, 4)
    assert (report.units_created, report.units_updated) == (0, 0)
    assert await state(company) == before


async def test_a_second_file_updates_what_it_names_and_leaves_the_others(company: CompanyFixture) -> None:
    await run(company.hr, file(*SOUTH))
    report = await run(company.hr, file("1004,张三,,GX,广西壮族自治区,,P6,销售代表,1003,2021-09-01,"))
    assert (report.created, report.updated, report.unchanged, report.units_updated) == (0, 1, 0, 1)
    async with tenant_transaction(company.hr):
        people = {person.number: person for person in await service.list_people(company.hr, limit=10)}
        assert sorted(people) == ["1001", "1002", "1003", "1004"]
        zhang = people["1004"]
        assert (zhang.email, zhang.grade, zhang.manager_id, zhang.version) == (None, "P6", people["1003"].id, 2)
        assert [person.version for number, person in people.items() if number != "1004"] == [1, 1, 1]
        unit = await service.get_unit(company.hr, zhang.unit_id)
        assert (unit.code, unit.name, unit.version) == ("GX", "广西壮族自治区", 2)


async def test_an_import_is_one_entry_of_the_audit_chain(company: CompanyFixture) -> None:
    await run(company.hr, file(*SOUTH))
    async with tenant_transaction(company.system):
        entries = await fetch("select after::jsonb ->> 'created' as created from audit_entry where action = 'person.import'")
        assert entries == [{"created": "4"}]
        assert (await verify_chain(company.system)).broken_at is None


async def test_a_moved_unit_takes_its_subtree_with_it(company: CompanyFixture) -> None:
    header = "工号,姓名,部门编码,部门,上级部门编码"
    await run(company.hr, file(",,A,甲,", ",,B,乙,", ",,C,丙,A", ",,D,丁,C", header=header))
    await run(company.hr, file(",,C,丙,B", header=header))
    assert await closure(company) == {
        ("A", "A", 0),
        ("B", "B", 0),
        ("C", "C", 0),
        ("D", "D", 0),
        ("B", "C", 1),
        ("C", "D", 1),
        ("B", "D", 2),
    }


async def counted(actor: Actor, rows: list[str]) -> tuple[ImportReport, int, int]:
    """Import rows and return the report, the functions called for it and the statements sent."""
    async with listened() as wire:
        with counted_calls() as calls:
            report = await run(actor, file(*rows))
    return report, calls.count, len(wire.own)


async def test_ten_thousand_people_are_imported_in_as_many_statements_as_six_hundred(company: CompanyFixture) -> None:
    rows = [
        f"{100000 + n},员工{n},e{n}@example.test,U{n % 500},第{n % 500}部,{f'U{n % 500 // 10}' if n % 500 >= 10 else ''},"
        f"P{n % 9},销售代表,{100000 + n // 8 if n else ''},2020-01-{n % 28 + 1:02},谈判;渠道"
        for n in range(10_000)
    ]
    small = (await make_company()).hr
    first, again = [await counted(small, rows[:600]) for _ in range(2)]
    whole, repeated = [await counted(company.hr, rows) for _ in range(2)]
    assert (whole[0].created, whole[0].units_created, whole[0].error_count) == (10_000, 500, 0)
    assert repeated[0].unchanged == 10_000
    for (_, calls, statements), (_, calls_of_few, statements_of_few) in ((whole, first), (repeated, again)):
        assert 0 < statements <= statements_of_few
        assert calls <= calls_of_few * 10_000 / 600


async def test_two_imports_at_once_create_each_person_once(company: CompanyFixture) -> None:
    reports = await asyncio.gather(*[run(company.hr, file(*SOUTH)) for _ in range(3)])
    assert sorted((report.created, report.unchanged) for report in reports) == [(0, 4), (0, 4), (4, 0)]


async def test_the_same_numbers_in_two_companies_stay_apart(company: CompanyFixture) -> None:
    other = await make_company("另一家公司")
    await run(company.hr, file(*SOUTH))
    before = await state(company)
    report = await run(other.hr, file("1001,王五,w@example.test,HN,华南,,P1,,,,"))
    assert (report.created, report.updated) == (1, 0)
    assert await state(company) == before
    async with tenant_transaction(other.hr):
        assert [person.name for person in await service.list_people(other.hr, limit=10)] == ["王五"]


async def closure(company: CompanyFixture) -> set[tuple[str, str, int]]:
    async with tenant_transaction(company.system):
        rows = await fetch(
            "select a.code as ancestor, d.code as descendant, depth from org_unit_closure "
            "join org_unit a on a.id = ancestor_id join org_unit d on d.id = descendant_id"
        )
    return {(row["ancestor"], row["descendant"], row["depth"]) for row in rows}


@given(trees=st.lists(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=12), min_size=1, max_size=3))
@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_closure_is_right_after_any_imports(database: Database, trees: list[list[float]]) -> None:
    company = await make_company()
    parent_of: dict[str, str] = {}
    for draws in trees:
        parents = {f"U{unit}": f"U{int(draw * unit)}" for unit, draw in enumerate(draws) if unit}
        parent_of = {"U0": "", **parent_of, **parents}
        rows = [f",,{unit},名称,{parent}" for unit, parent in parent_of.items()]
        await run(company.hr, file(*rows, header="工号,姓名,部门编码,部门,上级部门编码"))
    expected = set()
    for unit in parent_of:
        at, depth = unit, 0
        while at:
            expected.add((at, unit, depth))
            at, depth = parent_of[at], depth + 1
    assert await closure(company) == expected


async def test_who_left_comes_back_by_a_hire_date_after_their_last_day_and_by_no_other(company: CompanyFixture) -> None:
    await run(company.hr, file(*SOUTH))
    async with tenant_transaction(company.hr):
        leaver = await fetch("select id as person_id, version from person where number = '1004'")
        await service.deactivate_person(company.hr, reason="离职", **leaver[0])

    async def active() -> list[bool]:
        async with tenant_transaction(company.system):
            return [row["active"] for row in await fetch("select active from person where number = '1004'")]

    report = await run(company.hr, file(*SOUTH))
    assert [(fault.row, fault.column, fault.error.code) for fault in report.warnings if fault.row == 5] == [
        (5, "hired_on", "PERSON_LEFT_ALREADY")
    ]
    assert (report.written, report.unchanged, await active()) == (True, 4, [False])
    again = await run(company.hr, file("1004,张三,zhang@example.test,GD,,,P5,销售代表,1002,2099-01-01,谈判、招标"))
    assert (again.updated, again.warning_count, await active()) == (1, 0, [True])
    async with tenant_transaction(company.system):
        placed = await fetch("select starts_on::text, ends_on is null as open from person_placement o order by starts_on desc")
    assert placed[0] == {"starts_on": "2099-01-01", "open": True}


async def test_of_whom_nothing_says_when_they_left_the_day_is_that_of_the_companys_own_midnight(company: CompanyFixture) -> None:
    unit = await add_unit(company, "GD", "广东")
    await add_person(company, "1004", "张三", unit=unit)
    async with tenant_transaction(company.system):
        # Half past midnight on 1 June in Shanghai.
        await execute("update person set active = false, created_at = '2026-05-31 16:30+00'")
    said = {}
    for hired_on in ("2026-06-01", "2026-06-02"):
        report = await run(company.hr, file(f"1004,张三,,GD,广东,,P5,销售代表,,{hired_on},"))
        said[hired_on] = [fault.error.code for fault in report.warnings if fault.column == "hired_on"]
    assert said == {"2026-06-01": ["PERSON_LEFT_ALREADY"], "2026-06-02": []}


async def test_who_leaves_while_an_import_is_worked_out_has_left(company: CompanyFixture) -> None:
    await run(company.hr, file(*SOUTH))
    async with tenant_transaction(company.hr):
        known = await load_directory()
        plan = plan_import(read_people(file(SOUTH[3].replace("销售代表", "高级代表"))), known.units, known.people)
        leaver = await fetch("select id as person_id, version from person where number = '1004'")
        await service.deactivate_person(company.hr, reason="离职", **leaver[0])
        await write_plan(company.hr, plan, known, starts_on=today("Asia/Shanghai"))
        row = await fetch("select active, position from person where number = '1004'")
        assert row == [{"active": False, "position": "高级代表"}]
        assert (
            await fetch("select 1 from person_placement where person_id = $1 and ends_on is null", leaver[0]["person_id"]) == []
        )
