"""Tree to function: each part becomes a closure over Decimal; no text is ever evaluated.

The rule for null ("no input"): an operator with a null operand gives null, so a comparison with null is neither true
nor false and IF takes its otherwise; AND and OR follow three-valued logic; UNDEFINED outranks null.
"""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from plumb_tenants.formulas import arithmetic
from plumb_tenants.formulas.bodies import Run, Values
from plumb_tenants.formulas.errors import Position
from plumb_tenants.formulas.functions import FUNCTIONS_BY_NAME
from plumb_tenants.formulas.nodes import Call, Chain, Compare, Constant, Name, Negation, Node, Percent
from plumb_tenants.formulas.values import Value

Operation = Callable[[Any, Any, Position], Value]
"""Takes two values of the types that checking has proved, which the type system cannot follow here."""

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compile_node(node: Node) -> Run:
    """Turn a checked part into a function of the fields' values."""
    match node:
        case Constant(value=value):
            return lambda _values: value
        case Name(name=name):
            return lambda values: values[name]
        case Negation() | Percent():
            return _compile_unary(node)
        case Chain():
            return _compile_chain(node)
        case Compare():
            return _compile_comparison(node)
        case Call():
            return _compile_call(node)


def _compile_unary(node: Negation | Percent) -> Run:
    operand, at = compile_node(node.operand), node.at
    if isinstance(node, Negation) and not node.negative:
        return operand
    operation = arithmetic.percent if isinstance(node, Percent) else arithmetic.negate

    def run(values: Values) -> Value | None:
        number = operand(values)
        return None if number is None else operation(cast(Decimal, number), at)

    return run


def _compile_chain(node: Chain) -> Run:
    first, *others = (compile_node(operand) for operand in node.operands)
    steps = [(_OPERATIONS[sign], at, other) for (sign, at), other in zip(node.operators, others, strict=True)]

    def run(values: Values) -> Value | None:
        left = first(values)
        for operation, at, other in steps:
            right = other(values)
            left = None if left is None or right is None else operation(left, right, at)
        return left

    return run


def _compile_comparison(node: Compare) -> Run:
    left, right, compare = compile_node(node.left), compile_node(node.right), _COMPARISONS[node.operator]

    def run(values: Values) -> Value | None:
        one, other = left(values), right(values)
        return None if one is None or other is None else compare(one, other)

    return run


def _compile_call(node: Call) -> Run:
    body, at = FUNCTIONS_BY_NAME[node.function.upper()].body, node.at
    arguments = tuple(compile_node(argument) for argument in node.arguments)
    return lambda values: body(arguments, values, at)


def _join(left: Decimal | str, right: Decimal | str, _at: Position) -> str:
    return _as_text(left) + _as_text(right)


def _as_text(value: Decimal | str) -> str:
    """Write a number as Excel joins it: no exponent, no trailing zeros."""
    if isinstance(value, str):
        return value
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if value.is_zero() else text


_OPERATIONS: Mapping[str, Operation] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "^": arithmetic.power,
    "&": _join,
}
