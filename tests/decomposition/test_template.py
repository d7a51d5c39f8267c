"""What keeps a decomposition template from being published: weights, factors, formulas, each with its place (C32, D7)."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from plumb_tenants.decomposition.definition import KIND, DecompositionTemplate, lint
from plumb_tenants.decomposition.factors import FactorUndefined, weighted_factors
from plumb_tenants.decomposition.tuning import BalanceRule
from plumb_tenants.definitions.kinds import registered_kinds
from support.refusals import in_full
from support.south import UNITS_BODY


def template(**changes: Any) -> DecompositionTemplate:
    return DecompositionTemplate.model_validate(UNITS_BODY | changes)


def factors(*weights: str, source: str = "input", key: str = "f{}") -> list[dict[str, str]]:
    return [
        {"key": key.format(place), "name": f"因子{place}", "weight": weight, "source": source}
        for place, weight in enumerate(weights)
    ]


def findings(**changes: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.path) for finding in lint(template(**changes))]


@pytest.mark.parametrize(("weights", "total"), [(("50.00", "49.99"), "99.99"), (("50.00", "50.01"), "100.01")])
def test_weights_that_do_not_total_100_are_refused_with_their_total(weights: tuple[str, str], total: str) -> None:
    (finding,) = lint(template(factors=factors(*weights)))
    assert (finding.code, finding.path) == ("WEIGHTS_NOT_100", "factors")
    assert finding.en == f"The factors' weights total {total}; they must total 100.00."
    assert finding.zh == f"因子权重合计为 {total}，须为 100.00。"


def test_a_key_that_stands_there_twice_is_refused_at_both_places() -> None:
    twice = [("FACTOR_NAME_TWICE", "factors[0].key"), ("FACTOR_NAME_TWICE", "factors[1].key")]
    assert findings(factors=factors("50", "50", key="same")) == twice


def test_an_input_named_like_a_factor_is_refused() -> None:
    assert findings(inputs=["potential"]) == [("FACTOR_NAME_TWICE", "factors[0].key")]


def test_an_unknown_name_in_a_formula_is_refused_with_line_and_column() -> None:
    (finding,) = lint(template(inputs=["历史月均"], factors=factors("100", source="历史月均 +\n 历史月军")))
    assert (finding.code, finding.path) == ("FORMULA_UNKNOWN_NAME", "factors[0].source")
    assert finding.en == "Line 2, column 2: there is no field named “历史月军”. Did you mean “历史月均”?"


def test_where_no_known_name_is_near_a_refusal_lists_those_there_are() -> None:
    (finding,) = lint(template(inputs=["历史月均"], factors=factors("100", source="客户数 * 2")))
    assert finding.zh == "第 1 行第 1 列：没有名为“客户数”的字段。可用的名称：历史月均。"
    (finding,) = lint(template(factors=factors("100", source="客户数 * 2")))
    assert finding.en == "Line 1, column 1: there is no field named “客户数”. No name is known here; declare it first."


def test_a_metric_or_a_unit_of_measure_of_blanks_is_refused() -> None:
    for name in ("metric", "unit_of_measure"):
        with pytest.raises(ValidationError, match=name):
            template(**{name: "  "})


def test_a_formula_that_is_no_number_is_refused() -> None:
    assert findings(inputs=["a"], factors=factors("100", source="a > 1")) == [("FACTOR_NOT_NUMBER", "factors[0].source")]


def test_presence_from_placements_is_of_people_only() -> None:
    assert findings(presence="from_placements") == [("PRESENCE_OF_UNITS", "presence")]
    assert findings(presence="from_placements", level="people") == []


def test_allowing_over_assignment_without_a_limit_is_refused() -> None:
    missing = [("OVER_ASSIGN_LIMIT_MISSING", "overAssignMaxPercent")]
    assert findings(balance="ALLOW_OVERASSIGN") == missing
    assert findings(balance="ALLOW_OVERASSIGN", over_assign_max_percent="5") == []


def test_fairness_by_a_factor_that_is_not_there_is_refused() -> None:
    assert findings(potential="ghost") == [("POTENTIAL_UNKNOWN", "potential")]


@pytest.mark.parametrize(
    "changes",
    [
        {"band_percent": "100.01"},
        {"band_percent": "-1"},
        {"rounding_unit": "0"},
        {"rounding_unit": "0.001"},
        {"factors": []},
        {"level": "teams"},
        {"factors": factors("100.001")},
        {"colour": "red"},
    ],
)
def test_a_body_out_of_its_bounds_does_not_fit(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        template(**changes)


def test_the_template_of_the_main_job_is_sound_and_has_the_defaults() -> None:
    body = template()
    assert lint(body) == []
    assert (body.band_percent, body.balance, body.rounding_unit) == (Decimal(15), BalanceRule.KEEP_GAP, Decimal("0.01"))
    assert body.input_names == ("potential", "staff", "priority")
    assert registered_kinds()[KIND].body is DecompositionTemplate


def test_a_formula_without_a_value_is_refused_with_factor_and_child() -> None:
    body = template(inputs=["a"], factors=factors("100", source="1 / a"))
    with pytest.raises(FactorUndefined) as refused:
        weighted_factors(body, ["广东"], [{"a": Decimal(0)}])
    assert (refused.value.at, refused.value.part) == (0, "figures")
    assert in_full(refused.value).startswith("The factor 因子0 of 广东 cannot be computed")


def test_a_formula_over_a_missing_figure_leaves_the_factor_missing() -> None:
    body = template(inputs=["a"], factors=factors("100", source="a * 2"))
    (factor,) = weighted_factors(body, ["广东", "福建"], [{"a": Decimal(3)}, {}])
    assert factor.values == [Decimal(6), None]
