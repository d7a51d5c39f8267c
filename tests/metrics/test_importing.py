"""Progress figures from files that people typed, over GraphQL: each fault by row and heading, all or nothing, twice is once."""

import asyncio
from base64 import b64encode
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from openpyxl import Workbook

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, tenant_transaction
from plumb_platform.sheets import gate
from support.asking import Ask
from support.metrics_made import LIBRARY, publish_body, publish_library
from support.team import Team

REPORT = """written rows recorded corrected unchanged errorCount
  errors { row column heading code message } warnings { row code message }"""
IMPORT = f"""mutation ($input: ImportObservationsInput!) {{ importObservations(input: $input) {{
  ... on ObservationImport {{ {REPORT} }} ... on Problem {{ code message field }} }} }}"""
VALUE = """query ($metric: String!, $kind: SubjectKind!, $code: String!) { metricValue(metric: $metric,
  subject: {kind: $kind, code: $code}, startsOn: "2026-03-01", endsOn: "2026-03-31") { value } }"""
HEADER = "指标,工号,部门编码,日期,数值\n"
TWO = HEADER + 'revenue,E1,,2026-03-05,"1,200.50"\nvisit,E2,,2026年3月6日,3\n'


@pytest.fixture
def ask(ask: Ask) -> Ask:
    """Return what asks in Chinese."""
    return ask.in_language("zh-CN")


@pytest.fixture
async def hr(team: Team) -> Actor:
    await publish_library(team.company.hr)
    return team.company.hr


async def imported(ask: Ask, actor: Actor, csv: str = TWO, **given: Any) -> dict[str, Any]:
    source = {"csv": csv} if "fileBase64" not in given else {}
    return dict(await ask(actor, IMPORT, input={**source, **given}))


async def value(ask: Ask, actor: Actor, metric: str, code: str, kind: str = "PERSON") -> str | None:
    found: str | None = (await ask(actor, VALUE, metric=metric, kind=kind, code=code))["value"]
    return found


