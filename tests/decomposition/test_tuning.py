"""Tuning a suggested value: both ends of the band, the reason, and what becomes of the siblings (C84, D5, D6)."""

from decimal import Decimal

import pytest

from plumb_platform.numbers.allocation import IndivisibleTotal
from plumb_tenants.decomposition.tuning import (
    BalanceRule,
    OverAssigned,
    Part,
    RebalanceImpossible,
    TuneOutsideBand,
    TuneReasonMissing,
    TuneReasonTooLong,
    balanced,
    band_of,
    check_tuning,
    gap_of,
)
from support.refusals import in_full

SUGGESTED, BAND, CENT = Decimal("9900000.00"), Decimal(15), Decimal("0.01")
TOTAL = Decimal("30000000.00")
SUGGESTIONS = [Decimal(value) for value in ("9900000.00", "6000000.00", "5250000.00", "4800000.00", "4050000.00")]


def tune(value: str, reason: str = "广东三家三甲医院设备换代") -> None:
    check_tuning(SUGGESTED, Decimal(value), reason, band=BAND, unit=CENT)


def parts(*tuned: str) -> list[Part]:
    """Give the first children a tuned value, the others their suggestion."""
    chosen = [Decimal(value) for value in tuned]
    rest = SUGGESTIONS[len(chosen) :]
    return [Part(old, new, tuned=True) for old, new in zip(SUGGESTIONS, chosen, strict=False)] + [Part(v, v) for v in rest]


@pytest.mark.parametrize("value", ["11385000.01", "8414999.99", "0.00", "-9900000.00"])
def test_tuning_beyond_fifteen_percent_is_refused(value: str) -> None:
    with pytest.raises(TuneOutsideBand) as refused:
        tune(value)
    assert refused.value.field == "value"
    assert "8415000.00 to 11385000.00" in in_full(refused.value)


@pytest.mark.parametrize("reason", ["", "   ", "\n\t", "nul\x00"])
def test_tuning_without_a_reason_is_refused(reason: str) -> None:
    with pytest.raises(TuneReasonMissing) as refused:
        tune("11385000.00", reason)
    assert refused.value.field == "reason"


@pytest.mark.parametrize("length", [1_001, 100_000])
def test_a_reason_that_is_too_long_is_called_that(length: int) -> None:
    with pytest.raises(TuneReasonTooLong) as refused:
        tune("11385000.00", "x" * length)
    assert (refused.value.field, refused.value.text("zh-CN")) == ("reason", f"理由共 {length} 个字符，最多 1000 个。")


def test_a_value_in_parts_of_the_rounding_unit_is_refused() -> None:
    with pytest.raises(IndivisibleTotal):
        check_tuning(SUGGESTED, Decimal("9900500.00"), "原因", band=BAND, unit=Decimal("1000.00"))


@pytest.mark.parametrize("value", ["11385000.00", "8415000.00", "9900000.00"])
def test_both_ends_of_the_band_belong_to_it(value: str) -> None:
    tune(value)


def test_the_band_of_an_odd_amount_ends_at_the_last_cent_inside_it() -> None:
    assert band_of(Decimal("333.33"), BAND) == (Decimal("283.34"), Decimal("383.32"))


def test_the_band_of_a_negative_value_is_not_upside_down() -> None:
    assert band_of(Decimal("-100.00"), BAND) == (Decimal("-115.00"), Decimal("-85.00"))


def test_rebalancing_with_every_sibling_tuned_is_refused() -> None:
    tuned = parts("9900001.00", "6000000.00", "5250000.00", "4800000.00", "4050000.00")
    with pytest.raises(RebalanceImpossible) as refused:
        balanced(BalanceRule.REBALANCE_SIBLINGS, TOTAL, tuned, unit=CENT, limit=None)
    assert in_full(refused.value).startswith("The siblings not tuned cannot take the remaining -1.00")


def test_rebalancing_what_is_left_over_with_nobody_to_take_it_is_refused() -> None:
    tuned = parts("9899999.00", "6000000.00", "5250000.00", "4800000.00", "4050000.00")
    with pytest.raises(RebalanceImpossible) as refused:
        balanced(BalanceRule.REBALANCE_SIBLINGS, TOTAL, tuned, unit=CENT, limit=None)
    assert in_full(refused.value).startswith("The siblings not tuned cannot take the remaining 1.00")


def test_rebalancing_into_negative_values_is_refused() -> None:
    with pytest.raises(RebalanceImpossible):
        balanced(BalanceRule.REBALANCE_SIBLINGS, TOTAL, parts("30000000.01"), unit=CENT, limit=None)


def test_over_assigning_beyond_the_limit_is_refused() -> None:
    with pytest.raises(OverAssigned) as refused:
        balanced(BalanceRule.ALLOW_OVERASSIGN, TOTAL, parts("11400000.01"), unit=CENT, limit=Decimal(5))
    assert in_full(refused.value) == (
        "The parts come to 31500000.01, over the limit of 31500000.00 (the total 30000000.00 plus 5 %)."
    )


def test_over_assigning_up_to_the_limit_keeps_the_values() -> None:
    tuned = parts("11400000.00")
    values = balanced(BalanceRule.ALLOW_OVERASSIGN, TOTAL, tuned, unit=CENT, limit=Decimal(5))
    assert values == [Decimal("11400000.00"), *SUGGESTIONS[1:]]
    assert gap_of(BalanceRule.ALLOW_OVERASSIGN, tuned) == Decimal("-1500000.00")


def test_keeping_the_gap_changes_no_sibling_and_counts_it() -> None:
    tuned = parts("11385000.00")
    assert balanced(BalanceRule.KEEP_GAP, TOTAL, tuned, unit=CENT, limit=None) == [Decimal("11385000.00"), *SUGGESTIONS[1:]]
    assert gap_of(BalanceRule.KEEP_GAP, tuned) == Decimal("-1485000.00")


def test_rebalancing_takes_the_difference_from_the_siblings_by_their_suggestions() -> None:
    tuned = parts("11385000.00")
    values = balanced(BalanceRule.REBALANCE_SIBLINGS, TOTAL, tuned, unit=CENT, limit=None)
    assert [str(value) for value in values] == [
        "11385000.00",
        "5556716.42",
        "4862126.87",
        "4445373.13",
        "3750783.58",
    ]
    assert sum(values) == TOTAL
    assert gap_of(BalanceRule.REBALANCE_SIBLINGS, tuned) == Decimal("0.00")


def test_rebalancing_leaves_nothing_where_the_tuned_take_all() -> None:
    values = balanced(BalanceRule.REBALANCE_SIBLINGS, TOTAL, parts("30000000.00"), unit=CENT, limit=None)
    assert values == [TOTAL, *[Decimal("0.00")] * 4]


@pytest.mark.parametrize("rule", list(BalanceRule))
def test_a_total_of_zero_is_balanced_by_zeros(rule: BalanceRule) -> None:
    """What a person confirmed by tuning it to nothing leaves nothing to anybody, which is no mistake."""
    zero = Decimal("0.00")
    for tuned in ((True, False), (True, True), (False, False)):
        parts = [Part(zero, zero, each) for each in tuned]
        assert balanced(rule, zero, parts, unit=CENT, limit=Decimal(5)) == [zero, zero]
        assert gap_of(rule, parts) == zero


def test_no_percentage_of_a_total_of_zero_may_be_over_assigned() -> None:
    with pytest.raises(OverAssigned):
        balanced(BalanceRule.ALLOW_OVERASSIGN, Decimal(0), parts("0.01"), unit=CENT, limit=Decimal(50))
