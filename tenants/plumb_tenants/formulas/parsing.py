"""Text to tree: the lark grammar, the limits on what is read, and errors that point at the character."""

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args
from lark.parsers.lalr_interactive_parser import InteractiveParser

from plumb_tenants.formulas.errors import FormulaSyntax, FormulaTooLarge, Position
from plumb_tenants.formulas.nodes import (
    Call,
    Chain,
    Compare,
    Comparison,
    Constant,
    Name,
    Negation,
    Node,
    Percent,
    Sign,
    walk,
)

MAX_LENGTH, MAX_DEPTH, MAX_NODES, MAX_DIGITS, MAX_NAME = 2_000, 40, 400, 28, 100
"""Limits in characters, open parentheses, tree nodes, digits of one number and characters of one name."""

_PLAIN = str.maketrans("０１２３４５６７８９．＝＜＞＆＋－−＊×／÷＾", "0123456789.=<>&+--**//^")
_COMPARISONS = {"≤": "<=", "≥": ">=", "≠": "<>"}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that reads well; its names and types are not yet known."""

    text: str
    root: Node

    @property
    def names(self) -> tuple[str, ...]:
        """The fields it uses, in the order of first use."""
        return tuple(dict.fromkeys(node.name for node in walk(self.root) if isinstance(node, Name)))


def parse(text: str) -> Formula:
    """This function will read a formula of at most 2,000 characters.

    Raises FormulaSyntax (with the character at fault) and FormulaTooLarge (safety: length, depth, nodes, digits).
    """
    if len(text) > MAX_LENGTH:
        raise too_large(Position(1, 1), f"最多 {MAX_LENGTH} 个字符", f"at most {MAX_LENGTH} characters")
    try:
        root = _read(text)
    except UnexpectedToken as error:
        raise _unexpected(str(error.token), Position(error.line, error.column)) from None
    except UnexpectedCharacters as error:
        raise _unexpected(text[error.pos_in_stream], Position(error.line, error.column)) from None
    for count, node in enumerate(walk(root), start=1):
        if count > MAX_NODES:
            raise too_large(node.at, f"最多 {MAX_NODES} 个运算项", f"at most {MAX_NODES} terms")
    return Formula(text, root)


def normal_name(name: str) -> str:
    """This function will fold full-width letters of a name, so that both ways to type it mean one field."""
    return unicodedata.normalize("NFKC", str(name))


def too_large(at: Position, zh: str, en: str) -> FormulaTooLarge:
    """This function will make the error for a limit."""
    return FormulaTooLarge(at, limit_zh=zh, limit_en=en)


def _read(text: str) -> Node:
    """This function will feed the parser token by token, so that too deep a formula ends at its 41st parenthesis."""
    parser = _parser().parse_interactive(text)
    depth = 0
    for token in parser.iter_parse():
        depth += {"OPEN": 1, "CLOSE": -1}.get(token.type, 0)
        if depth > MAX_DEPTH:
            raise too_large(_at(token), f"括号最多 {MAX_DEPTH} 层", f"at most {MAX_DEPTH} levels of parentheses")
    return _finish(parser, text, depth)


def _finish(parser: InteractiveParser, text: str, depth: int) -> Node:
    try:
        return cast(Node, parser.feed_eof())
    except UnexpectedToken:
        end = Position(text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1)
        if depth > 0:
            raise _syntax(end, "", f"还有 {depth} 个括号没有闭合", f"{depth} parentheses are not closed") from None
        raise _syntax(end, "", "公式不完整", "the formula is not complete") from None


def _unexpected(found: str, at: Position) -> FormulaSyntax:
    shown = found if found.isprintable() else f"U+{ord(found[0]):04X}"
    if found in {'"', "“", "”", "＂"}:
        return _syntax(at, shown, "文本的引号没有闭合", "the quotation mark is not closed")
    return _syntax(at, shown, f"此处不应出现“{shown:.40}”", f"“{shown:.40}” cannot stand here")


def _syntax(at: Position, name: str, zh: str, en: str) -> FormulaSyntax:
    return FormulaSyntax(at, name, reason_zh=zh, reason_en=en)


def _at(token: Token) -> Position:
    return Position(token.line or 1, token.column or 1)


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Turns grammar rules into nodes while the parser reduces them, so that nothing recurses over the text."""

    def number(self, token: Token) -> Constant:
        digits = token.translate(_PLAIN)
        if len(digits.replace(".", "")) > MAX_DIGITS:
            raise too_large(_at(token), f"数字最多 {MAX_DIGITS} 位", f"at most {MAX_DIGITS} digits in a number")
        return Constant(Decimal(digits), _at(token))

    def text(self, token: Token) -> Constant:
        return Constant(token[1:-1].replace('""', '"') if token[0] == '"' else token[1:-1], _at(token))

    def true(self, token: Token) -> Constant:
        return Constant(True, _at(token))

    def false(self, token: Token) -> Constant:
        return Constant(False, _at(token))

    def name(self, token: Token) -> Name:
        if len(token) > MAX_NAME:
            raise too_large(_at(token), f"名称最多 {MAX_NAME} 个字符", f"at most {MAX_NAME} characters in a name")
        return Name(normal_name(token), _at(token))

    def group(self, _open: Token, node: Node, _close: Token) -> Node:
        return node

    def percent(self, operand: Node, token: Token | None) -> Node:
        return Percent(operand, operand.at) if token else operand

    def signed(self, signs: tuple[Token, ...] | None, operand: Node) -> Node:
        if signs is None:
            return operand
        return Negation([sign.translate(_PLAIN) for sign in signs].count("-") % 2 == 1, operand, _at(signs[0]))

    def sign(self, *tokens: Token) -> tuple[Token, ...]:
        return tokens

    def comparison(self, left: Node, token: Token | None, right: Node | None) -> Node:
        if token is None or right is None:
            return left
        operator = _COMPARISONS.get(token, token.translate(_PLAIN))
        return Compare(cast(Comparison, operator), left, right, _at(token))

    def disjunction(self, *parts: Node | Token) -> Node:
        return Call("OR", _operands(parts), _operands(parts)[0].at)

    def conjunction(self, *parts: Node | Token) -> Node:
        return Call("AND", _operands(parts), _operands(parts)[0].at)

    def arguments(self, *parts: Node | Token | None) -> tuple[Node, ...]:
        return _operands(tuple(part for part in parts if part is not None))

    def call(self, function: Token, _open: Token, arguments: tuple[Node, ...], _close: Token) -> Call:
        return Call(normal_name(function), arguments, _at(function))

    def _chain(self, *parts: Node | Token) -> Chain:
        operators = tuple(
            (cast(Sign, part.translate(_PLAIN)), _at(part)) for part in parts if isinstance(part, Token)
        )
        return Chain(operators, _operands(parts), _operands(parts)[0].at)

    concatenation = sum = product = power = _chain


def _operands(parts: tuple[Node | Token, ...]) -> tuple[Node, ...]:
    return tuple(part for part in parts if not isinstance(part, Token))


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=True, transformer=_Builder())
