"""Plans and orders asked over HTTP, badly, hugely and by many at once: each refusal names its place, and nothing changes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import fetch, fetch_value, tenant_transaction
from support.companies import member
from support.serving import Caller

P = "... on Problem { code message field }"
PEOPLE = "工号,姓名,部门编码,部门,上级部门编码\n1,陈华,GD,广东,S\n2,林粤,HN,湖南,S\n3,何南,S,华南,"
POTENTIAL = {"key": "potential", "name": "潜力", "weight": "60"}
STAFF = {"key": "staff", "name": "人员", "weight": "40"}
SPLIT = {"metric": "销售额", "unitOfMeasure": "元", "level": "UNITS", "factors": [POTENTIAL, STAFF]}
ORDER = {"code": "SO-1", "amount": "100000.00", "orderedOn": "2026-03-15", "customer": "医院", "product": "IVD", "region": "GD"}
HUGE = "1" + "0" * 30
LONG = "长" * 34_000


def change(name: str, shown: str = "__typename") -> str:
    return f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {P} {shown} }} }}"


DEFINE, PUBLISH = (change(name, "... on DefinitionVersion { id version }") for name in ("createDefinition", "publishVersion"))
PLAN = change("createPlan", "... on Plan { id version }")
PUBLISH_PLAN = change("publishPlan", "... on Plan { state }")
TUNE, RECORD = change("tunePlanNode", "... on PlanNode { value }"), change("recordOrder", "... on Order { id version }")
RECORD_MANY, SHARE = change("recordOrders"), change("setOrderShares", "... on Order { version }")
BRANCH, PROMOTE = change("branchPlan", "... on Plan { id }"), change("promoteScenario", "... on Plan { state }")
ARCHIVE = change("archiveVersion", "... on DefinitionVersion { state }")
DISPATCH, SWAP = change("dispatchTasks", "... on DispatchedTasks { taskIds }"), change("swapTask", "... on Task { done }")
OPEN, CLOSE = change("openBonusPeriod", "... on BonusPeriod { id }"), change("closeBonusPeriod", "... on BonusPeriod { state }")


async def at_once(caller: Caller, query: str, *inputs: dict[str, Any]) -> list[str]:
    """Send changes at the same time and return their codes, DONE for what happened; none may be an unexpected error."""
    answers = await asyncio.gather(*(caller.ask(query, input=given) for given in inputs))
    return sorted(answer.get("code", "DONE") for answer in answers)


async def refused(caller: Caller, query: str, given: Any) -> tuple[str, str | None]:
    """Return code and place of a refusal; a domain's text must stand in both languages and be short enough to read."""
    answers: list[dict[str, Any]] = []
    for locale in ("zh-CN", "en"):
        body = (await caller.post(query, {"accept-language": locale}, input=given)).json()
        if "errors" in body:
            (error,) = body["errors"]
            return error["extensions"]["code"], error["extensions"].get("field")
        answers += body["data"].values()
    chinese, english = (answer["message"] for answer in answers)
    assert chinese != english
    assert max(len(chinese), len(english)) < 400
    return answers[0]["code"], answers[0]["field"]


async def rows(company: Any, *tables: str) -> list[int]:
    async with tenant_transaction(company.system):
        return [int(await fetch_value(f"select count(*) from {table}")) for table in tables]


@pytest.fixture
async def units(admin: Caller) -> dict[str, str]:
    """Import three units and return their ids by code."""
    await admin.ask(change("importPeople", "... on ImportReport { created }"), input={"csv": PEOPLE})
    found = await admin.ask("{ units { edges { node { id code } } } }")
    return {edge["node"]["code"]: edge["node"]["id"] for edge in found["edges"]}


@pytest.fixture
async def plan(admin: Caller, units: dict[str, str]) -> dict[str, Any]:
    """Publish a template of two factors and return the input that splits 1,000,000.00 over two regions by it."""
    year = {"code": "2026", "name": "2026", "startsOn": "2026-01-01", "endsOn": "2026-12-31"}
    cycle = await admin.ask(change("createCycle", "... on Cycle { id }"), input=year)
    made = await admin.ask(DEFINE, input={"key": "split", "name": "分解", "body": {"decomposition": SPLIT}})
    await admin.ask(PUBLISH, input={"id": made["id"], "version": 1})
    common = {"cycleId": cycle["id"], "templateVersionId": made["id"], "unitId": units["S"], "total": "1000000.00"}
    return common | {"inputs": [child(units["GD"], "70", "3"), child(units["HN"], "30", "1")]}


def child(unit: str, potential: str | None, staff: str | None) -> dict[str, Any]:
    figures = [{"name": "potential", "value": potential}, {"name": "staff", "value": staff}]
    return {"childId": unit, "figures": figures}


