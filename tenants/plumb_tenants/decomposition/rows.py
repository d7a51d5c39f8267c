"""Rows: where in what was asked a fault about one child stands, such as `inputs[3].figures[0]`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from plumb_platform.errors import InvalidInput, of_row
from plumb_platform.telling import Row, Said
from plumb_tenants.decomposition.figures import Figures, Origin, OriginKind
from plumb_tenants.decomposition.given import FactValue
from plumb_tenants.decomposition.requests import ChildTerms
from plumb_tenants.decomposition.steps import ChildInvalid
from plumb_tenants.decomposition.weighing import FactorSharesExceed

_NOTHING_SAID = ChildTerms()


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a request by the child that each names, with what is named within them."""

    of: Mapping[UUID, int]
    inputs: Mapping[UUID, Figures]
    terms: Mapping[UUID, ChildTerms]
    facts: Mapping[str, FactValue]

    def field(self, child_id: UUID, part: str, name: str | None = None) -> str:
        """Return the place of a part of what was asked of a child, of the one called `name` among several.

        A fact of all children has its place among those; a child that no row names has that of all rows.
        """
        row = self.of.get(child_id)
        own = {"figures": self.inputs.get(child_id, {}), "facts": self.terms.get(child_id, _NOTHING_SAID).facts}.get(part, {})
        if name is not None and name in own:
            return f"inputs[{row}].{part}[{list(own).index(name)}]"
        if part == "facts" and name is not None and name in self.facts:
            return f"facts[{list(self.facts).index(name)}]"
        return "inputs" if row is None else f"inputs[{row}].{part}"

    @contextmanager
    def naming(self, children: Sequence[UUID], origins: Sequence[Mapping[str, Origin]], pool: Row) -> Iterator[None]:
        """Give a fault about one of the children, which pure rules know by their order alone, its place.

        A figure is told to who gave it; one of `origins`, which was found in metrics and reports, is told to nobody. `pool` is
        whose the padded total is: the caller's own, or the template's that pads it.
        """
        with of_row(children):
            try:
                yield
            except ChildInvalid as error:
                error.field = self.field(children[error.at], error.part, error.name)
                of: dict[str, Row] = {"child": children[error.at], "children": children, "total": pool, "rest": pool}
                error.name_rows(of | ({} if _found(origins[error.at]) else {"value": Said.GIVEN}))
                raise
            except FactorSharesExceed as error:
                error.name_rows({} if any(map(_found, origins)) else {"sum": Said.GIVEN})
                raise

    @contextmanager
    def at(self, child_id: UUID, part: str) -> Iterator[None]:
        """Give a fault in a part of what was asked of a child its place."""
        with of_row(child_id):
            try:
                yield
            except InvalidInput as error:
                error.field = self.field(child_id, part)
                raise


def _found(origins: Mapping[str, Origin]) -> bool:
    return any(origin.kind is not OriginKind.GIVEN for origin in origins.values())


def rows_of(
    inputs: Mapping[UUID, Figures],
    terms: Mapping[UUID, ChildTerms],
    facts: Mapping[str, FactValue] | None = None,
    *,
    order: Sequence[UUID] = (),
) -> Rows:
    """Return the rows of a request: in the order in which children are first named, unless one is given."""
    named = order or tuple(dict.fromkeys([*inputs, *terms]))
    return Rows({child: row for row, child in enumerate(named)}, inputs, terms, facts or {})
