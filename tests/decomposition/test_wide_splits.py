"""Splits whose figures are read as 64-bit integers are byte for byte what Python's integers give, refusals too (N1, N2)."""

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.decimal_column import MANY, PIECE, DecimalColumn
from plumb_tenants.decomposition.given import NOTHING, Given
from plumb_tenants.decomposition.rules import CENT, Suggestions, decompose
from plumb_tenants.decomposition.steps import StepKind, Terms
from plumb_tenants.decomposition.weighing import WeightedFactor
from support.refusals import in_full
from support.splits import split_of, template

CASES = 10_000
TOTALS = (Decimal("0.00"), Decimal("0.01"), Decimal("1000000.00"), Decimal("30000000000.00"), Decimal("-77777.77"))
THREE = [{"key": key, "name": key, "weight": weight} for key, weight in (("a", "50.00"), ("b", "30.00"), ("c", "20.00"))]
SETS = [{"key": "s", "name": "s", "when": "a > 5", "weights": [{"factor": "a", "weight": "100.00"}]}]


def read(factor: WeightedFactor) -> WeightedFactor:
    """Return the factor with its integers, however few they are."""
    column = DecimalColumn(integers=True)
    column.take(factor.values)
    return replace(factor, integers=column.integers())


def plain(factors: Sequence[WeightedFactor]) -> list[WeightedFactor]:
    return [replace(factor, integers=None) for factor in factors]


def some_factors(source: random.Random, size: int) -> list[WeightedFactor]:
    """Draw one to four factors: of cents, of counts, of few different values, hostile in their size; some with weight sets."""
    drawn = []
    for place in range(source.randint(1, 4)):
        top, places = source.choice(((10**6, 2), (5, 0), (1, 0), (10**12, 6), (10**4, 4), (10**25, 2)))
        values = [Decimal(source.randint(0, top)).scaleb(-places) for _ in range(size)]
        values[source.randrange(size)] += 1
        weights = None
        if source.random() < 0.2:
            weights = [Decimal(source.choice(("0", "12.50", "40", "33.333"))) for _ in range(size)]
        drawn.append(WeightedFactor(str(place), str(place), Decimal(source.choice(("0", "20", "33.4", "100"))), values, weights))
    return [replace(drawn[0], weight=Decimal("46.6"), weights=None), *drawn[1:]]


def some_terms(source: random.Random, size: int) -> list[Terms] | None:
    """Draw coefficients, days, ramps, holds and reports that are not there, or nothing."""
    if source.random() < 0.5:
        return None
    return [
        Terms(
            coefficient=Decimal(source.choice(("1", "1.3", "1.8"))),
            presence=source.choice((None, source.randint(1, 248))),
            held=Decimal("0.00") if place and source.random() < 0.1 else None,
            ramp=Fraction(source.randint(0, 100), 100) if source.random() < 0.2 else None,
            blocked=source.random() < 0.05,
        )
        for place in range(size)
    ]


def shown(found: Suggestions) -> tuple[object, ...]:
    """Return all that a split gives, as texts and integers."""
    return [str(value) for value in found.values], found.equal_cents, found.base, found.brought(slice(None)), found.steps


def outcome(total: Decimal, factors: Sequence[WeightedFactor], terms: list[Terms] | None, unit: Decimal = CENT) -> object:
    names = [str(place) for place in range(len(factors[0].values))]
    try:
        return shown(decompose(total, names, factors, unit=unit, terms=terms, days=248))
    except InvalidInput as refused:
        return type(refused), in_full(refused)


def test_ten_thousand_random_splits_are_what_they_were() -> None:
    source, read_whole, with_terms = random.Random(20261128), 0, 0
    for _ in range(CASES):
        size = source.randint(1, 6)
        factors, total, terms = some_factors(source, size), source.choice(TOTALS), some_terms(source, size)
        unit = source.choice((CENT, CENT, Decimal("1.00")))
        narrow = [read(factor) for factor in factors]
        assert outcome(total, narrow, terms, unit) == outcome(total, factors, terms, unit), (total, factors, terms)
        read_whole += all(factor.integers is not None for factor in narrow)
        with_terms += terms is not None
    assert min(read_whole, with_terms) > CASES // 3