@pytest.fixture
async def order(admin: Caller, units: dict[str, str]) -> dict[str, Any]:
    """Adopt the shipped split template, open March, and return an order of one party."""
    await admin.ask("mutation { adoptSplitTemplate { __typename } }")
    people = await admin.ask("{ people { edges { node { id number } } } }")
    ids = {edge["node"]["number"]: edge["node"]["id"] for edge in people["edges"]}
    return ORDER | {"unitId": units["GD"], "parties": [{"personId": ids["1"], "role": "sales"}]}


async def test_a_template_whose_weights_miss_100_is_not_published(admin: Caller, company: Any) -> None:
    body = {"decomposition": SPLIT | {"factors": [POTENTIAL, STAFF | {"weight": "39.99"}]}}
    made = await admin.ask(DEFINE, input={"key": "split", "name": "分解", "body": body})
    assert await refused(admin, PUBLISH, {"id": made["id"], "version": 1}) == ("WEIGHTS_NOT_100", "factors")
    async with tenant_transaction(company.system):
        assert await fetch_value("select state from definition_version where id = $1", made["id"].split("_")[1]) == "DRAFT"


async def test_a_plan_that_cannot_be_split_is_refused_by_name(
    admin: Caller, company: Any, plan: dict[str, Any], units: dict[str, str]
) -> None:
    gd, hn = child(units["GD"], "70", "3"), child(units["HN"], "30", "1")
    many = [{"childId": units["GD"]}] * 10_001
    for changes, code, field in (
        ({"inputs": [gd, child(units["HN"], "-30", "1")]}, "FACTOR_INPUT_NEGATIVE", "inputs[1].figures[0]"),
        ({"inputs": [gd]}, "FACTOR_INPUT_MISSING", "inputs"),
        ({"inputs": [gd, child(units["HN"], "30", None)]}, "FACTOR_INPUT_MISSING", "inputs[1].figures[1]"),
        ({"inputs": [gd, hn | {"figures": [{"name": LONG, "value": "1"}]}]}, "FACTOR_INPUT_UNKNOWN", "inputs[1].figures[0]"),
        ({"inputs": [gd, child(units["HN"], HUGE, "1")]}, "GRAPHQL_INVALID", "inputs[1].figures[0].value"),
        ({"inputs": [gd, hn | {"held": HUGE}]}, "GRAPHQL_INVALID", "inputs[1].held"),
        ({"inputs": [gd, hn, hn]}, "PLAN_INPUT_TWICE", "inputs[2].childId"),
        ({"inputs": many}, "GRAPHQL_LIST_TOO_LONG", "variables.input.inputs"),
        ({"inputs": [gd, hn | {"presentFrom": "2027-01-01"}]}, "PRESENCE_INVALID", "inputs[1].presentFrom"),
        ({"inputs": [gd, hn | {"seasonality": ["-1"] * 12}]}, "SEASONALITY_INVALID", "inputs[1].seasonality"),
        ({"inputs": [gd, hn | {"held": "0.001"}]}, "AMOUNT_INVALID", "inputs[1].held"),
        ({"inputs": [gd, hn | {"held": "1000000.01"}]}, "HOLD_IMPOSSIBLE", "inputs[1].held"),
        ({"inputs": [gd, hn | {"facts": [{"name": LONG, "text": LONG}]}]}, "FACT_UNKNOWN", "inputs[1].facts[0]"),
        ({"facts": [{"name": "成熟度", "text": "NEW"}]}, "FACT_UNKNOWN", "facts[0]"),
        ({"total": HUGE}, "GRAPHQL_INVALID", "total"),
        ({"total": "1.001"}, "AMOUNT_INVALID", "total"),
        ({"total": "-0.01"}, "PLAN_TOTAL_NEGATIVE", "total"),
        ({"title": LONG}, "PLAN_TITLE_INVALID", "title"),
        ({"participants": []}, "PLAN_WITHOUT_CHILDREN", "participants"),
        ({"unitId": units["GD"], "inputs": []}, "PLAN_WITHOUT_CHILDREN", "unitId"),
    ):
        assert await refused(admin, PLAN, plan | changes) == (code, field)
    assert await rows(company, "plan", "plan_node") == [0, 0]


