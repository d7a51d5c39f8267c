"""The functions of the formula language, as a table that the API lists, the checker reads and the compiler runs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal

from plumb_tenants.formulas import arithmetic
from plumb_tenants.formulas.errors import Position
from plumb_tenants.formulas.values import Type, Value

Values = Mapping[str, Value | None]
Run = Callable[[Values], Value | None]
"""A compiled part: computes its value from the fields' values, or halts."""
Body = Callable[[tuple[Run, ...], Values, Position], Value | None]
"""A function's body decides itself which arguments to run; so IF, AND, OR and COALESCE are lazy."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function. The last of `takes` repeats; None stands for any type, the same at each None and in `gives`."""

    name: str
    aliases: tuple[str, ...]
    zh: str
    en: str
    signature_zh: str
    signature_en: str
    takes: tuple[Type | None, ...]
    gives: Type | None
    least: int
    most: int | None
    body: Body


def find_function(written: str) -> Function | None:
    """This function will find a function by name or alias, in any case."""
    return _BY_NAME.get(written.upper())


def function_names() -> Iterable[str]:
    """This function will return every name and alias."""
    return _BY_NAME


def _if(arguments: tuple[Run, ...], values: Values, _at: Position) -> Value | None:
    if arguments[0](values) is True:
        return arguments[1](values)
    return arguments[2](values) if len(arguments) == 3 else None


def _and(arguments: tuple[Run, ...], values: Values, _at: Position) -> Value | None:
    return _decided_by(False, arguments, values)


def _or(arguments: tuple[Run, ...], values: Values, _at: Position) -> Value | None:
    return _decided_by(True, arguments, values)


def _decided_by(verdict: bool, arguments: tuple[Run, ...], values: Values) -> bool | None:
    """This function will stop at the first `verdict`; without one, a null leaves it open (three-valued logic)."""
    open_question = False
    for argument in arguments:
        found = argument(values)
        if found is verdict:
            return verdict
        open_question |= found is None
    return None if open_question else not verdict


def _not(arguments: tuple[Run, ...], values: Values, _at: Position) -> Value | None:
    found = arguments[0](values)
    return None if found is None else not found


def _coalesce(arguments: tuple[Run, ...], values: Values, _at: Position) -> Value | None:
    return next((found for argument in arguments if (found := argument(values)) is not None), None)


def _is_blank(arguments: tuple[Run, ...], values: Values, _at: Position) -> Value | None:
    return arguments[0](values) is None


def _given(arguments: tuple[Run, ...], values: Values) -> list[Decimal]:
    """This function will run all arguments and keep the numbers that are there."""
    return [found for argument in arguments if isinstance(found := argument(values), Decimal)]


def _minimum(arguments: tuple[Run, ...], values: Values, _at: Position) -> Value | None:
    return min(_given(arguments, values), default=None)


def _maximum(arguments: tuple[Run, ...], values: Values, _at: Position) -> Value | None:
    return max(_given(arguments, values), default=None)


def _sum(arguments: tuple[Run, ...], values: Values, at: Position) -> Decimal | None:
    given = _given(arguments, values)
    total = Decimal(0)
    for number in given:
        total = arithmetic.add(total, number, at)
    return total if given else None


def _average(arguments: tuple[Run, ...], values: Values, at: Position) -> Value | None:
    given = _given(arguments, values)
    total = _sum(tuple(lambda _, number=number: number for number in given), values, at)
    return None if total is None else arithmetic.divide(total, Decimal(len(given)), at)


def _absolute(arguments: tuple[Run, ...], values: Values, _at: Position) -> Value | None:
    found = arguments[0](values)
    return found.copy_abs() if isinstance(found, Decimal) else None


def _rounding(context: Context) -> Body:
    def body(arguments: tuple[Run, ...], values: Values, at: Position) -> Value | None:
        number = arguments[0](values)
        places = arguments[1](values) if len(arguments) == 2 else Decimal(0)
        if not (isinstance(number, Decimal) and isinstance(places, Decimal)):
            return None
        return arithmetic.round_to(context, number, places, at)

    return body


_N, _B = Type.NUMBER, Type.BOOLEAN
FUNCTIONS: tuple[Function, ...] = (
    Function(
        "IF", ("如果",), "条件成立取前者，否则（含条件无输入）取后者；只计算所取的一个", "The second argument if the first is true, else the third (also when the condition has no input); only one is computed",
        "如果(条件, 成立时, [否则])", "IF(condition, then, [otherwise])", (_B, None), None, 2, 3, _if,
    ),
    Function(
        "AND", ("且", "并且"), "全部成立才成立；遇到不成立即止", "True if all are true; stops at the first false",
        "且(条件, …)", "AND(condition, …)", (_B,), _B, 1, None, _and,
    ),
    Function(
        "OR", ("或", "或者"), "任一成立即成立；遇到成立即止", "True if any is true; stops at the first true",
        "或(条件, …)", "OR(condition, …)", (_B,), _B, 1, None, _or,
    ),
    Function("NOT", ("非",), "取反", "True if the argument is false", "非(条件)", "NOT(condition)", (_B,), _B, 1, 1, _not),
)