@pytest.mark.parametrize("wrong", [None, Decimal("-1.00"), Decimal(0)])
def test_what_is_refused_is_refused_alike(wrong: Decimal | None) -> None:
    values: list[Decimal | None] = [Decimal(3), wrong, Decimal("4.50")] if wrong != 0 else [wrong] * 3
    factors = [
        WeightedFactor("a", "甲", Decimal(60), [Decimal(1), Decimal(2), Decimal(3)]),
        WeightedFactor("b", "乙", Decimal(40), values),
    ]
    refused = outcome(Decimal("10.00"), [read(factor) for factor in factors], None)
    assert refused == outcome(Decimal("10.00"), factors, None)
    assert isinstance(refused, tuple)
    assert issubclass(refused[0], InvalidInput)


def many(size: int) -> list[dict[str, Decimal | None]]:
    source = random.Random(size)
    return [{key: Decimal(source.randint(0, 10**6)) / 100 for key in "abc"} for _ in range(size)]


@pytest.mark.parametrize("sets", [[], SETS])
def test_a_split_of_many_by_a_template_is_what_it_was(sets: list[object]) -> None:
    figures, given = many(MANY * 5), [NOTHING] * (MANY * 5)
    split = split_of(template(factors=THREE, weight_sets=sets), "30000000.00", given, figures)
    assert all(factor.integers is not None for factor in split.factors)
    assert list(split.factors) == plain(split.factors), "arrays take no part in comparing"
    names = [str(place) for place in range(len(given))]
    expected = decompose(Decimal("30000000.00"), names, plain(split.factors))
    assert shown(split.suggestions) == shown(expected)
    assert sum(split.suggestions.values) == Decimal("30000000.00")


def test_a_quotient_of_many_places_behind_hundreds_of_zeros_takes_its_part() -> None:
    """The zeros are read first, as whole numbers; one over 2^20 has twenty places, more than a power of ten in 64 bits."""
    own = [{"key": "r", "name": "r", "weight": "60.00", "source": "x / y"}, {"key": "a", "name": "a", "weight": "40.00"}]
    figures = [{"x": Decimal(0), "y": Decimal(2**20), "a": Decimal(1)} for _ in range(PIECE + 1)]
    figures[PIECE]["x"] = Decimal(1)
    split = split_of(template(factors=own, inputs=["x", "y"]), "513000.00", [NOTHING] * len(figures), figures)
    last = split.suggestions[PIECE]
    assert split.factors[0].values[PIECE] == Decimal("9.5367431640625E-7")
    assert last.contributions == (Decimal("307800.00"), Decimal("400.00"))
    assert sum(split.suggestions.values) == Decimal("513000.00")


def test_holds_among_many_are_what_they_were() -> None:
    figures = many(MANY * 2)
    given = [Given(held=Decimal("12.34")) if place % 50 == 3 else NOTHING for place in range(len(figures))]
    split = split_of(template(factors=THREE), "30000000.00", given, figures)
    terms = [Terms(held=each.held) for each in given]
    names = [str(place) for place in range(len(given))]
    assert shown(split.suggestions) == shown(decompose(Decimal("30000000.00"), names, plain(split.factors), terms=terms))
    assert [kind for kind, _ in split.suggestions.steps] == [StepKind.HELD]


@pytest.mark.parametrize(
    ("at", "row", "message"),
    [
        (200, {"a": None}, "下级200 has no value of the factor a;"),
        (300, {"b": Decimal(-2)}, "下级300 has -2 of the factor b, which cannot be negative."),
        (250, {"c": Decimal("NaN")}, "The figure c of 下级250 is no valid number."),
        (250, {"c": Decimal("0E+50")}, "The figure c of 下级250 is no valid number."),
        (600, {"z": Decimal(1)}, "下级600 has a figure z that the template does not use; it needs a, b, c."),
    ],
)
def test_one_fault_among_many_is_named(at: int, row: dict[str, Decimal | None], message: str) -> None:
    figures = many(MANY * 5)
    figures[at] = figures[at] | row
    with pytest.raises(InvalidInput) as refused:
        split_of(template(factors=THREE), "30000000.00", [NOTHING] * len(figures), figures)
    assert in_full(refused.value).startswith(message)
    assert getattr(refused.value, "at", None) == at