async def test_a_plan_is_tuned_within_its_band_and_published_once(admin: Caller, company: Any, plan: dict[str, Any]) -> None:
    made = await admin.ask(PLAN, {"idempotency-key": "plan"}, input=plan)
    assert (await admin.ask(PLAN, {"idempotency-key": "plan"}, input=plan))["id"] == made["id"]
    found = await admin.ask("query ($id: ID!) { plan(id: $id) { nodes { edges { node { id value } } } } }", id=made["id"])
    node = found["nodes"]["edges"][0]["node"]
    tuning = {"nodeId": node["id"], "version": 1, "reason": "换代", "value": node["value"]}
    for changes, code, field in (
        ({"value": "999999.99"}, "TUNE_OUTSIDE_BAND", "value"),
        ({"value": "-1.00"}, "TUNE_OUTSIDE_BAND", "value"),
        ({"value": "0.001"}, "AMOUNT_INVALID", "value"),
        ({"value": HUGE}, "GRAPHQL_INVALID", "value"),
        ({"reason": LONG}, "TUNE_REASON_TOO_LONG", "reason"),
        ({"reason": "长" * 1_001}, "TUNE_REASON_TOO_LONG", "reason"),
        ({"reason": " "}, "TUNE_REASON_MISSING", "reason"),
    ):
        assert await refused(admin, TUNE, tuning | changes) == (code, field)
    async with tenant_transaction(company.system):
        assert {(row["version"], row["reason"]) for row in await fetch("select version, reason from plan_node")} == {(1, None)}
    codes = await at_once(admin, PUBLISH_PLAN, *[{"planId": made["id"], "version": 1}] * 4)
    assert codes == ["DONE"] + ["PLAN_PUBLISHED"] * 3
    assert await refused(admin, TUNE, tuning) == ("PLAN_PUBLISHED", "nodeId")
    assert await rows(company, "plan", "goal") == [1, 2]


async def test_an_order_is_recorded_once_split_exactly_and_refused_by_name(
    admin: Caller, company: Any, order: dict[str, Any]
) -> None:
    assert await refused(admin, RECORD, {"order": order}) == ("PERIOD_MISSING", "order.orderedOn")
    month = {"code": "03", "name": "三月", "startsOn": "2026-03-01", "endsOn": "2026-03-31"}
    march = await admin.ask(OPEN, input=month)
    (party,) = order["parties"]
    for changes, code, field in (
        ({"amount": HUGE}, "GRAPHQL_INVALID", "order.amount"),
        ({"amount": "0.001"}, "AMOUNT_INVALID", "order.amount"),
        ({"code": LONG}, "ORDER_TEXT_INVALID", "order.code"),
        ({"code": " "}, "ORDER_CODE_MISSING", "order.code"),
        ({"customer": LONG}, "ORDER_TEXT_INVALID", "order.customer"),
        ({"currency": LONG}, "UNKNOWN_CURRENCY", "order.currency"),
        ({"orderedOn": "1000-01-01"}, "PERIOD_MISSING", "order.orderedOn"),
        ({"parties": []}, "SHARES_EMPTY", "order.parties"),
        ({"parties": [party] * 2}, "SHARE_TWICE", "order.parties[1]"),
        ({"parties": [party | {"role": LONG}]}, "SPLIT_ROLE_UNKNOWN", "order.parties[0].role"),
        ({"parties": [party | {"personId": "x"}]}, "NOT_FOUND", "order.parties[0].personId"),
    ):
        assert await refused(admin, RECORD, {"order": order | changes}) == (code, field)
    assert await refused(admin, RECORD_MANY, {"orders": []}) == ("ORDERS_TOO_MANY", "orders")
    many = [ORDER | {"unitId": "", "parties": []}] * 7_000
    code, _ = await refused(admin, RECORD_MANY, {"orders": many})
    assert code == "GRAPHQL_TOO_COMPLEX"
    assert await rows(company, "sales_order", "share_version", "credit") == [0, 0, 0]

    assert await at_once(admin, RECORD, *[{"order": order}] * 4) == ["DONE"] * 4
    made = await admin.ask(RECORD, input={"order": order})
    given = {"orderId": made["id"], "version": 1, "reason": "议定"}
    for percents, code, field in (
        (("100.01",), "SHARES_NOT_100", "shares"),
        (("-1",), "SHARE_BELOW_ZERO", "shares[0].percent"),
        (("33.333",), "SHARE_INVALID", "shares[0].percent"),
        ((HUGE,), "GRAPHQL_INVALID", "shares[0].percent"),
        ((), "SHARES_EMPTY", "shares"),
    ):
        shares = [party | {"percent": percent} for percent in percents]
        assert await refused(admin, SHARE, given | {"shares": shares}) == (code, field)
    codes = await at_once(admin, CLOSE, *[{"periodId": march["id"], "version": 1}] * 4)
    assert codes == ["DONE"] + ["PERIOD_CLOSED"] * 3
    before = await everything(company, "sales_order", "share_version", "credit", "bonus_period")
    assert await refused(admin, RECORD, {"order": order | {"code": "SO-2"}}) == ("PERIOD_CLOSED", "order.orderedOn")
    assert await everything(company, "sales_order", "share_version", "credit", "bonus_period") == before
    assert await rows(company, "sales_order", "share_version", "credit") == [1, 1, 1]


