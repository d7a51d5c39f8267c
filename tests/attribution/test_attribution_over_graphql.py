"""Attribution through the API alone: the three-party split of case study 002 up to the bonus file, and each refusal.

Rows A18, A21, C60, C61.
"""

from base64 import b64decode
from typing import Any
from uuid import UUID, uuid4

from plumb_platform.numbers.canonical import sha256_hex
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.sellers import Sellers, make_sellers

PROBLEM = "... on Problem { code message field }"
RECORD = f"""mutation ($input: RecordOrderInput!) {{ recordOrder(input: $input) {{ ... on Order {{
  id amount splitType version number period {{ code }}
  shares {{ edges {{ node {{ number source reason periodCode lines {{ name role percent amount }} }} }} }} }} {PROBLEM} }} }}"""
RECORD_MANY = f"""mutation ($input: RecordOrdersInput!) {{ recordOrders(input: $input) {{
  ... on RecordedOrders {{ orderIds }} {PROBLEM} }} }}"""
SHARE = f"""mutation ($input: SetOrderSharesInput!) {{ setOrderShares(input: $input) {{ ... on Order {{
  id version number shares(first: 1) {{ edges {{ node {{ number source reason lines {{ name percent amount }} }} }} }} }}
  {PROBLEM} }} }}"""
CLOSE = f"""mutation ($input: CloseBonusPeriodInput!) {{ closeBonusPeriod(input: $input) {{
  ... on BonusPeriod {{ id state version lineCount exports {{ format }} }} {PROBLEM} }} }}"""
EXPORT = f"""mutation ($input: ExportBonusInput!) {{ exportBonus(input: $input) {{
  ... on BonusFile {{ name mediaType sha256 size base64 }} {PROBLEM} }} }}"""
CREDITS = """{ credits { edges { node {
  orderCode kind role percent amount currency periodCode person { name } order { code } } } } }"""
PERIODS = "{ bonusPeriods { edges { node { code state exports { format sha256 } } } } }"
REPORT = """query ($by: [CreditDimension!]!, $period: ID) { creditReport(by: $by, periodId: $period) {
  places { dimension key label } currency amount lines orders } }"""
MANAGERS = "query ($period: ID!) { creditByManager(periodId: $period) { key label amount orders } }"
UNITS = "query ($period: ID!) { creditByUnit(periodId: $period) { key amount orders } }"
RECONCILE = "{ reconcileCredit { splitType orders total credited residual holds } }"
DISPUTE = f"""mutation ($input: OpenDisputeInput!) {{ openDispute(input: $input) {{ ... on Dispute {{
  id state version subject disputed {{ number }} order {{ code }} comments {{ text name }} }} {PROBLEM} }} }}"""
RESOLVE = f"""mutation ($input: ResolveDisputeInput!) {{ resolveDispute(input: $input) {{
  ... on Dispute {{ state resolution resolvedNumber disputed {{ number }} }} {PROBLEM} }} }}"""


def order(sellers: Sellers, code: str = "SO-1", **changes: Any) -> dict[str, Any]:
    facts = {
        "code": code,
        "amount": "100000.00",
        "orderedOn": "2026-03-15",
        "unitId": encode_id("OrgUnit", sellers.guangdong),
        "parties": [{"personId": encode_id("Person", party.person_id), "role": party.role} for party in sellers.parties()],
        "customer": "市一医院",
        "product": "IVD 试剂",
        "region": "广东",
    }
    return facts | changes


def shares(sellers: Sellers, order_id: str, *percents: str, version: int = 1) -> dict[str, Any]:
    given = [
        {"personId": encode_id("Person", party.person_id), "role": party.role, "percent": percent}
        for party, percent in zip(sellers.parties(), percents, strict=True)
    ]
    return {"orderId": order_id, "version": version, "shares": given, "reason": "售前主导方案"}


def nodes(answer: Any) -> list[Any]:
    return [edge["node"] for edge in answer["edges"]]


def period(value: UUID) -> str:
    return encode_id("BonusPeriod", value)


