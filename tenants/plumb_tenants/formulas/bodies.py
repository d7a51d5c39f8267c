"""What each function of the formula language does with its arguments, run lazily and null-aware.

Aggregates (SUM, AVERAGE, MIN, MAX) look at the numbers that are there and give null when there is none;
every other function of a null is null, except where its description says otherwise.
"""

from collections.abc import Callable, Mapping
from decimal import Context, Decimal

from plumb_tenants.formulas import arithmetic
from plumb_tenants.formulas.errors import Position
from plumb_tenants.formulas.values import Value

Values = Mapping[str, Value | None]
Run = Callable[[Values], Value | None]
"""A compiled part: computes its value from the fields' values, or halts."""
Arguments = tuple[Run, ...]
Body = Callable[[Arguments, Values, Position], Value | None]
"""A function's body decides itself which arguments to run, so IF, AND, OR and COALESCE are lazy."""


def choose(arguments: Arguments, values: Values, _at: Position) -> Value | None:
    """Run one branch of IF: the second for true, else the third or null."""
    condition, then, *otherwise = arguments
    if condition(values) is True:
        return then(values)
    return otherwise[0](values) if otherwise else None


def conjunction(arguments: Arguments, values: Values, _at: Position) -> Value | None:
    """Stop at the first false."""
    return _decide(False, arguments, values)


def disjunction(arguments: Arguments, values: Values, _at: Position) -> Value | None:
    """Stop at the first true."""
    return _decide(True, arguments, values)


def negation(arguments: Arguments, values: Values, _at: Position) -> Value | None:
    """Turn true and false round."""
    found = arguments[0](values)
    return None if found is None else not found


def coalesce(arguments: Arguments, values: Values, _at: Position) -> Value | None:
    """Return the first argument that is not null, and run none after it."""
    return next((found for run in arguments if (found := run(values)) is not None), None)


def is_blank(arguments: Arguments, values: Values, _at: Position) -> Value | None:
    """Tell whether there is no input."""
    return arguments[0](values) is None


def minimum(arguments: Arguments, values: Values, _at: Position) -> Value | None:
    """Return the least number given."""
    return min(_given(arguments, values), default=None)


def maximum(arguments: Arguments, values: Values, _at: Position) -> Value | None:
    """Return the greatest number given."""
    return max(_given(arguments, values), default=None)


def total(arguments: Arguments, values: Values, at: Position) -> Value | None:
    """Add the numbers given, from left to right."""
    given = _given(arguments, values)
    return _add_up(given, at) if given else None


def average(arguments: Arguments, values: Values, at: Position) -> Value | None:
    """Divide the sum of the numbers given by their count."""
    given = _given(arguments, values)
    return arithmetic.divide(_add_up(given, at), Decimal(len(given)), at) if given else None


def absolute(arguments: Arguments, values: Values, _at: Position) -> Value | None:
    """Drop the sign."""
    number = arguments[0](values)
    return number.copy_abs() if isinstance(number, Decimal) else None


def rounding(context: Context) -> Body:
    """Make a body that rounds by the context's rule, to whole numbers unless places are given."""

    def body(arguments: Arguments, values: Values, at: Position) -> Value | None:
        number, *given = (run(values) for run in arguments)
        places = given[0] if given else Decimal(0)
        if not (isinstance(number, Decimal) and isinstance(places, Decimal)):
            return None
        return arithmetic.round_to(context, number, places, at)

    return body


def _decide(verdict: bool, arguments: Arguments, values: Values) -> bool | None:
    """Stop at the first `verdict`; without one, a null leaves it open (three-valued logic)."""
    undecided = False
    for run in arguments:
        found = run(values)
        if found is verdict:
            return verdict
        undecided = undecided or found is None
    return None if undecided else not verdict


def _given(arguments: Arguments, values: Values) -> list[Decimal]:
    return [found for run in arguments if isinstance(found := run(values), Decimal)]


def _add_up(numbers: list[Decimal], at: Position) -> Decimal:
    sum_so_far = Decimal(0)
    for number in numbers:
        sum_so_far = arithmetic.add(sum_so_far, number, at)
    return sum_so_far
