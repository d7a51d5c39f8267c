"""The prepared tree gives what `allocate` gives at every node, and conserves the total on every random tree (N1)."""

from decimal import Decimal
from random import Random

import numpy as np
import pytest

from plumb_platform.numbers.allocation import InvalidWeight, NoWeight, allocate
from plumb_platform.numbers.tree_split import BLOCK, PreparedTree, prepare_tree

CENT = Decimal("0.01")


def random_tree(source: Random, nodes: int, places: int = 2) -> tuple[list[int], list[Decimal]]:
    parents = [-1] + [source.randrange(node) for node in range(1, nodes)]
    weights = [Decimal(source.randint(0, 10 ** source.randint(1, 5))).scaleb(-places) for _ in range(nodes)]
    for parent in set(parents[1:]):
        weights[parents.index(parent)] += Decimal(1)
    order = list(range(1, nodes))
    source.shuffle(order)
    place = {old: new for new, old in enumerate([0, *order])}
    return [parents[old] if parents[old] < 0 else place[parents[old]] for old in [0, *order]], [
        weights[old] for old in [0, *order]
    ]


def children_of(parents: list[int], node: int) -> list[int]:
    return [child for child, parent in enumerate(parents) if parent == node]


def assert_equals_allocate(tree: PreparedTree, parents: list[int], weights: list[Decimal], total: Decimal) -> None:
    shares = tree.split(total, unit=CENT)
    assert shares[parents.index(-1)] == total
    for node in range(len(parents)):
        if children := children_of(parents, node):
            expected = allocate(shares[node], [weights[child] for child in children], unit=CENT)
            assert [shares[child] for child in children] == expected


def test_a_family_without_weight_is_refused() -> None:
    with pytest.raises(NoWeight):
        prepare_tree([-1, 0, 0], [Decimal(1), Decimal(0), Decimal(0)])


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(InvalidWeight):
        prepare_tree([-1, 0], [Decimal(1), Decimal(-1)])


def test_a_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="cycle"):
        prepare_tree([-1, 2, 1], [Decimal(1)] * 3)


@pytest.mark.parametrize("parents", [[], [-1, -1], [1, 0]])
def test_anything_but_one_root_is_refused(parents: list[int]) -> None:
    with pytest.raises(ValueError, match="one root"):
        prepare_tree(parents, [Decimal(1)] * len(parents))


def test_a_single_node_keeps_the_total() -> None:
    assert prepare_tree([-1], [Decimal(0)]).split(Decimal("7.01"), unit=CENT) == [Decimal("7.01")]


def test_random_trees_equal_allocate_at_every_node() -> None:
    source = Random(1)
    for _ in range(300):
        parents, weights = random_tree(source, source.randint(2, 40))
        total = Decimal(source.randint(-(10**15), 10**15)) * CENT
        assert_equals_allocate(prepare_tree(parents, weights), parents, weights, total)


def test_ten_thousand_random_trees_leave_no_residual() -> None:
    source = Random(2)
    for _ in range(10_000):
        parents, weights = random_tree(source, source.randint(2, 14))
        total = source.randint(-(10**15), 10**15)
        shares = prepare_tree(parents, weights).split_units(total).tolist()
        sums = dict.fromkeys(parents, 0)
        for node, parent in enumerate(parents):
            sums[parent] += shares[node]
        assert sums.pop(-1) == total
        assert all(shares[node] == amount for node, amount in sums.items())


def test_a_family_wider_than_a_block_splits_exactly() -> None:
    source = Random(3)
    weights = [Decimal(source.randint(0, 999)) for _ in range(3 * BLOCK)]
    tree = prepare_tree([-1] + [0] * len(weights), [Decimal(1), *weights])
    assert tree.blocks is not None
    total = Decimal("123456789.01")
    assert tree.split(total, unit=CENT)[1:] == allocate(total, weights, unit=CENT)


def test_weights_near_the_limit_of_64_bits_stay_exact() -> None:
    weights = [Decimal(1_518_500_249), Decimal(1_518_500_247), Decimal(3)]
    parents = [-1, 0, 0, 0]
    tree = prepare_tree(parents, [Decimal(1), *weights])
    assert tree.blocks is not None
    for total in (2**63 - 1, -(2**63 - 1), 3_037_000_498):
        assert_equals_allocate(tree, parents, [Decimal(1), *weights], Decimal(total) * CENT)


def test_what_64_bits_cannot_hold_falls_back_to_python_integers() -> None:
    parents = [-1, 0, 0, 1, 1]
    weights = [Decimal(1), Decimal("3.123456789012345678"), Decimal(1), Decimal(2), Decimal(1)]
    tree = prepare_tree(parents, weights)
    assert tree.blocks is None
    assert_equals_allocate(tree, parents, weights, Decimal(10**12))
    plain = prepare_tree(parents, [Decimal(1)] * 5)
    assert plain.blocks is not None
    assert plain.split_units(2**63 - 1).dtype == np.int64
    assert plain.split_units(2**63).dtype == np.object_
    assert_equals_allocate(plain, parents, [Decimal(1)] * 5, Decimal(2**70) * CENT)
