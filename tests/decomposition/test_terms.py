"""What coefficients, holds, ramps, padding and weight sets make of a split, at the numbers of their rows.

Rows C32, C50, C82, A3, A5, A6, A8, A9.
"""

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plumb_tenants.decomposition.given import NOTHING, Given
from plumb_tenants.decomposition.linting import lint
from plumb_tenants.decomposition.report import ReportIncomplete
from plumb_tenants.decomposition.steps import HoldImpossible, StepKind
from plumb_tenants.decomposition.weighing import (
    FactorInputMissing,
    FactorInputNegative,
    FactorSharesExceed,
)
from plumb_tenants.decomposition.weight_sets import FactInvalid, FactUnknown
from support.refusals import in_full, refusing
from support.splits import equal_template, split_of, template, values, year_of

EAST = [{"basis": "unit", "of": "HD", "value": "1.3"}]
SENIOR = [{"basis": "grade", "of": "高级", "value": "1.8"}]
REGIONS = [Given(code="HD"), *[Given(code=f"R{place}") for place in range(5)]]
SALES = [
    {"key": "coverage", "name": "覆盖率", "weight": "50.00"},
    {"key": "profit", "name": "利润", "weight": "50.00"},
]
SETS: list[dict[str, Any]] = [
    {
        "key": "new",
        "name": "新品推广期",
        "when": '生命周期 = "NEW"',
        "weights": [{"factor": "coverage", "weight": "40.00"}, {"factor": "profit", "weight": "60.00"}],
    },
    {
        "key": "mature",
        "name": "成熟期",
        "when": 'AND(生命周期 = "MATURE", 团队人数 >= 3)',
        "weights": [{"factor": "profit", "weight": "55.00"}, {"factor": "coverage", "weight": "45.00"}],
    },
]
FACTS = [{"name": "生命周期"}, {"name": "团队人数", "type": "number"}]


def findings(**changes: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.path) for finding in lint(template(**changes))]


def a_fact(life_cycle: str, people: int = 5) -> Given:
    return Given(facts={"生命周期": life_cycle, "团队人数": Decimal(people)})


# C50


def test_eight_million_over_six_regions_with_1_3_for_the_east() -> None:
    found = split_of(equal_template(coefficients=EAST), "8000000.00", REGIONS)
    assert values(found) == ["1650793.65", *["1269841.27"] * 5]
    assert sum(each.value for each in found.suggestions) == Decimal("8000000.00")


def test_3_800_000_over_a_senior_and_two_new_people_at_1_8_to_1() -> None:
    people = [Given(grade="高级"), Given(grade="新人"), Given(grade="新人")]
    assert values(split_of(equal_template(coefficients=SENIOR), "3800000.00", people)) == [
        "1800000.00",
        "1000000.00",
        "1000000.00",
    ]


def test_factors_and_the_coefficient_s_step_add_up_to_the_value() -> None:
    east = split_of(equal_template(coefficients=EAST), "8000000.00", REGIONS).suggestions[0]
    assert (east.contributions, east.moved) == ((Decimal("1333333.34"),), {StepKind.COEFFICIENT: Decimal("317460.31")})


def test_unit_and_grade_multiply_and_the_newest_coefficient_in_force_counts() -> None:
    later = [*EAST, {"basis": "unit", "of": "HD", "value": "2", "effective_from": "2026-07-01"}, *SENIOR]
    people = [Given(code="HD", grade="高级"), Given(code="HD", grade="新人")]
    before = split_of(equal_template(coefficients=later), "280.00", people)
    assert values(before) == ["180.00", "100.00"]
    mixed = [Given(code="HD"), Given(code="HN")]
    body = equal_template(coefficients=later)
    for day, expected in ((date(2026, 6, 30), ["169.57", "130.43"]), (date(2026, 7, 1), ["200.00", "100.00"])):
        assert values(split_of(body, "300.00", mixed, frame=year_of(body, as_of=day))) == expected


# C32, D7


@pytest.mark.parametrize(("weights", "total"), [(["40.00"], "40.00"), (["40.00", "59.99"], "99.99")])
def test_a_weight_set_that_does_not_total_100_is_refused(weights: list[str], total: str) -> None:
    rows = [{"factor": key, "weight": weight} for key, weight in zip(("coverage", "profit"), weights, strict=False)]
    (finding,) = lint(template(factors=SALES, facts=FACTS, weight_sets=[SETS[0] | {"weights": rows}]))
    assert (finding.code, finding.path) == ("WEIGHTS_NOT_100", "weightSets[0].weights")
    assert finding.en == f"The factors' weights total {total}; they must total 100.00."


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"when": "生命周期"}, "CONDITION_NOT_BOOLEAN", "weightSets[0].when"),
        ({"when": ""}, "FORMULA_SYNTAX", "weightSets[0].when"),
        ({"when": '区域 = "A"'}, "FORMULA_UNKNOWN_NAME", "weightSets[0].when"),
        ({"weights": [{"factor": "ghost", "weight": "100"}]}, "FACTOR_UNKNOWN", "weightSets[0].weights[0].factor"),
    ],
)
def test_a_weight_set_that_cannot_be_applied_is_refused(changes: dict[str, Any], code: str, path: str) -> None:
    assert findings(factors=SALES, facts=FACTS, weight_sets=[SETS[0] | changes]) == [(code, path)]


