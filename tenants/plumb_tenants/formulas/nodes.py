"""The parts of a parsed formula: an immutable tree, flat in sums and products, so that only parentheses make depth."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from plumb_tenants.formulas.errors import Position

Sign = Literal["+", "-", "*", "/", "^", "&"]
Comparison = Literal["=", "<>", "<", "<=", ">", ">="]


def normal_name(name: str) -> str:
    """Fold full-width letters of a name, so that both ways to type it mean one field."""
    return unicodedata.normalize("NFKC", str(name))


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, a text, TRUE or FALSE as written."""

    value: Decimal | str | bool
    at: Position


@dataclass(frozen=True, slots=True)
class Name:
    """A field, in NFKC form; dots belong to the name and reach into nothing."""

    name: str
    at: Position


@dataclass(frozen=True, slots=True)
class Negation:
    """A number with an odd count of minus signs, or only plus signs (`negative` false)."""

    negative: bool
    operand: "Node"
    at: Position


@dataclass(frozen=True, slots=True)
class Percent:
    """A hundredth of its operand."""

    operand: "Node"
    at: Position


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one rank, applied from left to right: operands are one more than operators."""

    operators: tuple[tuple[Sign, Position], ...]
    operands: tuple["Node", ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values of one type side by side."""

    operator: Comparison
    left: "Node"
    right: "Node"
    at: Position


@dataclass(frozen=True, slots=True)
class Call:
    """A function by the name that was written; infix AND and OR are calls too."""

    function: str
    arguments: tuple["Node", ...]
    at: Position


Node = Constant | Name | Negation | Percent | Chain | Compare | Call


def children(node: Node) -> tuple[Node, ...]:
    """Return the direct parts of a node, in the order of the text."""
    match node:
        case Negation(operand=operand) | Percent(operand=operand):
            return (operand,)
        case Chain(operands=operands):
            return operands
        case Compare(left=left, right=right):
            return (left, right)
        case Call(arguments=arguments):
            return arguments
    return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it, in the order of the text."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting += reversed(children(current))
