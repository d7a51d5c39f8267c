"""Allocate over a whole prepared tree at once: `allocate` at every node, in numpy integers, level by level."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from plumb_platform.numbers.allocation import NoWeight, allocate_units, amount_of, units_of, whole_weights

Ints = NDArray[np.int64]
LIMIT = int(np.iinfo(np.int64).max)
WIDEST_FAMILY = isqrt(LIMIT)
"""Largest sum of one family's weights: a remainder times a weight then stays within 64 bits."""
BLOCK = 8_192
"""Children handled in one sweep: the arrays of a sweep stay in the processor's cache (measured: half the time)."""


@dataclass(frozen=True, slots=True)
class Family:
    """The children of one node, in their order, with whole weights."""

    parent: int
    children: list[int]
    weights: list[int]


@dataclass(frozen=True, slots=True)
class Block:
    """Families of one depth side by side; arrays per family (`parents`, `wholes`, `starts`) and per child.

    `keys - (remainder << shift)` sorts children by family, then largest remainder, then order; its low bits (`mask`)
    hold the child's place in the block, and `rank` its place in the family.
    """

    parents: Ints
    wholes: Ints
    starts: Ints
    children: Ints
    weights: Ints
    family: Ints
    divisors: Ints
    rank: Ints
    keys: Ints
    shift: int

    @property
    def mask(self) -> int:
        return (1 << self.shift) - 1


@dataclass(frozen=True, slots=True)
class PreparedTree:
    """A tree with its weights, sorted and scaled once per version of the plan; `split_units` may run many times.

    Nodes are the indexes of the `parents` that made it; `blocks` is None where 64 bits would not do.
    """

    size: int
    root: int
    families: list[Family]
    blocks: list[Block] | None

    def split(self, total: Decimal, *, unit: Decimal) -> list[Decimal]:
        """Give every node its share of `total`, exact at each family; see `allocate`."""
        return [amount_of(share, unit) for share in self.split_units(units_of(total, unit)).tolist()]

    def split_units(self, total: int) -> Ints | NDArray[np.object_]:
        """Give every node its whole units; int64, or Python integers where those could overflow."""
        if self.blocks is None or abs(total) > LIMIT:
            return self._split_slowly(total)
        shares = np.empty(self.size, dtype=np.int64)
        shares[self.root] = abs(total)
        for block in self.blocks:
            shares[block.children] = _split_block(block, shares[block.parents])
        return shares if total >= 0 else -shares

    def _split_slowly(self, total: int) -> NDArray[np.object_]:
        shares = np.empty(self.size, dtype=np.object_)
        shares[self.root] = total
        for family in self.families:
            shares[family.children] = allocate_units(int(shares[family.parent]), family.weights)
        return shares


def prepare_tree(parents: Sequence[int], weights: Sequence[Decimal]) -> PreparedTree:
    """Prepare a tree given as each node's parent index (-1 for the one root) and weight.

    Siblings keep the order of their indexes. The root's weight is not read.
    Raises InvalidWeight and NoWeight (a family in which all weights are zero), ValueError if it is not one tree.
    """
    children: list[list[int]] = [[] for _ in parents]
    roots = [node for node, parent in enumerate(parents) if parent < 0]
    for node, parent in enumerate(parents):
        if parent >= 0:
            children[parent].append(node)
    if len(roots) != 1:
        raise ValueError(f"a tree has one root, not {len(roots)}")
    groups = list(_groups(roots[0], children, weights))
    families = [family for group in groups for family in group]
    if 1 + sum(len(family.children) for family in families) != len(parents):
        raise ValueError("the parents form a cycle")
    fast = [_block(group) for group in groups] if all(map(_fits, groups)) else None
    return PreparedTree(len(parents), roots[0], families, fast)


def _groups(root: int, children: list[list[int]], weights: Sequence[Decimal]) -> Iterator[list[Family]]:
    """Yield the families from the root down, in groups of one depth and about BLOCK children."""
    nodes = [root]
    while nodes:
        group: list[Family] = []
        size = 0
        for node in nodes:
            if children[node]:
                group.append(Family(node, children[node], _whole(node, children[node], weights)))
                size += len(children[node])
            if size >= BLOCK:
                yield group
                group, size = [], 0
        if group:
            yield group
        nodes = [child for node in nodes for child in children[node]]


def _whole(node: int, children: list[int], weights: Sequence[Decimal]) -> list[int]:
    whole = whole_weights([weights[child] for child in children])
    if not any(whole):
        raise NoWeight(field=f"weights[{node}].children")
    return whole


def _fits(families: list[Family]) -> bool:
    widest = max(sum(family.weights) for family in families)
    size = sum(len(family.children) for family in families)
    bits = len(families).bit_length() + widest.bit_length() + size.bit_length()
    return widest <= WIDEST_FAMILY and bits < LIMIT.bit_length()


def _block(families: list[Family]) -> Block:
    wholes = np.array([sum(family.weights) for family in families], dtype=np.int64)
    sizes = np.array([len(family.children) for family in families], dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    family = np.repeat(np.arange(len(families), dtype=np.int64), sizes)
    place = np.arange(len(family), dtype=np.int64)
    shift = len(family).bit_length()
    top = int(wholes.max()).bit_length() + shift
    return Block(
        parents=np.array([each.parent for each in families], dtype=np.int64),
        wholes=wholes,
        starts=starts,
        children=np.array([child for each in families for child in each.children], dtype=np.int64),
        weights=np.array([weight for each in families for weight in each.weights], dtype=np.int64),
        family=family,
        divisors=wholes[family],
        rank=place - starts[family],
        keys=(family << top) + (wholes[family] << shift) + place,
        shift=shift,
    )


def _split_block(block: Block, amounts: Ints) -> Ints:
    """Divide each family's amount: share = q*w + (r*w)//W, so that no product leaves 64 bits."""
    quotients, rests = np.divmod(amounts, block.wholes)
    scaled = rests.take(block.family)
    scaled *= block.weights
    shares = scaled // block.divisors
    scaled -= shares * block.divisors  # what remains is the remainder of each child
    shares += quotients.take(block.family) * block.weights
    left = amounts - np.add.reduceat(shares, block.starts)
    scaled <<= block.shift
    order = block.keys - scaled
    order.sort()
    winners = order.take(np.flatnonzero(block.rank < left.take(block.family)))
    winners &= block.mask
    shares[winners] += 1
    return shares