def test_a_new_product_weighs_coverage_40_a_mature_one_profit_55_and_no_rule_the_default() -> None:
    body = template(factors=SALES, facts=FACTS, weight_sets=SETS)
    assert lint(body) == []
    given = [a_fact("NEW"), a_fact("MATURE"), a_fact("MATURE", people=2), NOTHING]
    found = split_of(body, "100.00", given, [{"coverage": Decimal(1), "profit": Decimal(1)}] * 4)
    assert [chosen.key if chosen else None for chosen in found.chosen] == ["new", "mature", None, None]
    assert [factor.weights for factor in found.factors] == [
        [Decimal("40.00"), Decimal("45.00"), Decimal("50.00"), Decimal("50.00")],
        [Decimal("60.00"), Decimal("55.00"), Decimal("50.00"), Decimal("50.00")],
    ]
    assert [found.suggestions[place].contributions for place in (0, 1)] == [
        (Decimal("10.00"), Decimal("15.00")),
        (Decimal("11.25"), Decimal("13.75")),
    ]


def test_a_factor_that_weighs_nothing_for_a_child_may_be_missing_there() -> None:
    only = SETS[0] | {"weights": [{"factor": "coverage", "weight": "100.00"}]}
    body = template(factors=SALES, facts=FACTS, weight_sets=[only])
    rows = [{"coverage": Decimal(1)}, {"coverage": Decimal(1), "profit": Decimal(2)}]
    assert values(split_of(body, "100.00", [a_fact("NEW"), NOTHING], rows)) == ["40.00", "60.00"]
    with refusing(FactorInputMissing, match="下级0"):
        split_of(body, "100.00", [NOTHING, NOTHING], rows)


def test_a_misspelt_fact_and_one_of_another_type_are_refused() -> None:
    body = template(factors=SALES, facts=FACTS, weight_sets=SETS)
    with pytest.raises(FactUnknown, match="团队人数, 生命周期"):
        split_of(body, "1.00", [Given(facts={"生命週期": "NEW"})])
    for value in (Decimal(1), "", "x" * 201):
        with pytest.raises(FactInvalid):
            split_of(body, "1.00", [Given(facts={"生命周期": value})])
    with pytest.raises(FactInvalid):
        split_of(body, "1.00", [Given(facts={"团队人数": "5"})])


# A8


def test_no_answer_takes_what_the_answers_leave_and_zero_gets_zero() -> None:
    body = template(factors=[{"key": "share", "name": "潜力", "weight": "100.00", "whole": "1"}])
    rows: list[dict[str, Any]] = [{"share": Decimal(".4")}, {"share": Decimal(0)}, {"share": None}, {}]
    assert values(split_of(body, "1000.00", [NOTHING] * 4, rows)) == ["400.00", "0.00", "300.00", "300.00"]


def test_answers_beyond_the_whole_and_negative_ones_are_refused() -> None:
    body = template(factors=[{"key": "share", "name": "潜力", "weight": "100.00", "whole": "1"}])
    with refusing(FactorSharesExceed, match=r"1\.1"):
        split_of(body, "1000.00", [NOTHING] * 2, [{"share": Decimal("1.1")}, {}])
    with refusing(FactorInputNegative, match="下级1"):
        split_of(body, "1000.00", [NOTHING] * 2, [{"share": Decimal("1.1")}, {"share": Decimal(-1)}])


# A9


def test_held_children_keep_their_values_and_the_rest_adds_up_to_the_remainder() -> None:
    held = [Given(held=Decimal("500.00")), Given(held=Decimal("0.00")), NOTHING, NOTHING, NOTHING]
    found = split_of(equal_template(), "1000.00", held)
    assert values(found) == ["500.00", "0.00", "166.67", "166.67", "166.66"]
    assert found.suggestions[0].moved == {StepKind.HELD: Decimal("300.00")}


@pytest.mark.parametrize("amounts", [("1000.01", None), ("400.00", "500.00"), ("-1.00", None)])
def test_a_hold_that_cannot_be_met_is_refused_by_name(amounts: tuple[str | None, str | None]) -> None:
    held = [Given(held=None if amount is None else Decimal(amount)) for amount in amounts]
    with refusing(HoldImpossible, match=r"下级0.*1000\.00"):
        split_of(equal_template(), "1000.00", held)


