"""Metrics through the API alone: the library, the graph, five visits of which three count, and each refusal.

Rows C2, C20, C30, C31, C62.
"""

from typing import Any

import pytest

from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from support.asking import Ask, first_code
from support.metrics_made import publish_body, publish_library
from support.team import Team

PROBLEM = "... on Problem { code message field }"
RECORD = f"""mutation ($input: RecordObservationsInput!) {{ recordObservations(input: $input) {{
  ... on RecordedObservations {{ recorded standing unchanged }} {PROBLEM} }} }}"""
KEEP = f"""mutation ($input: KeepMetricValueInput!) {{ keepMetricValue(input: $input) {{
  ... on MetricRecord {{ metric number value reason person {{ number }} }} {PROBLEM} }} }}"""
VALUE = """query ($metric: String!, $code: String!) {
  metricValue(metric: $metric, subject: {kind: PERSON, code: $code}, startsOn: "2026-03-01", endsOn: "2026-03-31") {
  value reason unitOfMeasure stale definitionNumber parts { name value } } }"""
CREATE = f"""mutation ($input: CreateDefinitionInput!) {{ createDefinition(input: $input) {{
  ... on DefinitionVersion {{ id version lint {{ code path }} }} {PROBLEM} }} }}"""
PREVIEW = """{ previewFormula(text: "登录次数 * 2", names: [{name: "登录次数", type: USAGE}], samples: []) {
  fault { code line column name message } } }"""


@pytest.fixture
def ask(product_engine: Engine, ground: Ground) -> Ask:
    """Return a function that asks as somebody and returns the one root field's answer, or the first error's code."""

    return Ask(product_engine, ground, otherwise=first_code)


def said(external_id: str, metric: str, day: int, **more: Any) -> dict[str, Any]:
    place = {"subject": {"kind": "PERSON", "code": "E1"}, "day": f"2026-03-{day:02}"}
    return {"externalId": external_id, "metric": metric} | place | more


async def test_usage_data_in_a_formula_is_a_parse_error_in_the_preview_too(ask: Ask, team: Team) -> None:
    fault = (await ask.in_language("zh-CN")(team.owner, PREVIEW))["fault"]
    assert (fault["code"], fault["line"], fault["column"], fault["name"]) == ("FORMULA_USAGE", 1, 1, "登录次数")
    assert "规则 C62" in fault["message"]


async def test_five_visits_of_which_three_have_a_follow_up(ask: Ask, team: Team) -> None:
    """What follows on the same day is not known to be later, and what came the day before is not."""
    hr = team.company.hr
    await publish_library(hr)
    visits = [said(f"V{n}", "visit", n, objectCode=f"H{n}") for n in range(1, 6)]
    later = [said(f"F{n}", "follow_up", n + 7, objectCode=f"H{n}") for n in range(1, 4)]
    later += [said(f"F{n}", "follow_up", 4, objectCode=f"H{n}") for n in (4, 5)]
    assert await ask(team.owner, RECORD, input={"source": "crm", "observations": visits}) == {
        "code": "FORBIDDEN",
        "message": "You have no permission for this (observation:write); an administrator of your company can grant it.",
        "field": None,
    }
    batch = {"source": "crm", "observations": visits + later}
    assert await ask(hr, RECORD, input=batch) == {"recorded": 10, "standing": 10, "unchanged": 0}
    assert await ask(hr, RECORD, input=batch) == {"recorded": 0, "standing": 0, "unchanged": 10}
    found = await ask(team.owner, VALUE, metric="effective_visit", code="E1")
    assert (found["value"], found["unitOfMeasure"], found["stale"], found["definitionNumber"]) == ("3", "次", False, 1)
    gone = said("F2", "follow_up", 9, objectCode="H2", revision=2, deleted=True)
    assert await ask(hr, RECORD, input={"source": "crm", "observations": [gone]}) == {
        "recorded": 1,
        "standing": 1,
        "unchanged": 0,
    }
    assert (await ask(team.owner, VALUE, metric="effective_visit", code="E1"))["value"] == "2"
    activity = await ask(team.owner, VALUE, metric="activity", code="E1")
    assert (activity["value"], activity["reason"]) == (None, "NO_INPUT")
    assert activity["parts"] == [{"name": "有效拜访", "value": "2"}, {"name": "医院数", "value": None}]
    subject = {"kind": "PERSON", "code": "E1"}
    period = {"startsOn": "2026-03-01", "endsOn": "2026-03-31"}
    kept = await ask(hr, KEEP, input={"metric": "effective_visit", "subject": subject} | period)
    assert kept == {"metric": "effective_visit", "number": 1, "value": "2", "reason": None, "person": {"number": "E1"}}
    rows = await ask(team.owner, "{ observations(where: {deleted: {eq: true}}) { totalCount edges { node { externalId } } } }")
    assert rows == {"totalCount": 1, "edges": [{"node": {"externalId": "F2"}}]}
    assert await ask(team.colleague, "{ observations { totalCount } }") == {"totalCount": 0}
    assert await ask(team.colleague, VALUE, metric="visit", code="E1") is None


