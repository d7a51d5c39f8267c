"""Suggested values by history and benchmark (C1, C2), pure and over a company's own metrics; copies with other metrics (C21)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.definitions.service import clone_definition, new_draft, publish_version, update_draft
from plumb_tenants.forms.body import Form
from plumb_tenants.forms.compiling import compile_form
from plumb_tenants.forms.definition import lint
from plumb_tenants.forms.rules import Facts, evaluate
from plumb_tenants.forms.suggesting import suggestions
from support.forms_made import Office, publish_form
from support.metrics_made import observed, publish_body, publish_library, say

CHOICES = [{"key": key, "label": key} for key in ("AI 课程", "IVD")]
BODY: dict[str, Any] = {
    "title": "目标申报",
    "metrics": ["revenue"],
    "figures": [
        {"key": "历史月均", "source": "history_mean", "metric": "revenue"},
        {"key": "基准", "source": "benchmark", "benchmark": "new_line", "product_line": "线", "region": "区", "period": "期"},
    ],
    "fields": [
        {"key": "线", "type": "product_line", "label": "产品线", "choices": CHOICES},
        {"key": "区", "type": "text", "label": "区域"},
        {"key": "期", "type": "period", "label": "期间"},
        {
            "key": "申报值",
            "type": "money",
            "label": "申报值",
            "metric": "revenue",
            "suggestion": "IF(历史月均 > 0, 历史月均 * 1.2, 基准 * 0.8)",
        },
    ],
}
WHERE = {"线": "AI 课程", "区": "华东", "期": "2026-Q1"}
NOW = datetime(2026, 3, 10, tzinfo=UTC)

CASES = [
    (100000, 50000, "120000.00", []),
    (0, 50000, "40000.00", []),
    (None, 50000, "40000.00", ["NO_HISTORY"]),
    (100000, None, "120000.00", ["NO_BENCHMARK"]),
    (None, None, None, ["NO_HISTORY", "NO_BENCHMARK"]),
    (0, None, None, ["NO_BENCHMARK"]),
]


@pytest.mark.parametrize(("history", "benchmark", "value", "reasons"), CASES)
def test_the_suggestion_of_the_case_study(
    history: int | None, benchmark: int | None, value: str | None, reasons: list[str]
) -> None:
    compiled = compile_form(Form.model_validate(BODY))
    figures = {"历史月均": history, "基准": benchmark}
    decimals = {key: None if each is None else Decimal(each) for key, each in figures.items()}
    found = suggestions(compiled, evaluate(compiled, Facts(given={})), decimals)["申报值"]
    assert found.stored() == {"value": value, "reasons": reasons}
    assert (found.error.code if found.error else None) == (None if value else "FORM_SUGGESTION_UNDEFINED")


def test_a_figure_names_what_it_is_looked_up_by() -> None:
    figures = [
        {"key": "h", "source": "history_mean"},
        {"key": "b", "source": "benchmark", "benchmark": "new_line", "product_line": "线", "region": "申报值", "period": "无"},
    ]
    fields = [*BODY["fields"][:3], {"key": "申报值", "type": "money", "label": "申报值"}]
    found = lint(Form.model_validate(BODY | {"figures": figures, "fields": fields}))
    assert [(each.path, each.code) for each in found] == [
        ("figures[0].metric", "FORM_ATTRIBUTE_MISSING"),
        ("figures[1].region", "FORM_FIGURE_FIELD_UNKNOWN"),
        ("figures[1].period", "FORM_FIGURE_FIELD_UNKNOWN"),
    ]


async def benchmark(office: Office, value: str) -> None:
    """Publish the benchmark of the new line, the next version when there is one."""
    row = {"product_line": "AI 课程", "region": "华东", "period": "2026-Q1", "value": value}
    body = {"unit_of_measure": "元", "rows": [row]}
    known = await office.value("select id from definition where kind = 'benchmark'")
    if known is None:
        await publish_body(office.hr, "benchmark", "new_line", body)
        return
    async with tenant_transaction(office.hr):
        made = await new_draft(office.hr, known)
        made = await update_draft(office.hr, made.id, body=body, version=made.version)
        await publish_version(office.hr, made.id, version=made.version)


async def test_a_form_about_a_metric_that_is_not_in_effect_is_not_published(office: Office) -> None:
    with pytest.raises(DomainError) as caught:
        await publish_form(office.hr, "goals", BODY)
    assert (caught.value.code, caught.value.field) == ("METRIC_UNKNOWN", "metrics[0]")


async def test_history_is_of_whole_months_and_a_new_benchmark_leaves_what_was_submitted(office: Office) -> None:
    with clock_at(NOW):
        await publish_library(office.hr, "revenue")
        form = await publish_form(office.hr, "goals", BODY)
        await benchmark(office, "50000")
        days = {date(2026, 1, 5): "90000", date(2026, 2, 5): "110000", date(2026, 3, 5): "1", date(2025, 2, 5): "7"}
        await say(office.hr, *(observed(f"R{n}", "revenue", "S1", day, value) for n, (day, value) in enumerate(days.items())))
        answers = await office.validate(WHERE, form=form)
        assert answers.suggestions["申报值"].stored() == {"value": "120000.00", "reasons": []}
        await office.submit(WHERE | {"申报值": "120000"}, form=form, actor=office.newcomer)
        await benchmark(office, "60000")
        answers = await office.validate(WHERE, form=form, actor=office.newcomer)
        assert answers.suggestions["申报值"].stored() == {"value": "48000.00", "reasons": ["NO_HISTORY"]}
        answers = await office.validate({}, form=form, actor=office.newcomer)
        assert answers.suggestions["申报值"].stored() == {"value": None, "reasons": ["NO_HISTORY", "NO_BENCHMARK"]}
    kept = await office.value("select suggested -> '申报值' ->> 'value' from submission where definition_version_id = $1", form)
    assert kept == "40000.00"


async def test_a_copy_swaps_metrics_everywhere_and_leaves_its_source(office: Office) -> None:
    await publish_library(office.hr, "revenue")
    source = await publish_form(office.hr, "goals", BODY)
    before = await office.value("select body::text from definition_version where id = $1", source)
    async with tenant_transaction(office.hr):
        clone = await clone_definition(office.hr, source, key="service", name="客服申报", metrics={"revenue": "first_response"})
        body = Form.model_validate(clone.body)
        assert (body.metrics, body.figures[0].metric, body.fields[3].metric) == (("first_response",),) + ("first_response",) * 2
        assert clone.id != source
        assert await fetch_value("select body::text from definition_version where id = $1", source) == before
