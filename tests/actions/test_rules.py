"""Rules of tasks as pure logic: base before swap, shares, credit, compliance (C36, C42)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plumb_platform.errors import DomainError
from plumb_tenants.actions.definition import SHIPPED, DispatchRules
from plumb_tenants.actions.rules import Standing, base_quantity, compliance, counted, credited, replaced_by, score
from plumb_tenants.definitions.kinds import kind_of
from plumb_tenants.definitions.rules import check_body, lint

QUANTITIES = st.integers(1, 1000)


def at(quantity: int, done: int, replaced: int = 0, credit: str = "100") -> Standing:
    return Standing(quantity, done, replaced, credited(replaced, Decimal(credit)))


def swapped(standing: Standing, acts: int, *, rate: str = "2", base: str = "60", most: str = "40") -> int:
    return replaced_by(standing, acts=acts, rate=Decimal(rate), base_percent=Decimal(base), most_percent=Decimal(most))


@pytest.mark.parametrize(
    ("standing", "acts", "rate", "code", "values"),
    [
        (at(10, 5), 1, "2", "SWAP_WITHOUT_BASE", {"base": 6, "done": 5}),
        (at(3, 1), 1, "1", "SWAP_WITHOUT_BASE", {"base": 2, "done": 1}),
        (at(10, 6), 3, "2", "SWAP_OVER_LIMIT", {"asked": 6, "most": 4}),
        (at(10, 6, 2), 2, "2", "SWAP_OVER_LIMIT", {"asked": 4, "most": 2}),
        (at(10, 9), 1, "2", "SWAP_OVER_LIMIT", {"asked": 2, "most": 1}),
        (at(10, 6), 0, "2", "SWAP_TOO_SMALL", {"quantity": 0, "rate": "2"}),
        (at(10, 6), 1, "0.50", "SWAP_TOO_SMALL", {"quantity": 1, "rate": "0.50"}),
    ],
)
def test_a_swap_without_base_over_its_share_or_for_nothing_is_refused(
    standing: Standing, acts: int, rate: str, code: str, values: dict[str, Any]
) -> None:
    with pytest.raises(DomainError) as caught:
        swapped(standing, acts, rate=rate)
    assert (caught.value.code, caught.value.values) == (code, values)


def test_a_swap_adds_to_the_score_and_leaves_the_base_part_as_it_was() -> None:
    assert swapped(at(10, 6), 2) == 4
    before, after = score(at(10, 6)), score(at(10, 6, 4))
    assert (before.base, before.swapped, before.total) == (Decimal("60.00"), Decimal("0.00"), Decimal("60.00"))
    assert (after.base, after.swapped, after.total) == (Decimal("60.00"), Decimal("40.00"), Decimal("100.00"))
    assert score(at(10, 6, 4, "50")).total == Decimal("80.00")


def test_compliance_counts_swaps_by_rule_and_is_nothing_where_nothing_was_planned() -> None:
    tasks = [at(10, 6, 4), at(10, 6, 4, "50"), at(5, 7)]
    assert [counted(each) for each in tasks] == [Decimal("10.00"), Decimal("8.00"), Decimal("5.00")]
    assert compliance((each.quantity, counted(each)) for each in tasks) == Decimal("92.00")
    assert compliance([(100, Decimal("54.00"))]) == Decimal("54.00")
    assert compliance([(9, Decimal("8.00"))]) == Decimal("88.89")
    assert compliance([]) is None
    assert compliance([(4, Decimal(0))]) == Decimal("0.00")


def test_lint_names_rules_that_contradict_each_other() -> None:
    kind = kind_of("dispatch")
    swap = {"key": "lecture", "name": "讲座", "replaces": "visit", "rate": "2"}
    wrong = {
        "actions": [{"key": "visit", "name": "拜访"}, {"key": "visit", "name": "拜访"}],
        "swaps": [swap, swap, swap | {"replaces": "call"}, swap | {"key": "course", "base_percent": "70"}],
    }
    found = {(each.code, each.path) for each in lint(kind, check_body(kind, wrong).model)}
    assert found == {
        ("DISPATCH_ACTION_TWICE", "actions[1].key"),
        ("DISPATCH_SWAP_TWICE", "swaps[1].key"),
        ("DISPATCH_SWAP_UNKNOWN", "swaps[2].replaces"),
        ("DISPATCH_SWAP_INTO_BASE", "swaps[3].mostPercent"),
    }
    assert lint(kind, SHIPPED) == []
    assert (SHIPPED.monthly_limit, SHIPPED.is_hard_limit, type(SHIPPED)) == (9, False, DispatchRules)


@given(QUANTITIES, st.integers(0, 1000), st.lists(st.integers(1, 20), max_size=5), st.integers(0, 100))
def test_however_often_one_swaps_no_more_than_the_share_is_replaced(quantity: int, done: int, acts: list[int], most: int) -> None:
    assume(done <= quantity)
    base = Decimal(100 - most)
    replaced = 0
    for each in acts:
        try:
            replaced += swapped(at(quantity, done, replaced), each, rate="1", base=str(base), most=str(most))
        except DomainError:
            continue
    assert replaced * 100 <= quantity * most
    assert done + replaced <= max(quantity, done)
    assert not replaced or done >= base_quantity(quantity, base)
    assert score(at(quantity, done, replaced)).base == score(at(quantity, done)).base


def test_a_score_is_rounded_half_up_in_both_of_its_parts() -> None:
    found = score(Standing(3, 2, 1, Decimal("0.50")))
    assert (str(found.base), str(found.swapped), str(found.total)) == ("66.67", "16.67", "83.34")