async def test_the_library_is_listed_by_kind_and_the_graph_by_distance(ask: Ask, team: Team) -> None:
    await publish_library(team.company.hr)
    lagging = await ask(team.owner, "{ metrics(indicator: LAGGING) { key direction aggregation madeOf } }")
    assert [(each["key"], each["direction"], each["aggregation"]) for each in lagging] == [
        ("order_count", "HIGHER", "SUM"),
        ("payment_cycle", "LOWER", "LAST"),
        ("price_band", "HIGHER", "AVERAGE"),
        ("revenue", "HIGHER", "SUM"),
    ]
    users = await ask(team.owner, '{ metricDependants(key: "visit") { key distance } }')
    assert [(each["key"], each["distance"]) for each in users] == [("effective_visit", 1), ("activity", 2), ("conversion", 2)]
    parts = await ask(team.owner, '{ metricIngredients(key: "conversion") { key distance } }')
    assert [each["key"] for each in parts] == ["effective_visit", "order_count", "follow_up", "visit"]
    assert await ask(team.owner, '{ metricDependants(key: "nowhere") { key } }') == "METRIC_UNKNOWN"
    page = "(indicator: LAGGING, skip: 2, first: 1)"
    assert await ask(team.owner, f"{{ metrics{page} {{ key }} }}") == [{"key": "price_band"}]
    assert await ask(team.owner, '{ metricDependants(key: "visit", skip: 1, first: 1) { key } }') == [{"key": "activity"}]
    assert await ask(team.owner, '{ metricIngredients(key: "conversion", skip: 3) { key } }') == [{"key": "visit"}]
    for wrong, code in (("first: 101", "PAGE_SIZE_INVALID"), ("first: 0", "PAGE_SIZE_INVALID"), ("skip: -1", "SKIP_INVALID")):
        for asked in (
            f"metrics({wrong})",
            f'metricDependants(key: "visit", {wrong})',
            f'metricIngredients(key: "visit", {wrong})',
        ):
            assert await ask(team.owner, f"{{ {asked} {{ key }} }}") == code


async def test_months_units_and_benchmarks_are_read(ask: Ask, team: Team) -> None:
    hr = team.company.hr
    await publish_library(hr, "revenue")
    row = {"product_line": "基因检测", "region": "西南", "period": "2026", "value": "120000.00"}
    await publish_body(hr, "benchmark", "new_line", {"unit_of_measure": "元", "rows": [row]})
    await ask(hr, RECORD, input={"source": "erp", "observations": [said("R1", "revenue", 2, value="7.25")]})
    months = await ask(
        team.owner,
        """{ metricMonths(metric: "revenue", subject: {kind: PERSON, code: "E1"}, first: "2026-02-01", last: "2026-03-31") {
        startsOn value currency } }""",
    )
    assert months == [
        {"startsOn": "2026-02-01", "value": None, "currency": "CNY"},
        {"startsOn": "2026-03-01", "value": "7.25", "currency": "CNY"},
    ]
    units = await ask(
        team.manager,
        '{ metricByUnit(metric: "revenue", startsOn: "2026-03-01", endsOn: "2026-03-31") { code value { value } } }',
    )
    assert units == [{"code": "HN", "value": {"value": "7.25"}}]
    place = '{productLine: "基因检测", region: "西南", period: "2026"}'
    asked = await ask(team.owner, f'{{ benchmarkValue(key: "new_line", at: {place}) {{ value unitOfMeasure number }} }}')
    assert asked == {"value": "120000.00", "unitOfMeasure": "元", "number": 1}
    missing = await ask(team.owner, f'{{ benchmarkValue(key: "other", at: {place}) {{ value }} }}')
    assert missing == "BENCHMARK_MISSING"


async def test_a_metric_is_created_by_its_typed_body(ask: Ask, team: Team) -> None:
    body = {"metric": {"unitOfMeasure": "次", "indicator": "LEADING", "aggregation": "RATIO_OF_SUMS"}}
    made = await ask(team.company.hr, CREATE, input={"key": "rate", "name": "转化率", "body": body})
    assert made["lint"] == [{"code": "METRIC_RATIO_MISSING", "path": "ratio"}]