async def test_refusals_name_the_field_in_the_reader_s_language_and_nothing_changes(sellers: Sellers, ask: Ask) -> None:
    hr = sellers.hr
    made = await ask(hr, RECORD, input={"order": order(sellers)})
    refused = {"input": shares(sellers, made["id"], "50", "30", "30")}
    assert await ask.in_language("zh-CN")(hr, SHARE, **refused) == {
        "code": "SHARES_NOT_100",
        "message": "份额合计为 110.00%，收入拆分须恰为 100.00%。",
        "field": "shares",
    }
    assert (await ask(hr, SHARE, **refused))["message"] == "The shares total 110.00%; a REVENUE split totals exactly 100.00%."
    below = await ask.in_language("zh-CN")(hr, SHARE, input=shares(sellers, made["id"], "110", "-10", "0"))
    assert (below["code"], below["field"], below["message"]) == ("SHARE_BELOW_ZERO", "shares[1].percent", "份额 -10% 小于 0。")
    many = await ask(hr, RECORD_MANY, input={"orders": [order(sellers, "A"), order(sellers, "B", unitId="nonsense")]})
    assert (many["code"], many["field"]) == ("NOT_FOUND", "orders[1].unitId")
    assert (await ask(sellers.sales, RECORD, input={"order": order(sellers, "C")}))["code"] == "FORBIDDEN"
    assert (await sellers.count("sales_order"), await sellers.count("share_version")) == (1, 1)


async def test_ids_of_another_company_and_random_ones_answer_alike(sellers: Sellers, ask: Ask) -> None:
    other = await make_sellers("另一家公司")
    theirs = await other.record()
    for order_id in (theirs, uuid4()):
        answer = await ask(sellers.hr, SHARE, input=shares(sellers, encode_id("Order", order_id), "50", "30", "20"))
        assert (answer["code"], answer["field"]) == ("NOT_FOUND", "orderId")
    for period_id in (other.march, uuid4()):
        assert (await ask(sellers.hr, CLOSE, input={"periodId": period(period_id), "version": 1}))["code"] == "NOT_FOUND"
        assert (await ask(sellers.hr, EXPORT, input={"periodId": period(period_id), "format": "CSV"}))["code"] == "NOT_FOUND"