def counts(report: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(report[name] for name in ("written", "recorded", "corrected", "unchanged", "errorCount"))


async def audited(actor: Actor) -> int:
    async with tenant_transaction(actor):
        return len(await fetch("select 1 from audit_entry where action = 'observation.record'"))


async def test_a_file_is_looked_at_written_repeated_and_corrected(ask: Ask, hr: Actor) -> None:
    assert counts(await imported(ask, hr, dryRun=True)) == (False, 2, 0, 0, 0)
    assert await audited(hr) == 0
    assert counts(await imported(ask, hr)) == (True, 2, 0, 0, 0)
    assert counts(await imported(ask, hr)) == (True, 0, 0, 2, 0)
    assert (await value(ask, hr, "revenue", "E1"), await value(ask, hr, "visit", "E2"), await audited(hr)) == ("1200.50", "3", 1)
    corrected = TWO.replace("1,200.50", "1,300.00")
    assert counts(await imported(ask, hr, corrected)) == (True, 0, 1, 1, 0)
    assert await value(ask, hr, "revenue", "E1") == "1300.00"
    # What stood first, said again, is a correction of its own, and not what is known already.
    assert counts(await imported(ask, hr)) == (True, 0, 1, 1, 0)
    assert (await value(ask, hr, "revenue", "E1"), await audited(hr)) == ("1200.50", 3)


async def test_each_fault_is_told_by_row_heading_and_remedy_and_nothing_is_written(ask: Ask, hr: Actor) -> None:
    rows = (
        "revenue,E1,,2026-03-05,12万",
        "revenue,E9,,2026-03-05,1",
        "nothing,E1,,2026-03-05,1",
        "revenue,E1,,2026-02-30,1",
        "revenue,E1,HN,2026-03-05,1",
        "revenue,,,2026-03-05,1",
        "revenue,E2,,2026-03-07,",
        "conversion,E2,,2026-03-07,1",
        "revenue,E2,,2199-01-01,1",
        "revenue,E1,,2026-03-08,1",
        "revenue,E1,,2026-03-08,2",
        ",E1,,2026-03-08,2",
    )
    report = await imported(ask, hr, "指标,工号,部门编码,日期,完成值\n" + "\n".join(rows) + "\n")
    assert [(each["row"], each["heading"], each["code"]) for each in report["errors"]] == [
        (2, "完成值", "CELL_NUMBER_INVALID"),
        (3, "工号", "NOT_FOUND"),
        (4, "指标", "METRIC_UNKNOWN"),
        (5, "日期", "CELL_DATE_INVALID"),
        (6, None, "SUBJECT_NOT_GIVEN"),
        (7, None, "SUBJECT_NOT_GIVEN"),
        (8, "完成值", "OBSERVATION_VALUE_MISSING"),
        (9, "指标", "METRIC_COMPUTED"),
        (10, "日期", "OBSERVATION_DAY_INVALID"),
        (12, None, "OBSERVATION_TWICE"),
        (13, "指标", "CELL_MISSING"),
    ]
    said = {each["row"]: each["message"] for each in report["errors"]}
    assert said[2] == "“12万”不是有效数值，请只写数字，如 1234.50 或 1,234.50，不带单位（元、万）、货币符号与百分号。"
    assert said[12] == "与第 11 行重复（同一指标、对象与日期）：请合并；如确为两笔，请加“记录号”列加以区分。"
    assert (report["written"], report["errorCount"], await audited(hr)) == (False, 11, 0)
    assert await value(ask, hr, "revenue", "E1") is None


async def test_headings_are_known_in_both_languages_and_metrics_by_name(ask: Ask, hr: Actor) -> None:
    await publish_body(hr, "metric", "paid", LIBRARY["revenue"], name="回款额")
    assert counts(await imported(ask, hr, HEADER + "回款额,E1,,2026-03-05,7\n")) == (True, 1, 0, 0, 0)
    assert await value(ask, hr, "paid", "E1") == "7.00"
    english = "metric,employee_number,date,value,record,remark\nrevenue,E1,2026-03-05,10,R1,x\nrevenue,E1,2026-03-05,20,R2,\n"
    report = await imported(ask.in_language("en"), hr, english)
    assert (counts(report), [each["code"] for each in report["warnings"]]) == ((True, 2, 0, 0, 0), ["COLUMN_UNKNOWN"])
    assert await value(ask, hr, "revenue", "E1") == "30.00"
    missing = await imported(ask.in_language("en"), hr, "metric,value\nrevenue,1\n")
    assert [(each["column"], each["code"]) for each in missing["errors"]] == [("day", "COLUMN_MISSING")]


async def test_units_the_company_and_records_that_are_taken_back(ask: Ask, hr: Actor) -> None:
    csv = "指标,部门编码,对象,日期,数值,记录号,删除\nrevenue,HN,,2026-03-05,10,R1,\nrevenue,,公司,2026-03-05,5,R2,否\n"
    assert counts(await imported(ask, hr, csv, source="手工")) == (True, 2, 0, 0, 0)
    assert (await value(ask, hr, "revenue", "HN", "UNIT"), await value(ask, hr, "revenue", "", "COMPANY")) == ("10.00", "15.00")
    assert counts(await imported(ask, hr, csv.replace("R1,", "R1,是"), source="手工")) == (True, 0, 1, 1, 0)
    assert await value(ask, hr, "revenue", "", "COMPANY") == "5.00"


async def test_revisions_that_a_file_tells_are_held_against_what_was_said(ask: Ask, hr: Actor) -> None:
    csv = "指标,工号,日期,数值,记录号,修订号\nrevenue,E1,2026-03-05,10,R1,2\n"
    assert counts(await imported(ask, hr, csv)) == (True, 1, 0, 0, 0)
    report = await imported(ask, hr, csv.replace(",10,", ",11,"))
    assert [(each["row"], each["heading"], each["code"]) for each in report["errors"]] == [(2, "修订号", "OBSERVATION_DIFFERS")]


async def test_a_record_stands_in_one_row_unless_each_of_its_rows_says_its_revision(ask: Ask, hr: Actor) -> None:
    header = "指标,工号,日期,数值,记录号,修订号\nrevenue,E1,2026-03-05,10,R1,"
    for first, second in (("", ""), ("2", ""), ("", "2")):
        report = await imported(ask, hr, f"{header}{first}\nvisit,E1,2026-03-06,11,R1,{second}\n")
        (fault,) = report["errors"]
        assert (report["written"], fault["row"], fault["code"]) == (False, 3, "RECORD_TWICE")
        assert fault["message"] == (
            "记录号“R1”已在第 2 行出现：一个记录号只写一行；如为同一记录的多次修订，请在各行填写“修订号”。"
        )
    report = await imported(ask, hr, f"{header}0\n")
    assert [(each["heading"], each["code"]) for each in report["errors"]] == [("修订号", "OBSERVATION_REVISION_INVALID")]
    assert counts(await imported(ask, hr, f"{header}1\nrevenue,E1,2026-03-05,11,R1,2\n")) == (True, 2, 0, 0, 0)
    assert await value(ask, hr, "revenue", "E1") == "11.00"


async def test_a_percent_is_refused_with_both_numbers_that_it_may_mean(ask: Ask, hr: Actor) -> None:
    for written, shown in (("12.5%", "12.5%"), ('"1,250 ％"', "1,250 %"), ("-0.5%", "'-0.5%")):
        (fault,) = (await imported(ask, hr, HEADER + f"revenue,E1,,2026-03-05,{written}\n"))["errors"]
        plain = shown.strip("' %").replace(",", "")
        share = {"12.5": "0.125", "1250": "12.50", "-0.5": "-0.005"}[plain]
        said = f"“{shown}”带有百分号，可能表示 {plain} 或 {share}：请按该列的单位只写其一，并将单元格设为常规格式。"
        assert (fault["code"], fault["message"]) == ("CELL_PERCENT", said)


async def test_who_may_not_record_is_refused_before_the_file_is_looked_at(ask: Ask, team: Team, hr: Actor) -> None:
    assert (await imported(ask, team.owner, "x"))["code"] == "FORBIDDEN"
    assert (await imported(ask, hr, "x"))["code"] == "CSV_EMPTY"
    assert (await imported(ask, hr, source="plumb"))["code"] == "OBSERVATION_SOURCE_RESERVED"
    assert (await imported(ask, hr, asOf="2199-01-01T00:00:00Z"))["code"] == "AS_OF_IN_FUTURE"


async def test_five_thousand_rows_of_a_workbook_are_recorded_once(ask: Ask, hr: Actor) -> None:
    book, file = Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["2026 年 3 月进度"])
    sheet.append(["指标", "工号", "日期", "数值", "记录号"])
    for number in range(5_000):
        sheet.append(["revenue", "E1", "2026-03-05", 0.1, f"R{number}"])
    book.save(file)
    given = {"fileBase64": b64encode(file.getvalue()).decode()}
    done, again = await asyncio.gather(imported(ask, hr, **given), imported(ask, hr, **given))
    assert sorted([done["recorded"], again["recorded"]]) == [0, 5_000]
    assert await value(ask, hr, "revenue", "E1") == "500.00"


async def test_a_process_reads_few_files_at_one_time(ask: Ask, team: Team, hr: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    leave, inside, most = asyncio.Event(), 0, 0

    async def reading(tenant_id: UUID) -> None:
        nonlocal inside, most
        async with gate.import_turn(tenant_id):
            inside += 1
            most = max(most, inside)
            await leave.wait()
            inside -= 1

    others = asyncio.gather(*(reading(uuid4()) for _ in range(6)), return_exceptions=True)
    await asyncio.sleep(0)
    monkeypatch.setattr(gate, "LONGEST_WAIT", 0.2)
    # Who may not import is told that, and not that it is busy.
    assert (await imported(ask, team.owner))["code"] == "FORBIDDEN"
    assert (await imported(ask, hr))["code"] == "IMPORTS_BUSY"
    leave.set()
    await others
    assert (most, inside) == (gate.AT_ONCE, 0)
    assert counts(await imported(ask, hr)) == (True, 2, 0, 0, 0)
