"""Attainment and roll-up as pure rules: uncapped, maintained, decreasing, by sum, weight and formula (A10, A11, C49)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.telling import Said
from plumb_tenants.goals.attainment import (
    Aimed,
    Attained,
    BaselineInvalid,
    Part,
    Undefined,
    attained,
    check_way,
    rolled_up,
)
from plumb_tenants.goals.kinds import Aim, RollUp

HUNDRED = Decimal(100)


def aimed(target: str, *, aim: Aim = Aim.REACH, baseline: str | None = None, unit: str = "元") -> Aimed:
    return Aimed(aim, Decimal(target), None if baseline is None else Decimal(baseline), unit)


def part(target: str, actual: str | None, *, weight: str = "100", unit: str = "元") -> Part:
    goal = aimed(target, unit=unit)
    if actual is None:
        return Part(goal, Decimal(weight), None, Attained(), Decimal(0))
    return Part(goal, Decimal(weight), Decimal(actual), attained(goal, Decimal(actual)), HUNDRED)


@pytest.mark.parametrize(
    ("aim", "target", "baseline"),
    [
        (Aim.REACH, "35", "35"),
        (Aim.REACH, "35", "40"),
        (Aim.MAINTAIN, "88", "80"),
        (Aim.REDUCE, "8", None),
        (Aim.REDUCE, "8", "8"),
        (Aim.REDUCE, "8", "5"),
    ],
)
def test_a_baseline_from_which_no_way_leads_to_the_target_is_refused(aim: Aim, target: str, baseline: str | None) -> None:
    with pytest.raises(BaselineInvalid) as refused:
        check_way(aim, Decimal(target), None if baseline is None else Decimal(baseline), row=Said.GIVEN)
    assert refused.value.field == "baseline"


@pytest.mark.parametrize(
    ("goal", "actual", "percent", "met"),
    [
        (aimed("88", aim=Aim.MAINTAIN), "88.0", "100.00", True),
        (aimed("88", aim=Aim.MAINTAIN), "87.9", "99.89", False),
        (aimed("35", baseline="20"), "26", "40.00", False),
        (aimed("35", baseline="20"), "35", "100.00", True),
        (aimed("100000"), "130000", "130.00", True),
        (aimed("8", aim=Aim.REDUCE, baseline="12"), "9", "75.00", False),
        (aimed("8", aim=Aim.REDUCE, baseline="12"), "7", "125.00", True),
        (aimed("8", aim=Aim.REDUCE, baseline="12"), "13", "-25.00", False),
    ],
)
def test_attainment_is_uncapped_and_a_maintained_value_is_met_at_its_target(
    goal: Aimed, actual: str, percent: str, met: bool
) -> None:
    assert attained(goal, Decimal(actual)) == Attained(Decimal(percent), met)


def test_a_target_of_zero_has_no_attainment_and_a_reason() -> None:
    assert attained(aimed("0"), Decimal(5)) == Attained(None, True, Undefined.TARGET_ZERO)
    assert attained(aimed("5", baseline="5"), Decimal(5)) == Attained(None, True, Undefined.BASELINE_IS_TARGET)
    assert attained(aimed("0.01"), Decimal("9999999999999999.99")).undefined is Undefined.OUT_OF_RANGE
    assert Undefined.TARGET_ZERO.text("zh-CN") == "目标值为 0"


def test_three_products_of_different_size_are_not_a_third_each() -> None:
    """The case of Viva issue 518: targets of 100,000, 20,000 and 1,000 are 82.6 %, 16.5 % and 0.8 % of the whole."""
    targets = ("100000", "20000", "1000")
    found = []
    for done in range(3):
        parts = [part(target, target if place == done else "0") for place, target in enumerate(targets)]
        found.append(rolled_up(RollUp.SUM, aimed("121000"), parts))
    assert [str(each.attained.percent) for each in found] == ["82.64", "16.53", "0.83"]
    assert [each.actual for each in found] == [Decimal(target) for target in targets]
    by_weight = [
        part(target, target if place == 2 else "0", weight=w)
        for place, (target, w) in enumerate(zip(targets, ("82.6", "16.5", "0.8"), strict=True))
    ]
    assert str(rolled_up(RollUp.WEIGHTED, aimed("100", unit="%"), by_weight).attained.percent) == "0.80"


def test_what_is_over_its_target_stays_over_it_all_the_way_up() -> None:
    parts = [part("100", "130"), part("50", "65")]
    for roll_up in (RollUp.SUM, RollUp.WEIGHTED):
        assert rolled_up(roll_up, aimed("150"), parts).attained == Attained(Decimal("130.00"), True)


def test_a_part_that_nobody_reported_keeps_its_place_and_is_told() -> None:
    parts = [part("100", "100", weight="40"), part("100", None, weight="60")]
    weighted = rolled_up(RollUp.WEIGHTED, aimed("200"), parts)
    assert (weighted.attained, weighted.reported) == (Attained(Decimal("40.00"), False), Decimal(40))
    summed = rolled_up(RollUp.SUM, aimed("200"), parts)
    assert (summed.actual, summed.attained.percent, summed.reported) == (Decimal(100), Decimal("50.00"), Decimal(50))
    silent = [part("100", None), part("100", None)]
    for roll_up in (RollUp.SUM, RollUp.WEIGHTED, RollUp.FORMULA):
        assert rolled_up(roll_up, aimed("200"), silent, "weighted").attained == Attained()


def test_parts_that_all_weigh_nothing_are_no_mean_of_anything() -> None:
    """Neither a division by zero nor an attainment of 0 %: nothing is said."""
    parts = [part("100", "100", weight="0"), part("100", "50", weight="0")]
    assert rolled_up(RollUp.WEIGHTED, aimed("200"), parts).attained == Attained(undefined=Undefined.NO_WEIGHT)
    assert rolled_up(RollUp.SUM, aimed("200"), parts).attained.percent == Decimal("75.00")


def test_units_are_not_added_to_other_units_and_attainments_are() -> None:
    parts = [part("100", "50"), part("10", "10", unit="台")]
    assert rolled_up(RollUp.SUM, aimed("110"), parts).attained == Attained(None, None, Undefined.UNITS_MIXED)
    assert rolled_up(RollUp.WEIGHTED, aimed("110"), parts).attained.percent == Decimal("75.00")
    assert rolled_up(RollUp.WEIGHTED, aimed("1"), [part("1", "1", weight="0")]).attained.undefined is Undefined.NO_WEIGHT


@pytest.mark.parametrize(
    ("formula", "percent", "undefined"),
    [
        ("0.7 * weighted + 0.3 * lowest", Decimal("79.60"), None),
        ("IF(met = parts, 100, average)", Decimal("80.00"), None),
        ("100 * actual / target", Decimal("80.00"), None),
        ("weighted / 0", None, Undefined.FORMULA_UNDEFINED),
    ],
)
def test_a_formula_rolls_up_as_it_says(formula: str, percent: Decimal | None, undefined: Undefined | None) -> None:
    parts = [part("100", "100", weight="70"), part("100", "60", weight="30")]
    found = rolled_up(RollUp.FORMULA, aimed("200"), parts, formula)
    assert (found.attained.percent, found.attained.undefined) == (percent, undefined)


amounts = st.decimals(min_value=1, max_value=10**9, places=2)


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=12))
def test_a_sum_of_parts_is_the_sum_of_what_they_reported_whatever_their_order(pairs: list[tuple[Decimal, Decimal]]) -> None:
    parts = [part(str(target), str(actual)) for target, actual in pairs]
    whole = aimed(str(sum(target for target, _ in pairs)))
    found = rolled_up(RollUp.SUM, whole, parts)
    assert found.actual == sum(actual for _, actual in pairs)
    assert found == rolled_up(RollUp.SUM, whole, parts[::-1])
    assert found.attained == attained(whole, found.actual)


@given(st.lists(st.tuples(st.integers(1, 100), amounts), min_size=1, max_size=12))
def test_a_weighted_mean_lies_between_its_parts(pairs: list[tuple[int, Decimal]]) -> None:
    parts = [part("100", str(actual), weight=str(weight)) for weight, actual in pairs]
    found = rolled_up(RollUp.WEIGHTED, aimed("100"), parts).attained.percent
    percents = [each.attained.percent for each in parts if each.attained.percent is not None]
    assert found is not None
    assert min(percents) <= found <= max(percents)
