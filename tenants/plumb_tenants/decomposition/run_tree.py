"""The levels of a run: who splits over whom at each depth, and what commitments add up to; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from plumb_platform.errors import InvalidInput
from plumb_tenants.decomposition.children import Child, person_child, unit_child
from plumb_tenants.decomposition.rows import Rows
from plumb_tenants.decomposition.template import Level
from plumb_tenants.people.service import Stay, Unit


class CommitmentMissing(InvalidInput, tells={"child": "OrgUnit.name"}):
    """From the bottom up, everybody at the bottom says what they commit themselves to."""

    code = "COMMITMENT_MISSING"
    zh = "自下而上汇总需要“{child}”的承诺值（held）。"
    en = "Adding up from the bottom needs the commitment (held) of {child}."


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit of a run and those it splits over: the units right below it, or its people where there are none."""

    unit: Unit
    depth: int
    level: Level
    children: tuple[Child, ...]


@dataclass(frozen=True, slots=True)
class RunTree:
    """The branches of a run by depth, from the top; a unit with nobody below it is a child only."""

    levels: tuple[tuple[Branch, ...], ...]

    @property
    def children(self) -> Iterator[Child]:
        """Yield everybody who gets a part, from the top down."""
        return (child for level in self.levels for branch in level for child in branch.children)

    def children_at(self, level: Level, place: int | None = None) -> Iterator[Child]:
        """Yield everybody who gets a part by the template of a level, at one place among the depths or at all of them."""
        depths = self.levels if place is None else self.levels[place : place + 1]
        return (child for each in depths for branch in each if branch.level is level for child in branch.children)

    def below(self) -> dict[UUID, Branch]:
        """Return the branch of each unit that has one."""
        return {branch.unit.id: branch for level in self.levels for branch in level}

    def is_lowest(self, child: Child, branches: Mapping[UUID, Branch]) -> bool:
        """Return whether nothing is split below a child; `branches` as `below` gives them."""
        return child.person_id is not None or child.unit_id not in branches


def tree_of(units: Sequence[tuple[int, Unit]], stays: Sequence[Stay]) -> RunTree:
    """Return the tree of a subtree's units, each with its depth, and of those who stay in them."""
    staff: dict[UUID, list[Stay]] = {}
    for stay in stays:
        staff.setdefault(stay.unit_id, []).append(stay)
    below: dict[UUID, list[Unit]] = {}
    for _, unit in units[1:]:
        below.setdefault(unit.parent_id or unit.id, []).append(unit)
    levels: dict[int, list[Branch]] = {}
    for depth, unit in units:
        if unit.id in below:
            branch = Branch(unit, depth, Level.UNITS, tuple(unit_child(each) for each in below[unit.id]))
        elif unit.id in staff:
            branch = Branch(
                unit, depth, Level.PEOPLE, tuple(person_child(unit, each.person, each.spells) for each in staff[unit.id])
            )
        else:
            continue
        levels.setdefault(depth, []).append(branch)
    return RunTree(tuple(tuple(levels[depth]) for depth in sorted(levels)))


def commitments(tree: RunTree, rows: Rows) -> dict[UUID, Decimal]:
    """Return what each child of a tree is committed to, the units above by sum; the top unit stands under its own id.

    Raises COMMITMENT_MISSING for the first at the bottom who gave none.
    """
    branches, sums = tree.below(), dict[UUID, Decimal]()
    for level in reversed(tree.levels):
        for branch in level:
            total = Decimal("0.00")
            for child in branch.children:
                if tree.is_lowest(child, branches):
                    sums[child.id] = _committed(child, rows)
                total += sums[child.id]
            sums[branch.unit.id] = total
    return sums


def _committed(child: Child, rows: Rows) -> Decimal:
    said = rows.terms.get(child.id)
    if said is None or said.held is None:
        raise CommitmentMissing(field=rows.field(child.id, "held"), row=child.id, child=child.name)
    return said.held
