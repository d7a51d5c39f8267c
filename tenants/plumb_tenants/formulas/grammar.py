"""The lark parser of formulas; loaded with the first formula, because lark takes 10 MB that most API workers never need."""

from functools import cache
from pathlib import Path
from typing import cast

from lark import Lark, Token, UnexpectedCharacters, UnexpectedToken
from lark.parsers.lalr_interactive_parser import InteractiveParser

from plumb_tenants.formulas.building import Builder
from plumb_tenants.formulas.errors import Position, cannot_stand, too_large, wrong_syntax
from plumb_tenants.formulas.nodes import Node
from plumb_tenants.formulas.ranking import position_of

MAX_DEPTH, MAX_NODES = 40, 400
"""Limits in open parentheses, and nodes (operands, operators, signs and calls)."""


def read_tree(text: str) -> Node:
    """Return the tree of a text; raises FormulaSyntax and FormulaTooLarge."""
    try:
        return _read(text)
    except UnexpectedToken as error:
        raise cannot_stand(Position(error.line, error.column), str(error.token)) from None
    except UnexpectedCharacters as error:
        raise cannot_stand(Position(error.line, error.column), error.char) from None


def _read(text: str) -> Node:
    """Feed the parser token by token, so that an endless formula ends where it passes a limit."""
    parser = _parser().parse_interactive(text)
    depth = nodes = 0
    for token in parser.iter_parse():
        depth += {"OPEN": 1, "CLOSE": -1}.get(token.type, 0)
        nodes += token.type not in {"OPEN", "CLOSE", "COMMA"}
        if nodes > MAX_NODES:
            raise too_large(position_of(token), f"最多 {MAX_NODES} 个运算项", f"at most {MAX_NODES} terms")
        if depth > MAX_DEPTH:
            raise too_large(position_of(token), f"括号最多 {MAX_DEPTH} 层", f"at most {MAX_DEPTH} levels of parentheses")
    return _finish(parser, text, depth)


def _finish(parser: InteractiveParser, text: str, depth: int) -> Node:
    try:
        return cast(Node, parser.feed_token(Token("$END", "")))
    except UnexpectedToken:
        end = Position(text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1)
        if depth > 0:
            raise wrong_syntax(end, "", f"还有 {depth} 个括号没有闭合", f"{depth} parentheses are not closed") from None
        raise wrong_syntax(end, "", "公式不完整", "the formula is not complete") from None


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", transformer=Builder())
