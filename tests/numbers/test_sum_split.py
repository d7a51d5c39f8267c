"""Amounts split by sums of scaled columns get what `allocate_units` gives by those sums, to the last unit and in every tie."""

import random
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from plumb_platform.numbers.allocation import NoWeight, allocate_units
from plumb_platform.numbers.sum_split import ScaledColumn, allocate_sums, sums_of

CASES = 10_000
TOPS = (1, 2, 3, 1_000, 2**20, 2**32, 2**40, 2**55, 2**57)
"""Up to where the error is a large part of one: then the fractions alone order many rows wrongly."""


def column(integers: Sequence[int], scale: int = 1) -> ScaledColumn:
    return ScaledColumn(np.array(integers, dtype=np.int64), scale)


def some_columns(source: random.Random) -> list[ScaledColumn]:
    size, top = source.randint(1, 9), source.choice(TOPS)
    rows = source.choice((size, 1, 2))
    full = source.randint(1, 4)
    drawn = [[source.choice((0, source.randint(0, top), top)) if at < full else 0 for at in range(4)] for _ in range(rows)]
    # Of few different rows, so that many are equal and tie.
    chosen = [source.choice(drawn) for _ in range(size)]
    scales = [source.choice((0, 1, source.randint(1, 2 ** source.randint(1, 200)))) for _ in range(4)]
    return [column(each, scale) for each, scale in zip(zip(*chosen, strict=True), scales, strict=True)]


def some_total(source: random.Random, whole: int) -> int:
    """Draw a total: small, long, or one that divides exactly, or nearly so."""
    exact = source.randint(0, 3) * (whole // source.randint(1, 5)) + source.choice((-1, 0, 0, 1))
    return source.choice((1, -1)) * source.choice((0, source.randint(0, 100), 2**61, source.randint(0, 2**61), 2**90, exact))


def test_ten_thousand_random_splits_give_what_each_sum_gives() -> None:
    source, divided, negative, tied = random.Random(20260128), 0, 0, 0
    for _ in range(CASES):
        columns = some_columns(source)
        weights = sums_of(columns)
        total = some_total(source, sum(weights))
        if not any(weights):
            with pytest.raises(NoWeight):
                allocate_sums(total, columns)
            continue
        found = allocate_sums(total, columns)
        assert found == allocate_units(total, weights), (total, columns)
        assert all(type(share) is int for share in found)
        divided, negative, tied = divided + 1, negative + (total < 0), tied + (len(set(weights)) < len(weights))
    assert min(divided, negative, tied) > CASES // 4


def test_equal_remainders_go_to_the_earlier_rows() -> None:
    assert allocate_sums(7, [column([3, 3, 3, 0])]) == [3, 2, 2, 0]
    assert allocate_sums(-8, [column([1, 1, 1]), column([2, 2, 2], 10**30)]) == [-3, -3, -2]


def test_a_share_that_is_whole_stays_whole() -> None:
    """The cut scale gives a little less than each of these."""
    thirds = [column([1, 2, 3, 6], 7**40), column([1, 2, 3, 6], 11**30)]
    assert allocate_sums(12 * 10**9, thirds) == [10**9, 2 * 10**9, 3 * 10**9, 6 * 10**9]


def test_remainders_closer_than_the_error_are_told_apart() -> None:
    """2^-70 apart, while the fractions end at 2^-64: the second row has the larger remainder."""
    long = 2**70
    columns = [column([1, 1, 2], long), column([0, 1, 0])]
    assert sums_of(columns) == [long, long + 1, 2 * long]
    assert allocate_sums(3, columns) == allocate_units(3, sums_of(columns)) == [1, 1, 1]
    assert allocate_sums(1, columns[:1]) == [0, 0, 1]
    assert allocate_sums(5, columns) == allocate_units(5, sums_of(columns))


def test_rows_that_the_error_would_order_wrongly_are_computed() -> None:
    integers = [112147113064513035, 102597539145804443, 90906589290379725, 100801051955806952, 29038425658958738]
    assert allocate_sums(145163573038487631, [column(integers)]) == allocate_units(145163573038487631, integers)


def test_lists_and_what_does_not_fit_are_split_plainly() -> None:
    assert allocate_sums(10, [[1, 2], [3, 4]]) == allocate_units(10, [4, 6])
    assert allocate_sums(10, [[1, 2], column([3, 4])]) == [4, 6]
    assert allocate_sums(10**30, [column([1, 2])]) == allocate_units(10**30, [1, 2])
    with pytest.raises(NoWeight):
        allocate_sums(10, [])


def least(work: Callable[[], object]) -> float:
    """Return the least processor time of three turns."""
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def test_a_hundred_thousand_take_a_fraction_of_the_processor_time_that_their_sums_take() -> None:
    source = random.Random(5)
    columns = [column([source.randint(1, 10**8) for _ in range(100_000)], scale) for scale in (3**80, 5**55, 7**45)]
    weights, total = sums_of(columns), 3 * 10**12
    assert allocate_sums(total, columns) == allocate_units(total, weights)
    split, plain = least(lambda: allocate_sums(total, columns)), least(lambda: allocate_units(total, weights))
    assert split * 3 < plain, "measured: a twelfth"


def test_a_hundred_thousand_whose_order_the_error_hides_take_no_longer_than_their_sums() -> None:
    """All different, and all within 2^-100 of each other's remainders: each is computed."""
    columns = [column([1000] * 100_000, 2**120), column(range(100_000))]
    total = 12_345 * 100_000 + 777
    assert allocate_sums(total, columns) == allocate_units(total, sums_of(columns))
    split, plain = least(lambda: allocate_sums(total, columns)), least(lambda: allocate_units(total, sums_of(columns)))
    assert split < 2 * plain, "measured: four fifths"
