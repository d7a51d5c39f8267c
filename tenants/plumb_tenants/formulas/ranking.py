"""The ranks of operators: a flat row of operands and operators becomes a tree, loosest rank first, as in Excel."""

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

from lark import Token

from plumb_tenants.formulas.errors import Position, cannot_stand
from plumb_tenants.formulas.nodes import Call, Chain, Compare, Comparison, Node, Sign

RANKS = ({"OR"}, {"AND"}, {"COMPARE"}, {"JOIN"}, {"PLUS", "MINUS"}, {"TIMES", "DIVIDE"}, {"RAISE"})
"""Token types from loosest to tightest; one rank goes from left to right. Signs and % bind tighter than all (-2^2 = 4)."""

_PLAIN = str.maketrans("０１２３４５６７８９．＝＜＞＆＋－−＊×／÷＾", "0123456789.=<>&+--**//^")
_COMPARISONS = {"≤": "<=", "≥": ">=", "≠": "<>"}

Row = Sequence[Node | Token]


def plain(token: Token) -> str:
    """Write a number or an operator in ASCII."""
    return token.translate(_PLAIN)


def position_of(token: Token) -> Position:
    """Tell where a token stands."""
    return Position(token.line or 1, token.column or 1)


def rank_operators(row: Row, rank: int = 0) -> Node:
    """Turn operand, operator, operand, ... into a tree; FormulaSyntax for `1 < 2 < 3`."""
    if len(row) == 1:
        return cast(Node, row[0])
    places = [place for place in range(1, len(row), 2) if cast(Token, row[place]).type in RANKS[rank]]
    if not places:
        return rank_operators(row, rank + 1)
    edges = [-1, *places, len(row)]
    operands = tuple(rank_operators(row[start + 1 : end], rank + 1) for start, end in pairwise(edges))
    return _combine([cast(Token, row[place]) for place in places], operands)


def _combine(operators: list[Token], operands: tuple[Node, ...]) -> Node:
    first = operators[0]
    if first.type in {"OR", "AND"}:
        return Call(first.type, operands, operands[0].at)
    if first.type != "COMPARE":
        return Chain(tuple((cast(Sign, plain(each)), position_of(each)) for each in operators), operands, operands[0].at)
    if len(operators) > 1:
        raise cannot_stand(position_of(operators[1]), str(operators[1]))
    comparison = cast(Comparison, _COMPARISONS.get(first, plain(first)))
    return Compare(comparison, operands[0], operands[1], position_of(first))
