"""Orders from files that people typed, over GraphQL: a row for each contributor, faults by row and heading, twice is once."""

from typing import Any

from plumb_platform.actor import Actor
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.sellers import Sellers

IMPORT = """mutation ($input: ImportOrdersInput!) { importOrders(input: $input) {
  ... on OrderImport { written rows recorded unchanged errorCount errors { row column heading code message } }
  ... on Problem { code message field } } }"""
ORDERS = """{ orders { edges { node { code amount customer orderedOn unit { code }
  shares { edges { node { lines { role percent amount } } } } } } } }"""
HEADER = "订单编号,金额,下单日,部门编码,客户,产品,区域,工号,角色\n"


async def numbers(ask: Ask, hr: Actor) -> dict[str, str]:
    """Return the employee numbers of the three contributors by their names' role."""
    found = await ask.nodes(hr, "{ people { edges { node { id number } } } }")
    return {each["id"]: each["number"] for each in found}


async def rows(ask: Ask, sellers: Sellers) -> str:
    known = await numbers(ask, sellers.hr)
    sales, presales, success = (known[encode_id("Person", party.person_id)] for party in sellers.parties())
    units = await ask.nodes(sellers.hr, "{ units { edges { node { id code } } } }")
    code = {each["id"]: each["code"] for each in units}[encode_id("OrgUnit", sellers.guangdong)]
    return (
        HEADER + f'SO-1,"100,000.00",2026-03-15,{code},市一医院,IVD 试剂,广东,{sales},销售代表\n'
        f"SO-1,,,,,,,{presales},presales\nSO-1,,,,,,,{success},客户成功经理\n"
        f"SO-2,300,2026/3/16,{code},市二医院,IVD 试剂,广东,{sales},sales\n"
    )


async def imported(ask: Ask, actor: Actor, csv: str, **given: Any) -> dict[str, Any]:
    return dict(await ask.in_language("zh-CN")(actor, IMPORT, input={"csv": csv, **given}))


def counts(report: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(report[name] for name in ("written", "rows", "recorded", "unchanged", "errorCount"))


async def test_orders_of_a_file_are_split_to_the_cent_and_the_same_file_again_is_nothing_new(ask: Ask, sellers: Sellers) -> None:
    csv = await rows(ask, sellers)
    assert counts(await imported(ask, sellers.hr, csv, dryRun=True)) == (False, 4, 2, 0, 0)
    assert await ask.nodes(sellers.hr, ORDERS) == []
    assert counts(await imported(ask, sellers.hr, csv)) == (True, 4, 2, 0, 0)
    assert counts(await imported(ask, sellers.hr, csv)) == (True, 4, 0, 2, 0)
    stored = {each["code"]: each for each in await ask.nodes(sellers.hr, ORDERS)}
    assert [(code, each["amount"], each["customer"]) for code, each in sorted(stored.items())] == [
        ("SO-1", "100000.00", "市一医院"),
        ("SO-2", "300.00", "市二医院"),
    ]
    (share,) = stored["SO-1"]["shares"]["edges"]
    assert [line["amount"] for line in share["node"]["lines"]] == ["33333.34", "33333.33", "33333.33"]


async def test_each_fault_of_orders_is_told_by_row_and_heading_and_nothing_is_written(ask: Ask, sellers: Sellers) -> None:
    csv = await rows(ask, sellers)
    assert counts(await imported(ask, sellers.hr, csv)) == (True, 4, 2, 0, 0)
    code, sales = csv.splitlines()[4].split(",")[3], csv.splitlines()[4].split(",")[7]
    wrong = (
        f"SO-2,301,2026-03-16,{code},市二医院,IVD 试剂,广东,{sales},sales",
        f"SO-3,12万,2026-03-16,{code},市二医院,IVD 试剂,广东,{sales},sales",
        f"SO-4,1,2026-03-16,XX,市二医院,IVD 试剂,广东,{sales},sales",
        f"SO-5,1,2026-03-16,{code},市二医院,IVD 试剂,广东,E404,sales",
        f"SO-6,1,2026-03-16,{code},市二医院,IVD 试剂,广东,{sales},经理",
        f"SO-7,1,2026-03-16,{code},市二医院,IVD 试剂,广东,{sales},sales",
        f"SO-7,2,2026-03-16,{code},市二医院,IVD 试剂,广东,{sales},presales",
        f"SO-8,1.005,2026-03-16,{code},市二医院,IVD 试剂,广东,{sales},sales",
        f"SO-9,1,2020-03-16,{code},市二医院,IVD 试剂,广东,{sales},sales",
        f"SO-10,,2026-03-16,{code},市二医院,IVD 试剂,广东,{sales},sales",
        f"SO-11,1,2026-03-16,{code},,IVD 试剂,,{sales},sales",
    )
    report = await imported(ask, sellers.hr, HEADER + "\n".join(wrong) + "\n")
    assert [(each["row"], each["heading"], each["code"]) for each in report["errors"]] == [
        (2, "订单编号", "ORDER_CODE_TAKEN"),
        (3, "金额", "CELL_NUMBER_INVALID"),
        (4, "部门编码", "NOT_FOUND"),
        (5, "工号", "NOT_FOUND"),
        (6, "角色", "SPLIT_ROLE_UNKNOWN"),
        (8, "金额", "ORDER_CONTRADICTED"),
        (9, "金额", "AMOUNT_INVALID"),
        (10, "下单日", "PERIOD_MISSING"),
        (11, "金额", "CELL_MISSING"),
        (12, "区域", "ORDER_DIMENSION_MISSING"),
    ]
    assert report["written"] is False
    assert len(await ask.nodes(sellers.hr, ORDERS)) == 2


async def test_who_may_not_record_orders_is_refused_before_the_file_is_looked_at(ask: Ask, sellers: Sellers) -> None:
    assert (await imported(ask, sellers.sales, "x"))["code"] == "FORBIDDEN"
    assert (await imported(ask, sellers.hr, "x"))["code"] == "CSV_EMPTY"
    assert (await imported(ask, sellers.hr, "x", lateReason=" "))["code"] == "LATE_REASON_MISSING"