async def test_a_scenario_is_promoted_once_and_stays_as_it_was_from_then_on(
    admin: Caller, company: Any, plan: dict[str, Any]
) -> None:
    made = await admin.ask(PLAN, input=plan)
    branch = await admin.ask(BRANCH, input={"planId": made["id"], "title": "加码", "total": "1200000.00"})
    negative = {"planId": made["id"], "title": "减码", "total": "-0.01"}
    assert await refused(admin, BRANCH, negative) == ("PLAN_TOTAL_NEGATIVE", "total")
    promoted = {"planId": branch["id"], "version": 1, "originVersion": 1}
    codes = await at_once(admin, PROMOTE, *[promoted] * 4)
    assert codes == ["DONE"] + ["NOT_A_SCENARIO"] * 3
    async with tenant_transaction(company.system):
        node = await fetch_value("select id from plan_node where plan_id = $1 limit 1", branch["id"].split("_")[1])
    before = await everything(company, "plan", "plan_node", "goal")
    tuning = {"nodeId": f"PlanNode_{node}", "version": 1, "reason": "换代", "value": "1.00"}
    assert await refused(admin, TUNE, tuning) == ("PLAN_PUBLISHED", "nodeId")
    assert await refused(admin, PUBLISH_PLAN, {"planId": branch["id"], "version": 2}) == ("SCENARIO_NOT_PUBLISHED", "planId")
    assert await refused(admin, PROMOTE, promoted | {"planId": made["id"]}) == ("NOT_A_SCENARIO", "planId")
    await admin.ask(ARCHIVE, input={"id": plan["templateVersionId"], "version": 2})
    assert await refused(admin, PLAN, plan) == ("VERSION_NOT_PUBLISHED", "templateVersionId")
    assert await everything(company, "plan", "plan_node", "goal") == before
    async with tenant_transaction(company.system):
        totals = await fetch("select state, total::text from plan order by id")
    assert totals == [{"state": "DRAFT", "total": "1200000.00"}, {"state": "PROMOTED", "total": "1200000.00"}], "promoted once"


async def test_a_swap_before_its_base_quantity_and_a_rate_of_another_day_are_refused_by_name(
    admin: Caller, company: Any, units: dict[str, str], signed_in: Callable[[Actor], Awaitable[Caller]]
) -> None:
    async with tenant_transaction(company.system):
        person = await fetch_value("select id from person where number = '1'")
    seller = await signed_in(await member(company.tenant_id, "employee", person_id=person))
    for name, each in (("H1", "三甲"), ("H2", "三甲")):
        given = {"code": name, "name": name, "grade": each, "ownerNumber": "1"}
        await admin.ask(change("importCustomers"), input={"customers": [given]})
    day = today("Asia/Shanghai")
    monday = day - timedelta(days=day.weekday())
    task = {"key": "T-1", "ownerNumber": "1", "cadence": "WEEK", "startsOn": monday.isoformat(), "action": "visit", "quantity": 2}
    (task_id,) = (await admin.ask(DISPATCH, input={"tasks": [task]}))["taskIds"]
    rate = {"base": "USD", "quote": "CNY", "startsOn": "2026-03-01", "endsOn": "2026-03-31", "rate": "7.25"}
    made = await admin.ask(DEFINE, input={"key": "default", "name": "汇率", "body": {"rates": {"rates": [rate]}}})
    await admin.ask(PUBLISH, input={"id": made["id"], "version": 1})
    before = await everything(company, "task", "task_swap", "task_completion", "definition_version")
    swap = {"taskId": task_id, "version": 1, "swap": "lecture", "quantity": 1, "reason": "讲座"}
    for changes, code, field in (
        ({}, "SWAP_WITHOUT_BASE", "taskId"),
        ({"reason": LONG}, "SWAP_REASON_MISSING", "reason"),
        ({"quantity": -1}, "SWAP_TOO_SMALL", "quantity"),
        ({"swap": LONG}, "SWAP_NOT_OFFERED", "swap"),
        ({"version": 2}, "CONFLICT", "version"),
    ):
        assert await refused(seller, SWAP, swap | changes) == (code, field)
    query = 'query ($input: Date!) { converted(amount: "1.00", base: "USD", quote: "CNY", on: $input) }'
    for other in ("2026-02-28", "2026-04-01", "1000-01-01"):
        assert await refused(admin, query, other) == ("RATE_MISSING", "on")
    assert await everything(company, "task", "task_swap", "task_completion", "definition_version") == before


async def everything(company: Any, *tables: str) -> list[str]:
    """Return all that stands in tables, as one text each."""
    sql = "select coalesce(string_agg(t::text, ' ' order by t::text), '') from {} t"
    async with tenant_transaction(company.system):
        return [str(await fetch_value(sql.format(table))) for table in tables]