# A5


def test_a_new_hire_carries_the_ramp_and_the_rest_stays_open_at_the_parent() -> None:
    body = equal_template(ramp=[{"below_months": 3, "percent": "50"}, {"below_months": 6, "percent": "80"}])
    people = [Given(hired_on=date(2020, 5, 1)), Given(hired_on=date(2026, 1, 15))]
    found = split_of(body, "2400.00", people)
    # Three months at 50 %, three at 80 %, six at 100 %: 990 of 1,200.
    assert values(found) == ["1200.00", "990.00"]
    assert found.suggestions[1].moved == {StepKind.RAMP: Decimal("-210.00")}


def test_somebody_who_joins_in_october_carries_nothing_before() -> None:
    body = equal_template(ramp=[{"below_months": 3, "percent": "50"}])
    assert values(split_of(body, "1200.00", [Given(hired_on=date(2026, 10, 1))])) == ["150.00"]


def test_ramp_steps_that_do_not_rise_are_refused() -> None:
    steps = [{"below_months": 6, "percent": "50"}, {"below_months": 6, "percent": "80"}]
    assert findings(ramp=steps) == [("RAMP_ORDER", "ramp[1].belowMonths")]


# A3


def test_who_is_there_for_half_of_the_working_days_gets_half_of_a_full_part() -> None:
    given = [Given(presence=124), Given(presence=124), NOTHING]
    found = split_of(equal_template(), "1000.00", given, frame=year_of(equal_template(), days=248))
    assert values(found) == ["250.00", "250.00", "500.00"]
    assert found.suggestions[0].moved == {StepKind.PRESENCE: Decimal("-83.34")}


# A6


def test_padding_beyond_the_cap_is_refused_and_within_it_the_parts_exceed_the_total() -> None:
    assert findings(padding_percent="6", padding_max_percent="5") == [("PADDING_ABOVE_CAP", "paddingPercent")]
    found = split_of(equal_template(), "1000.00", [NOTHING] * 2, padding_percent=Decimal("5.00"))
    assert (found.pool, values(found)) == (Decimal("1050.00"), ["525.00", "525.00"])


# C82


def test_an_incomplete_portrait_report_blocks_the_split_and_names_child_and_item() -> None:
    body = template(facts=[{"name": "能力评级"}], report=["potential", "能力评级"])
    rows = [{"potential": Decimal(0), "staff": Decimal(1), "priority": Decimal(1)}, {"staff": Decimal(1), "priority": Decimal(1)}]
    with pytest.raises(ReportIncomplete) as refused:
        split_of(body, "1.00", [Given(facts={"能力评级": "A"}), NOTHING], rows)
    assert in_full(refused.value, "zh-CN").startswith("画像报告不完整，无法拆解：下级1（potential、能力评级）。")
    assert findings(report=["ghost"]) == [("REPORT_ITEM_UNKNOWN", "report[0]")]


def test_coefficients_and_seasons_that_cannot_be_applied_are_refused() -> None:
    assert findings(coefficients=EAST * 2) == [("COEFFICIENT_TWICE", f"coefficients[{place}]") for place in (0, 1)]
    for season in (["1"] * 11, ["0"] * 12):
        assert findings(seasonality=season) == [("SEASONALITY_INVALID", "seasonality")]


def test_whatever_holds_the_steps_add_up_to_the_value_and_the_values_to_the_pool_less_the_ramps() -> None:
    source = random.Random(20261125)
    body = equal_template(
        coefficients=[{"basis": "grade", "of": str(grade), "value": str(grade)} for grade in range(1, 5)],
        ramp=[{"below_months": 4, "percent": "33.33"}],
        padding_max_percent="10",
    )
    for _ in range(1_000):
        size = source.randint(1, 6)
        given = [
            Given(
                grade=str(source.randint(0, 4)),
                hired_on=date(2025 + source.randint(0, 1), source.randint(1, 12), 1) if source.random() < 0.4 else None,
                held=Decimal(source.randint(0, 100)) if place and source.random() < 0.3 else None,
            )
            for place in range(size)
        ]
        total = Decimal(source.randint(60_000, 10**9)) / 100
        found = split_of(body, str(total), given, padding_percent=Decimal(source.randint(0, 1000)) / 100)
        ramped = Decimal(0)
        for each in found.suggestions:
            assert sum(each.contributions) + sum(each.moved.values()) == each.value
            ramped += each.moved.get(StepKind.RAMP, Decimal(0))
        assert sum(each.value for each in found.suggestions) - ramped == found.pool
