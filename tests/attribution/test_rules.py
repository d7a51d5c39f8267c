"""Shares and credit as pure rules: split types, thirds, adjustments, credit that is the order to the cent (A19, C60, C61, N1)."""

import itertools
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumb_tenants.attribution.rules import (
    CENT,
    HUNDRED,
    ShareBelowZero,
    ShareInvalid,
    SharesAboveMaximum,
    SharesEmpty,
    SharesNot100,
    ShareTwice,
    SplitType,
    UnattributedTooLarge,
    adjustments,
    check_parties,
    check_shares,
    credited,
    default_percents,
    once,
    weights_of,
)

NONE, D = Decimal("0.00"), Decimal
ROLES = ("sales", "presales", "success")
EQUAL: dict[str, Decimal | None] = dict.fromkeys(ROLES)
cents = st.integers(-(10**15), 10**15).map(lambda units: D(units) * CENT)


def decimals(*texts: str) -> list[Decimal]:
    return [D(text) for text in texts]


def check(kind: SplitType, *percents: str, unattributed: str = "0", allowed: str = "0", maximum: str = "0") -> None:
    check_shares(decimals(*percents), kind, unattributed=D(unattributed), allowed=D(allowed), maximum=D(maximum))


def default(roles: tuple[str, ...], percent_of: dict[str, Decimal | None] = EQUAL, unattributed: str = "0") -> list[str]:
    percents, weights = default_percents(roles, percent_of, SplitType.REVENUE, D(unattributed))
    assert sum(percents) == HUNDRED
    return [str(part) for part in (*percents, *credited(D("100000.00"), percents, weights, CENT))]


def test_a_share_below_zero_is_refused_with_its_place_whatever_the_type() -> None:
    for kind in SplitType:
        with pytest.raises(ShareBelowZero) as refused:
            check(kind, "101.00", "-1.00", maximum="200")
        assert (refused.value.field, refused.value.text("zh-CN")) == ("shares[1].percent", "份额 -1.00% 小于 0。")


@pytest.mark.parametrize("percent", ["33.333", "1000.01", "NaN", "Infinity", "1e50"])
def test_a_share_that_is_no_percent_of_two_places_is_refused(percent: str) -> None:
    with pytest.raises((ShareInvalid, ArithmeticError)) as refused:
        check(SplitType.OVERLAY, "50", percent)
    assert isinstance(refused.value, ShareInvalid)
    assert refused.value.field == "shares[1].percent"
    check(SplitType.OVERLAY, "50", "1000.00")


def test_50_30_30_is_refused_for_revenue_and_accepted_for_overlay() -> None:
    with pytest.raises(SharesNot100) as refused:
        check(SplitType.REVENUE, "50", "30", "30")
    assert refused.value.text("en") == "The shares total 110.00%; a REVENUE split totals exactly 100.00%."
    check(SplitType.OVERLAY, "50", "30", "30")


@pytest.mark.parametrize("shares", [("50", "30", "19.99"), ("50", "30", "20.01"), ("33.33", "33.33", "33.33")])
def test_revenue_that_misses_100_by_a_hundredth_is_refused(shares: tuple[str, ...]) -> None:
    with pytest.raises(SharesNot100):
        check(SplitType.REVENUE, *shares)


def test_custom_stops_at_its_own_maximum() -> None:
    with pytest.raises(SharesAboveMaximum):
        check(SplitType.CUSTOM, "100.00", "50.01", maximum="150")
    check(SplitType.CUSTOM, "100.00", "50.00", maximum="150")
    check(SplitType.CUSTOM, "10.00", maximum="150")


def test_nobody_gets_only_what_the_template_leaves_open() -> None:
    with pytest.raises(UnattributedTooLarge):
        check(SplitType.REVENUE, "33", "33", "33", unattributed="1")
    check(SplitType.REVENUE, "33", "33", "33", unattributed="1", allowed="1")


def test_no_parties_too_many_and_one_twice_are_refused() -> None:
    for parties in ([], [(number, "sales") for number in range(51)]):
        with pytest.raises(SharesEmpty):
            check_parties(parties, field="shares")
    with pytest.raises(ShareTwice) as twice:
        check_parties([(1, "sales"), (2, "sales"), (1, "sales")], field="shares")
    assert twice.value.field == "shares[2]"
    check_parties([(1, "sales"), (1, "presales")], field="shares")


def test_three_parties_get_exact_thirds_of_100000_to_the_cent() -> None:
    assert default(ROLES) == ["33.34", "33.33", "33.33", "33333.34", "33333.33", "33333.33"]


def test_literal_33_each_leaves_one_percent_to_nobody() -> None:
    literal: dict[str, Decimal | None] = dict.fromkeys(ROLES, D("33"))
    assert default(ROLES, literal, "1") == [*["33.00"] * 3, "1", *["33000.00"] * 3, "1000.00"]


