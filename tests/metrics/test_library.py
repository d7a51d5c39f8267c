"""The factor library: what a metric's own lint says, and what must hold among published metrics (C20, C30, C62)."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.definitions.kinds import kind_of
from plumb_tenants.definitions.rules import check_body, lint
from plumb_tenants.definitions.service import (
    archive_version,
    create_definition,
    lint_version,
    new_draft,
    publish_version,
    update_draft,
)
from plumb_tenants.formulas.service import FormulaError, Type, compile_formula
from plumb_tenants.metrics.service import field_types, list_dependants, list_ingredients, list_metrics
from support.metrics_made import LIBRARY, VISIT, publish_body, publish_library, republish
from support.team import Team

PUBLISHED = "select count(*) from definition_version where state = 'PUBLISHED'"


def findings(**changes: Any) -> list[tuple[str, str]]:
    """Return codes and places of what lint says of a metric with these fields."""
    kind = kind_of("metric")
    body = {"unit_of_measure": "次", "indicator": "LEADING"} | changes
    return [(each.code, each.path) for each in lint(kind, check_body(kind, body).model)]


async def refused(team: Team, key: str, body: Mapping[str, Any]) -> DomainError:
    """Return why a metric is not published; what was published before is all that is."""
    async with tenant_transaction(team.company.hr):
        before = await fetch_value(PUBLISHED)
    with pytest.raises(DomainError) as caught:
        await publish_body(team.company.hr, "metric", key, body)
    async with tenant_transaction(team.company.hr):
        assert await fetch_value(PUBLISHED) == before
    return caught.value


async def definition_of(actor: Actor, key: str) -> Any:
    async with tenant_transaction(actor):
        return await fetch_value("select id from definition where kind = 'metric' and key = $1", key)


def computed(formula: str, **inputs: str) -> dict[str, Any]:
    named = [{"name": name, "metric": metric} for name, metric in inputs.items()]
    return {"unit_of_measure": "分", "indicator": "LEADING", "formula": formula, "inputs": named}


def test_lint_names_each_contradiction_within_a_metric() -> None:
    x = [{"name": "x", "metric": "a"}]
    assert findings() == []
    assert findings(aggregation="RATIO_OF_SUMS") == [("METRIC_RATIO_MISSING", "ratio")]
    assert findings(ratio={"numerator": "a", "denominator": "b"}) == [("METRIC_RATIO_MISSING", "ratio")]
    assert findings(formula="x + 1") == [("METRIC_FORMULA_INPUTS", "inputs")]
    assert findings(inputs=x) == [("METRIC_FORMULA_INPUTS", "formula")]
    assert findings(formula="x > 1", inputs=x) == [("METRIC_FORMULA_NOT_NUMBER", "formula")]
    assert findings(formula="y + 1", inputs=x) == [("FORMULA_UNKNOWN_NAME", "formula")]
    assert findings(formula="x", inputs=x * 2) == [("METRIC_INPUT_TWICE", "inputs[1].name")]
    event = {"of": "a", "followed_by": "b"}
    assert findings(event=event, aggregation="LAST") == [("METRIC_EVENT_AGGREGATION", "aggregation")]
    assert findings(event=event, formula="x", inputs=x) == [("METRIC_ORIGIN_MIXED", "event")]
    assert findings(type="MONEY") == [("METRIC_CURRENCY_MISSING", "currency")]
    assert findings(type="MONEY", currency="XXX") == [("UNKNOWN_CURRENCY", "currency")]
    assert findings(type="USAGE", formula="x", inputs=x) == [("METRIC_USAGE_COMPUTED", "formula")]
    assert findings(type="PERCENT", aggregation="LAST") == [("METRIC_PERCENTS_ADDED", "across")]


async def test_a_cycle_is_refused_by_the_names_of_its_metrics(team: Team) -> None:
    hr = team.company.hr
    versions = await publish_library(hr, "visit", "follow_up", "effective_visit")
    await publish_body(hr, "metric", "score", computed("有效拜访 * 2", 有效拜访="effective_visit"))
    with pytest.raises(DomainError) as caught:
        await republish(hr, versions["visit"], await definition_of(hr, "visit"), VISIT | computed("分数 / 2", 分数="score"))
    assert (caught.value.code, caught.value.field) == ("METRIC_CYCLE", "inputs[0].metric")
    assert caught.value.text("zh-CN") == "指标之间形成循环：visit → score → effective_visit → visit。请去掉其中一个引用。"
    itself = await refused(team, "self", computed("x + 1", x="self"))
    assert (itself.code, itself.values["cycle"]) == ("METRIC_CYCLE", "self → self")


async def test_two_metrics_published_at_once_close_no_cycle_together(team: Team) -> None:
    hr = team.company.hr
    versions = await publish_library(hr, "visit", "follow_up")
    drafts = []
    for key, other in (("visit", "follow_up"), ("follow_up", "visit")):
        async with tenant_transaction(hr):
            draft = await new_draft(
                hr, await fetch_value("select definition_id from definition_version where id = $1", versions[key])
            )
            drafts.append(await update_draft(hr, draft.id, body=VISIT | computed("x + 1", x=other), version=draft.version))

    async def publish(draft: Any) -> None:
        async with tenant_transaction(hr):
            await publish_version(hr, draft.id, version=draft.version)

    done = await asyncio.gather(*(publish(draft) for draft in drafts), return_exceptions=True)
    assert sorted(getattr(each, "code", "published") for each in done) == ["METRIC_CYCLE", "published"]


async def test_a_metric_is_made_of_published_metrics_only(team: Team) -> None:
    error = await refused(team, "effective_visit", LIBRARY["effective_visit"])
    assert (error.code, error.field, error.values["key"]) == ("METRIC_UNKNOWN", "event.of", "visit")


async def test_a_metric_that_others_are_made_of_is_not_archived(team: Team) -> None:
    hr = team.company.hr
    versions = await publish_library(hr, "visit", "follow_up", "effective_visit")
    with pytest.raises(DomainError) as caught:
        async with tenant_transaction(hr):
            await archive_version(hr, versions["visit"], version=2)
    assert (caught.value.code, caught.value.values["users"]) == ("METRIC_IN_USE", "effective_visit")
    async with tenant_transaction(hr):
        await archive_version(hr, versions["effective_visit"], version=2)
        await archive_version(hr, versions["visit"], version=2)
        assert [each.key for each in await list_metrics(hr)] == ["follow_up"]


async def test_usage_data_named_in_a_formula_is_a_parse_error_that_names_the_rule(team: Team) -> None:
    await publish_library(team.company.hr, "visit", "logins")
    error = await refused(team, "score", computed("拜访 +\n 登录次数", 拜访="visit", 登录次数="logins"))
    assert isinstance(error, FormulaError)
    assert (error.code, error.field, error.line, error.column, error.name) == ("FORMULA_USAGE", "formula", 2, 2, "登录次数")
    assert error.text("zh-CN") == (
        "第 2 行第 2 列：“登录次数”是系统使用数据，按规则 C62（系统使用不计入考核）不得用于任何计算公式。"
    )
    assert "rule C62" in error.text("en")


async def test_usage_data_is_reached_by_no_ratio_and_no_event_rule_either(team: Team) -> None:
    await publish_library(team.company.hr, "visit", "logins")
    ratio = {"numerator": "visit", "denominator": "logins"}
    body = {"unit_of_measure": "%", "indicator": "LEADING", "aggregation": "RATIO_OF_SUMS", "ratio": ratio}
    assert ((error := await refused(team, "rate", body)).code, error.field) == ("USAGE_NOT_SCORED", "ratio.denominator")
    event = VISIT | {"event": {"of": "logins", "followed_by": "visit"}}
    assert ((error := await refused(team, "event", event)).code, error.field) == ("USAGE_NOT_SCORED", "event.of")


async def test_usage_data_never_turns_into_another_type(team: Team) -> None:
    hr = team.company.hr
    versions = await publish_library(hr, "logins")
    with pytest.raises(DomainError) as caught:
        await republish(hr, versions["logins"], await definition_of(hr, "logins"), VISIT)
    assert caught.value.code == "METRIC_TYPE_KEPT"


def test_no_operator_and_no_function_takes_usage_data() -> None:
    for text in ("u", "u + 1", "-u", "u%", "u > 1", "IF(TRUE, u, 0)", "MAX(1, u)", "u & 'x'", "ISBLANK(u)", "u = u"):
        with pytest.raises(FormulaError) as caught:
            compile_formula(text, {"u": Type.USAGE})
        assert caught.value.code in {"FORMULA_USAGE", "FORMULA_UNKNOWN_FUNCTION", "FORMULA_SYNTAX"}, text


async def test_fields_of_other_domains_formulas_get_the_types_of_their_metrics(team: Team) -> None:
    hr = team.company.hr
    await publish_library(hr, "visit", "logins")
    async with tenant_transaction(hr):
        types = await field_types(hr, {"拜访": "visit", "登录": "logins"})
        assert types == {"拜访": Type.NUMBER, "登录": Type.USAGE}
        with pytest.raises(DomainError) as caught:
            await field_types(hr, {"x": "nowhere"})
    assert (caught.value.code, caught.value.field) == ("METRIC_UNKNOWN", "x")


async def test_the_graph_lists_dependants_and_ingredients_nearest_first(team: Team) -> None:
    hr = team.company.hr
    await publish_library(hr)
    async with tenant_transaction(team.owner):
        users = [(each.key, each.distance) for each in await list_dependants(team.owner, "visit")]
        parts = [(each.key, each.distance) for each in await list_ingredients(team.owner, "conversion")]
        with pytest.raises(DomainError) as caught:
            await list_dependants(team.owner, "nowhere")
    assert users == [("effective_visit", 1), ("activity", 2), ("conversion", 2)]
    assert parts == [("effective_visit", 1), ("order_count", 1), ("follow_up", 2), ("visit", 2)]
    assert caught.value.code == "METRIC_UNKNOWN"


async def test_a_draft_may_name_what_is_not_there_yet(team: Team) -> None:
    hr = team.company.hr
    async with tenant_transaction(hr):
        draft = await create_definition(hr, kind="metric", key="e", name="e", body=LIBRARY["effective_visit"])
    await publish_library(hr, "visit", "follow_up")
    async with tenant_transaction(hr):
        assert (await publish_version(hr, draft.id, version=1)).state == "PUBLISHED"


async def test_a_template_without_a_leading_metric_is_warned_about(team: Team) -> None:
    hr = team.company.hr
    await publish_library(hr, "visit", "revenue")
    factor = {"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}
    found: dict[str, list[tuple[str, str, str]]] = {}
    for metric in ("revenue", "visit", "销售额"):
        body = {"metric": metric, "unit_of_measure": "元", "level": "people", "factors": [factor]}
        async with tenant_transaction(hr):
            draft = await create_definition(hr, kind="decomposition", key=f"t{len(found)}", name="模板", body=body)
            found[metric] = [(each.code, each.severity.value, each.en) for each in await lint_version(hr, draft.id)]
            await publish_version(hr, draft.id, version=1)
    said = "This template uses lagging metrics alone (revenue); add a leading one at least."
    assert found == {"revenue": [("NO_LEADING_METRIC", "WARNING", said)], "visit": [], "销售额": []}
