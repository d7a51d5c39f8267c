"""Pairs of row scope and field set: what one line of a matrix says for one permission, and when one says no more than another."""

from collections.abc import Iterable
from dataclasses import dataclass

from plumb_platform.permissions.catalogue import Scope


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of a matrix for one permission: the rows that it reaches and the fields that it shows there.

    `filter` is a formula over the resource's columns that must be true, empty for none; `fields` are coordinates
    (`Goal.target`), None means all. A row is reached when an allowing pair reaches it and no denying pair of all fields does;
    a field shows on a row that is reached when an allowing pair with the field reaches it and no denying pair with it does.
    """

    scope: Scope
    filter: str = ""
    fields: frozenset[str] | None = None
    denies: bool = False

    def covers(self, other: "Pair") -> bool:
        """Return whether this pair reaches all rows and names all fields that the other does."""
        fields = self.fields is None or (other.fields is not None and other.fields <= self.fields)
        return self.scope >= other.scope and self.filter in ("", other.filter) and fields


EVERYTHING = Pair(Scope.COMPANY)


def united(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Return pairs without those that others cover, in one order; none where a denial leaves nothing."""
    given = {pair for pair in pairs if pair.scope > Scope.NONE}
    if any(pair.denies and pair.covers(EVERYTHING) for pair in given):
        return ()
    kept = [pair for pair in given if not any(other != pair and _hides(other, pair) for other in given)]
    if all(pair.denies for pair in kept):
        return ()
    return tuple(sorted(kept, key=lambda pair: (pair.denies, pair.scope, pair.filter, sorted(pair.fields or ()))))


def exceeding(wanted: Iterable[Pair], held: Iterable[Pair]) -> Pair | None:
    """Return a pair by which `wanted` shows more than `held` does, or None; it rather finds too many than too few.

    Held pairs must cover each wanted one, and whatever is denied to the holder must be denied with what is granted.
    """
    wanted, held = tuple(wanted), tuple(held)
    allowed = [pair for pair in held if not pair.denies]
    denied = [pair for pair in wanted if pair.denies]
    for pair in wanted:
        if not pair.denies and pair.scope > Scope.NONE and not any(mine.covers(pair) for mine in allowed):
            return pair
    for mine in held:
        if mine.denies and denied_in_vain(mine, denied) and any(not pair.denies and pair.scope for pair in wanted):
            return mine
    return None


def denied_in_vain(denial: Pair, others: Iterable[Pair]) -> bool:
    """Return whether none of the other denials reaches all that this one does."""
    return denial.scope > Scope.NONE and not any(other.covers(denial) for other in others)


def _hides(other: Pair, pair: Pair) -> bool:
    return other.denies == pair.denies and other.covers(pair)