def test_a_role_that_nobody_holds_leaves_its_part_and_two_who_hold_one_share_it() -> None:
    assert default(("sales", "success")) == ["50.00", "50.00", "50000.00", "50000.00"]
    assert default(("sales", "sales", "presales")) == ["25.00", "25.00", "50.00", "25000.00", "25000.00", "50000.00"]


def test_roles_without_any_default_cannot_share_an_order() -> None:
    with pytest.raises(SharesNot100):
        default(("sales",), {"sales": NONE, "presales": HUNDRED})


def test_overlay_gives_each_role_its_own_percent_of_the_order() -> None:
    percents, weights = default_percents(("sales", "presales"), {"sales": HUNDRED, "presales": D(50)}, SplitType.OVERLAY, NONE)
    assert percents == decimals("100.00", "50.00")
    assert credited(D("0.03"), percents, weights, CENT) == decimals("0.03", "0.02")
    assert credited(D("-100000.00"), percents, weights, CENT) == decimals("-100000.00", "-50000.00")


def test_manual_50_30_20_splits_the_order() -> None:
    percents = decimals("50", "30", "20")
    assert credited(D("100000.00"), percents, weights_of(percents), CENT) == decimals("50000.00", "30000.00", "20000.00")


def test_yen_are_split_in_whole_yen() -> None:
    percents, weights = default_percents(ROLES, EQUAL, SplitType.REVENUE, NONE)
    assert credited(D(100), percents, weights, D(1)) == decimals("34", "33", "33")


def test_shares_of_nothing_give_nothing() -> None:
    assert credited(D("5.00"), decimals("0", "0"), [0, 0], CENT) == decimals("0.00", "0.00")


def test_an_adjustment_is_what_is_missing_and_nothing_where_nothing_changes() -> None:
    before, after = {"a": D(50), "b": D(30), "c": D(20)}, {"a": D(40), "b": D(30), "d": D(30)}
    assert adjustments(before, after) == {"a": D(-10), "d": D(30), "c": D(-20)}
    assert adjustments(before, before) == {}


def test_a_manager_gets_an_order_once() -> None:
    assert once(D(100), D(200)) == D(100)
    assert once(D(100), D(60)) == D(60)
    assert once(D(-100), D(-200)) == D(-100)


def check_manual_credit(amount: Decimal, percents: list[int], unit: Decimal) -> None:
    shares = [D(high - low) * CENT for low, high in itertools.pairwise(percents)]
    total = amount.quantize(unit)
    parts = credited(total, shares, weights_of(shares), unit)
    assert sum(parts) == total
    for part, share in zip(parts, shares, strict=True):
        assert abs(part - total * share / 100) < unit


def check_default_credit(
    amount: Decimal, roles: tuple[str, ...], given_percents: tuple[int, ...] | None, unattributed: Decimal
) -> None:
    percent_of = {role: D(each) * CENT for role, each in zip(ROLES, given_percents, strict=True)} if given_percents else EQUAL
    percents, weights = default_percents(roles, percent_of, SplitType.REVENUE, unattributed)
    assert sum(percents) == HUNDRED
    assert sum(credited(amount, percents, weights, CENT)) == amount


@settings(max_examples=500, deadline=None)
@given(
    amount=cents,
    percents=st.lists(st.integers(0, 10_000), min_size=1, max_size=8).map(lambda cuts: [0, *sorted(cuts), 10_000]),
    unit=st.sampled_from([CENT, D(1)]),
)
def test_manual_revenue_credit_is_the_order_s_total_to_the_cent(amount: Decimal, percents: list[int], unit: Decimal) -> None:
    check_manual_credit(amount, percents, unit)


@settings(max_examples=500, deadline=None)
@given(
    amount=cents,
    roles=st.lists(st.sampled_from(ROLES), min_size=1, max_size=12).map(tuple),
    given_percents=st.none() | st.tuples(*[st.integers(1, 3300)] * 3),
    unattributed=st.integers(0, 5000).map(lambda units: D(units) * CENT),
)
def test_default_revenue_credit_is_the_order_s_total_to_the_cent(
    amount: Decimal, roles: tuple[str, ...], given_percents: tuple[int, int, int] | None, unattributed: Decimal
) -> None:
    check_default_credit(amount, roles, given_percents, unattributed)


def test_ten_thousand_random_orders_are_credited_to_the_cent() -> None:
    source = Random(20261125)
    for _ in range(10_000):
        amount = D(source.randint(-(10**12), 10**12)) * CENT
        cuts = sorted(source.randint(0, 10_000) for _ in range(source.randint(1, 8)))
        check_manual_credit(amount, [0, *cuts, 10_000], source.choice([CENT, D(1)]))
        roles = tuple(source.choice(ROLES) for _ in range(source.randint(1, 12)))
        given = source.choice([None, tuple(source.randint(1, 3300) for _ in ROLES)])
        check_default_credit(amount, roles, given, D(source.randint(0, 5000)) * CENT)