async def test_a_three_party_order_from_its_record_to_the_bonus_file(sellers: Sellers, ask: Ask) -> None:
    hr, march, april = sellers.hr, period(sellers.march), period(sellers.april)
    made = await ask(hr, RECORD, input={"order": order(sellers)})
    assert (made["splitType"], made["version"], made["period"]) == ("REVENUE", 1, {"code": "2026-03"})
    (first,) = nodes(made["shares"])
    assert (first["number"], first["source"], first["periodCode"]) == (1, "DEFAULT", "2026-03")
    assert [(line["name"], line["role"], line["percent"], line["amount"]) for line in first["lines"]] == [
        ("李销售", "sales", "33.34", "33333.34"),
        ("王售前", "presales", "33.33", "33333.33"),
        ("赵成功", "success", "33.33", "33333.33"),
    ]
    assert (await ask(hr, RECORD, input={"order": order(sellers)}))["id"] == made["id"]

    (own,) = nodes(await ask(sellers.success, CREDITS))
    assert own == {
        "orderCode": "SO-1",
        "kind": "CREDIT",
        "role": "success",
        "percent": "33.33",
        "amount": "33333.33",
        "currency": "CNY",
        "periodCode": "2026-03",
        "person": {"name": "赵成功"},
        "order": {"code": "SO-1"},
    }
    asked = {"orderId": made["id"], "number": 1, "subject": "份额过低", "text": "方案由我主导。"}
    dispute = await ask(sellers.success, DISPUTE, input=asked)
    assert (dispute["state"], dispute["disputed"], dispute["order"]) == ("OPEN", {"number": 1}, {"code": "SO-1"})
    assert dispute["comments"] == [{"text": "方案由我主导。", "name": "赵成功"}]

    closed = await ask(hr, CLOSE, input={"periodId": march, "version": 1})
    assert (closed["state"], closed["version"], closed["lineCount"], closed["exports"]) == ("CLOSED", 2, 3, [])
    late = await ask(hr, RECORD, input={"order": order(sellers, "SO-2")})
    assert (late["code"], late["field"]) == ("PERIOD_CLOSED", "order.orderedOn")
    changed = await ask(sellers.manager, SHARE, input=shares(sellers, made["id"], "50", "30", "20"))
    (newest,) = nodes(changed["shares"])
    assert (changed["version"], newest["number"], newest["source"], newest["reason"]) == (2, 2, "MANUAL", "售前主导方案")
    assert [line["amount"] for line in newest["lines"]] == ["50000.00", "30000.00", "20000.00"]
    assert await ask(hr, RESOLVE, input={"disputeId": dispute["id"], "version": 1, "resolution": "已调整。"}) == {
        "state": "RESOLVED",
        "resolution": "已调整。",
        "resolvedNumber": 2,
        "disputed": {"number": 1},
    }
    groups = await ask(hr, REPORT, by=["PERIOD", "ROLE"])
    assert [(tuple(place["key"] for place in group["places"]), group["amount"]) for group in groups] == [
        (("2026-03", "sales"), "33333.34"),
        (("2026-03", "presales"), "33333.33"),
        (("2026-03", "success"), "33333.33"),
        (("2026-04", "sales"), "16666.66"),
        (("2026-04", "presales"), "-3333.33"),
        (("2026-04", "success"), "-13333.33"),
    ]
    assert await ask(hr, MANAGERS, period=march) == [
        {"key": "D1", "label": "周总监", "amount": "100000.00", "orders": 1},
        {"key": "M1", "label": "陈经理", "amount": "66666.67", "orders": 1},
    ]
    assert await ask(hr, UNITS, period=april) == [
        {"key": "GD", "amount": "13333.33", "orders": 1},
        {"key": "HN", "amount": "0.00", "orders": 1},
        {"key": "HU", "amount": "-13333.33", "orders": 1},
    ]
    for name, there, keys in (("creditByManager", march, ["D1", "M1"]), ("creditByUnit", april, ["GD", "HN", "HU"])):
        for skip, behind in enumerate(([*keys], keys[1:], keys[2:])):
            for first in (1, 2, 100):
                page = f"query ($period: ID!) {{ {name}(periodId: $period, skip: {skip}, first: {first}) {{ key }} }}"
                assert [each["key"] for each in await ask(hr, page, period=there)] == behind[:first]
    (balance,) = await ask(hr, RECONCILE)
    assert balance == {
        "splitType": "REVENUE",
        "orders": 1,
        "total": "100000.00",
        "credited": "100000.00",
        "residual": "0.00",
        "holds": True,
    }


async def test_the_bonus_file_of_a_closed_period_comes_with_its_digest_and_is_the_same_again(sellers: Sellers, ask: Ask) -> None:
    hr, march = sellers.hr, period(sellers.march)
    await sellers.record(sellers.order("=1+1"))
    early = await ask.in_language("zh-CN")(hr, EXPORT, input={"periodId": march, "format": "XLSX"})
    assert (early["code"], early["message"]) == ("PERIOD_STILL_OPEN", "奖金期“2026-03”尚未关闭，关闭后方可导出。")
    await sellers.close(sellers.march)
    for form, name in (("CSV", "bonus-2026-03.csv"), ("XLSX", "bonus-2026-03.xlsx")):
        made = await ask(hr, EXPORT, input={"periodId": march, "format": form})
        content = b64decode(made["base64"])
        assert (made["name"], made["sha256"], made["size"]) == (name, sha256_hex(content), len(content))
        assert await ask(hr, EXPORT, input={"periodId": march, "format": form}) == made
    periods = nodes(await ask(hr, PERIODS))
    assert [(each["code"], each["state"], [file["format"] for file in each["exports"]]) for each in periods] == [
        ("2026-04", "OPEN", []),
        ("2026-03", "CLOSED", ["CSV", "XLSX"]),
    ]
    assert (await ask(sellers.manager, EXPORT, input={"periodId": march, "format": "CSV"}))["code"] == "FORBIDDEN"
