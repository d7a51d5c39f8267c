"""Derivations prove their numbers: a sum that is off by a cent, or inputs that give another value, are found (N2)."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from plumb_platform.numbers.allocation import allocate
from plumb_platform.numbers.canonical import canonical_bytes
from plumb_platform.numbers.derivation import (
    GIVEN,
    BrokenDerivationError,
    Contribution,
    Derivation,
    Input,
    Label,
    check,
    from_json,
    replay,
    to_json,
)

CENT = Decimal("0.01")
SHARES = tuple(map(Decimal, ("0.33", "0.20", "0.175", "0.16", "0.135")))


def allocated(inputs: Mapping[str, Input]) -> Decimal:
    total, weights, place = inputs["total"], inputs["weights"], inputs["place"]
    assert isinstance(total, Decimal)
    assert isinstance(place, Decimal)
    assert isinstance(weights, tuple)
    return allocate(total, [weight for weight in weights if isinstance(weight, Decimal)], unit=CENT)[int(place)]


def guangdong() -> Derivation:
    """The first province of C83: 30,000,000 by market 50, people 30, strategy 20 gives 9,900,000."""
    total = Derivation(Label("华南目标", "South China target"), GIVEN, Decimal("30000000.00"), {"source": "plan"})
    parts = {"market": "6000000.00", "people": "2700000.00", "strategy": "1200000.00"}
    return Derivation(
        label=Label("广东", "Guangdong"),
        kind="allocation",
        value=Decimal("9900000.00"),
        inputs={"total": Decimal(30_000_000), "weights": SHARES, "place": Decimal(0), "reason": None, "tuned": False},
        contributions=tuple(Contribution(key, Label(key, key), Decimal(amount)) for key, amount in parts.items()),
        versions={"template": "0190-1"},
        children=(total,),
    )


def test_contributions_that_miss_the_value_by_a_cent_are_found() -> None:
    node = guangdong()
    wrong = replace(node, value=node.value + CENT)
    root = replace(node, children=(wrong,))
    with pytest.raises(BrokenDerivationError, match=r"9900000.00, not to 9900000.01") as broken:
        check(root)
    assert broken.value.path == ("Guangdong", "Guangdong")


def test_a_computed_number_without_contributions_is_found() -> None:
    with pytest.raises(BrokenDerivationError):
        check(replace(guangdong(), contributions=()))


def test_a_given_number_with_contributions_is_found() -> None:
    with pytest.raises(BrokenDerivationError):
        check(replace(guangdong(), kind=GIVEN))


def test_inputs_that_give_another_value_are_found_by_replay() -> None:
    node = guangdong()
    with pytest.raises(BrokenDerivationError, match=r"6000000\.00, not 9900000\.00"):
        replay(replace(node, inputs={**node.inputs, "place": Decimal(1)}), {"allocation": allocated})


def test_a_kind_that_no_rule_computes_is_found_by_replay() -> None:
    with pytest.raises(BrokenDerivationError, match="no rule computes allocation"):
        replay(guangdong(), {})


def test_the_derivation_of_c83_adds_up_and_replays() -> None:
    check(guangdong())
    replay(guangdong(), {"allocation": allocated})


def test_a_sum_is_exact_beyond_the_usual_28_digits() -> None:
    label = Label("a", "a")
    parts = tuple(Contribution("f", label, Decimal(text)) for text in ("1E+30", "0.01", "-1E+30"))
    check(Derivation(label, "x", Decimal("0.01"), contributions=parts))


def test_json_keeps_every_value_exactly() -> None:
    written = to_json(guangdong())
    assert written["value"] == "9900000.00"
    assert written["inputs"] == {
        "total": "30000000",
        "weights": ["0.33", "0.20", "0.175", "0.16", "0.135"],
        "place": "0",
        "reason": None,
        "tuned": False,
    }
    assert from_json(written) == guangdong()
    assert canonical_bytes(to_json(from_json(written))) == canonical_bytes(written)


@pytest.mark.parametrize(
    "fault",
    [{"value": 1.5}, {"value": "NaN"}, {"value": "x"}, {"inputs": {"a": 0.1}}, {"children": [{}]}, {"label": "x"}],
)
def test_json_that_is_no_derivation_is_refused(fault: dict[str, Any]) -> None:
    with pytest.raises(BrokenDerivationError):
        from_json({**to_json(guangdong()), **fault})
