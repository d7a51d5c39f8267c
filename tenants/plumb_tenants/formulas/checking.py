"""Names and types of a parsed formula: every part gets a type, or the error that says which part is wrong."""

from collections.abc import Mapping

from plumb_tenants.formulas.errors import (
    FormulaError,
    UnknownFunction,
    UnknownName,
    UsageNamed,
    WrongArguments,
    WrongType,
    nearest,
)
from plumb_tenants.formulas.functions import FUNCTIONS_BY_NAME, Function, find_function
from plumb_tenants.formulas.nodes import Call, Chain, Compare, Constant, Name, Negation, Node, Percent
from plumb_tenants.formulas.values import Type

ORDERED = (Type.NUMBER, Type.DATE)


def type_of(node: Node, names: Mapping[str, Type]) -> Type:
    """Return the type of a part, given the types of the fields.

    Raises UnknownName, UsageNamed, UnknownFunction, WrongType, WrongArguments at the first fault from the left.
    """
    match node:
        case Constant(value=value):
            return Type.BOOLEAN if isinstance(value, bool) else Type.TEXT if isinstance(value, str) else Type.NUMBER
        case Name():
            return _type_of_name(node, names)
        case Negation(operand=operand) | Percent(operand=operand):
            return _require(operand, names, Type.NUMBER)
        case Chain():
            return _type_of_chain(node, names)
        case Compare():
            return _type_of_comparison(node, names)
        case Call():
            return _type_of_call(node, names)


def _type_of_name(node: Name, names: Mapping[str, Type]) -> Type:
    if node.name not in names:
        raise UnknownName(node.at, node.name, nearest(node.name, names), names)
    if names[node.name] is Type.USAGE:
        raise UsageNamed(node.at, node.name)
    return names[node.name]


def _type_of_chain(node: Chain, names: Mapping[str, Type]) -> Type:
    joins = node.operators[0][0] == "&"
    for operand in node.operands:
        _require(operand, names, *((Type.TEXT, Type.NUMBER) if joins else (Type.NUMBER,)))
    return Type.TEXT if joins else Type.NUMBER


def _type_of_comparison(node: Compare, names: Mapping[str, Type]) -> Type:
    any_order = node.operator in {"=", "<>"}
    left = _require(node.left, names, *(Type if any_order else ORDERED))
    _require(node.right, names, left)
    return Type.BOOLEAN


def _type_of_call(node: Call, names: Mapping[str, Type]) -> Type:
    function = find_function(node.function)
    if function is None:
        raise UnknownFunction(node.at, node.function, nearest(node.function.upper(), FUNCTIONS_BY_NAME))
    count = len(node.arguments)
    if count < function.least or (function.most is not None and count > function.most):
        raise _wrong_arguments(node, function)
    chosen: Type | None = None
    for index, argument in enumerate(node.arguments):
        wanted = function.takes[min(index, len(function.takes) - 1)]
        if wanted is not None:
            _require(argument, names, wanted)
        else:
            chosen = _require(argument, names, *(Type if chosen is None else (chosen,)))
    return function.gives or chosen or Type.NUMBER


def _wrong_arguments(node: Call, function: Function) -> WrongArguments:
    zh, en = function.signatures
    return WrongArguments(node.at, node.function, found=len(node.arguments), signature_zh=zh, signature_en=en)


def _require(node: Node, names: Mapping[str, Type], *wanted: Type) -> Type:
    found = type_of(node, names)
    if found not in wanted:
        raise _wrong_type(node, found, wanted)
    return found


def _wrong_type(node: Node, found: Type, wanted: tuple[Type, ...]) -> FormulaError:
    return WrongType(
        node.at,
        _shown(node),
        found_zh=found.text("zh-CN"),
        found_en=found.text("en"),
        wanted_zh="或".join(each.text("zh-CN") for each in wanted),
        wanted_en=" or ".join(each.text("en") for each in wanted),
    )


def _shown(node: Node) -> str:
    """Name a part in an error: the field, the function, the constant or the operator."""
    match node:
        case Name(name=name):
            return name
        case Call(function=function):
            return function
        case Constant(value=value):
            return str(value).upper() if isinstance(value, bool) else f"{value!s:.40}"
        case Compare(operator=operator):
            return operator
        case Chain(operators=operators):
            return operators[0][0]
        case Negation():
            return "-"
        case Percent():
            return "%"
