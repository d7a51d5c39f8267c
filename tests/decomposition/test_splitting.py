"""Case study 004 split by 50/30/20 beside the equal split, each refusal by factor and child, and the laws (C83, C98, N1)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.numbers.allocation import IndivisibleTotal
from plumb_tenants.decomposition.rules import (
    NothingToSplitOver,
    decompose,
    share_of,
)
from plumb_tenants.decomposition.weighing import (
    FactorAllZero,
    FactorInputMissing,
    FactorInputNegative,
    WeightedFactor,
)
from support.refusals import in_full

PROVINCES = ["广东", "福建", "广西", "湖南", "海南"]
TOTAL = Decimal("30000000.00")


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def factor(key: str, weight: str, *values: str | None) -> WeightedFactor:
    return WeightedFactor(key, key, Decimal(weight), [None if value is None else Decimal(value) for value in values])


def three_factors(*, potential: tuple[str | None, ...] = (".40", ".20", ".15", ".15", ".10")) -> list[WeightedFactor]:
    return [
        factor("potential", "50.00", *potential),
        factor("staff", "30.00", ".30", ".20", ".20", ".15", ".15"),
        factor("priority", "20.00", ".2", ".2", ".2", ".2", ".2"),
    ]


def test_a_split_over_nobody_is_refused() -> None:
    with pytest.raises(NothingToSplitOver):
        decompose(TOTAL, [], [])


def test_a_missing_figure_is_refused_with_factor_and_child() -> None:
    with pytest.raises(FactorInputMissing) as refused:
        decompose(TOTAL, PROVINCES, three_factors(potential=(".40", ".20", None, ".15", ".10")))
    assert (refused.value.at, refused.value.part, refused.value.name) == (2, "figures", "potential")
    assert in_full(refused.value, "zh-CN") == "“广西”缺少因子“potential”的数据，请填写，或补录其数据来源（指标、画像报告）。"


def test_a_negative_figure_is_refused_with_factor_and_child() -> None:
    with pytest.raises(FactorInputNegative) as refused:
        decompose(TOTAL, PROVINCES, three_factors(potential=(".40", "-.20", ".15", ".15", ".10")))
    assert in_full(refused.value) == "福建 has -0.20 of the factor potential, which cannot be negative."


def test_a_factor_that_is_zero_for_all_is_refused_by_name() -> None:
    with pytest.raises(FactorAllZero) as refused:
        decompose(TOTAL, PROVINCES, three_factors(potential=("0", "0", "0", "0", "0")))
    assert in_full(refused.value, "zh-CN") == "因子“potential”在全部下级（广东、福建、广西…）中均为 0，无法计算占比。"


def test_a_total_that_is_no_multiple_of_the_rounding_unit_is_refused() -> None:
    with pytest.raises(IndivisibleTotal):
        decompose(Decimal("30000500.00"), PROVINCES, three_factors(), unit=Decimal("1000.00"))


def test_five_provinces_get_what_the_weights_50_30_20_say() -> None:
    suggestions = decompose(TOTAL, PROVINCES, three_factors())
    assert [str(each.value) for each in suggestions] == [
        "9900000.00",
        "6000000.00",
        "5250000.00",
        "4800000.00",
        "4050000.00",
    ]


def test_the_equal_split_stands_beside_the_weighted_one() -> None:
    suggestions = decompose(TOTAL, PROVINCES, three_factors())
    assert [each.equal_share for each in suggestions] == decimals("6000000.00") * 5
    assert [each.value - each.equal_share for each in suggestions] == decimals("3900000", "0", "-750000", "-1200000", "-1950000")


def test_each_factor_says_what_it_brought_to_guangdong() -> None:
    guangdong = decompose(TOTAL, PROVINCES, three_factors())[0]
    assert [str(each) for each in guangdong.contributions] == ["6000000.00", "2700000.00", "1200000.00"]


def test_raw_figures_and_their_shares_give_the_same_split() -> None:
    shares = decompose(TOTAL, PROVINCES, three_factors())
    figures = decompose(TOTAL, PROVINCES, three_factors(potential=("800", "400", "300", "300", "200")))
    assert shares == figures


def test_values_come_in_whole_rounding_units() -> None:
    suggestions = decompose(Decimal("1000000.00"), ["a", "b", "c"], [factor("f", "100", "1", "1", "1")], unit=Decimal("10000.00"))
    assert [str(each.value) for each in suggestions] == ["340000.00", "330000.00", "330000.00"]


def test_a_child_without_any_share_gets_nothing() -> None:
    suggestions = decompose(Decimal("100.00"), ["a", "b"], [factor("f", "100", "1", "0")])
    assert [(each.value, each.contributions) for each in suggestions] == [
        (Decimal("100.00"), (Decimal("100.00"),)),
        (Decimal("0.00"), (Decimal("0.00"),)),
    ]


def test_a_share_is_shown_to_six_places_and_of_nothing_it_is_zero() -> None:
    assert str(share_of(Decimal(1), Decimal(3))) == "0.333333"
    assert str(share_of(Decimal(0), Decimal(0))) == "0.000000"


FIGURE = st.decimals(min_value=0, max_value=10**9, places=2)


@given(
    total=st.decimals(min_value=-(10**12), max_value=10**12, places=2),
    rows=st.lists(st.tuples(FIGURE, FIGURE, FIGURE), min_size=1, max_size=12),
    weights=st.tuples(st.integers(1, 98), st.integers(1, 98)).filter(lambda pair: sum(pair) < 100),
)
def test_values_make_the_total_and_contributions_make_each_value(
    total: Decimal, rows: list[tuple[Decimal, Decimal, Decimal]], weights: tuple[int, int]
) -> None:
    rows = [(1 + rows[0][0], 1 + rows[0][1], 1 + rows[0][2]), *rows[1:]]
    percents = (*weights, 100 - sum(weights))
    factors = [
        WeightedFactor(str(place), str(place), Decimal(percent), [row[place] for row in rows])
        for place, percent in enumerate(percents)
    ]
    suggestions = decompose(total, [str(place) for place in range(len(rows))], factors)
    assert sum(each.value for each in suggestions) == total
    assert sum(each.equal_share for each in suggestions) == total
    assert all(sum(each.contributions) == each.value for each in suggestions)


def test_answers_that_make_the_whole_leave_nothing_to_who_did_not_answer() -> None:
    answers = [None if value is None else Decimal(value) for value in ("0.60", "0.40", None)]
    share = WeightedFactor("share", "潜力", Decimal(100), answers, whole=Decimal(1))
    found = decompose(Decimal("100.00"), ["a", "b", "c"], [share])
    assert [str(value) for value in found.values] == ["60.00", "40.00", "0.00"]
