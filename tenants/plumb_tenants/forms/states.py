"""What evaluating a form takes and gives: facts, the state of each field, and the evaluation as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from decimal import Decimal

from plumb_platform.errors import InvalidInput
from plumb_tenants.forms.body import Cell
from plumb_tenants.forms.values import Json
from plumb_tenants.formulas.service import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a form is evaluated over: values as sent, those before them, synced figures, and files by their field."""

    given: Mapping[str, Json]
    before: Mapping[str, Json] = attribute(default_factory=dict)
    fed: Mapping[str, Decimal] = attribute(default_factory=dict)
    files: Mapping[str, Sequence[str]] = attribute(default_factory=dict)


@dataclass(slots=True)
class CellState:
    """How one field or one cell of a row stands."""

    path: str
    cell: Cell
    visible: bool = True
    required: bool = False
    read_only: bool = False
    value: Json = None
    problems: list[InvalidInput] = attribute(default_factory=list)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The states in the order of the form, rows behind their table; `values` holds what is visible and answered.

    `known` is what formulas read, for suggestions.
    """

    states: tuple[CellState, ...]
    values: dict[str, Json]
    others: tuple[InvalidInput, ...]
    """Problems of no single field: unknown keys and checks."""
    known: Mapping[str, Value | None]

    @property
    def problems(self) -> list[InvalidInput]:
        """Return all problems, in the order of the form."""
        return [*(each for state in self.states for each in state.problems), *self.others]
