"""Tokens to tree: each grammar rule becomes a node while the parser reduces it, so nothing recurses over the text."""

from decimal import Decimal

from lark import Token, Transformer, v_args

from plumb_tenants.formulas.errors import too_large
from plumb_tenants.formulas.nodes import Call, Constant, Name, Negation, Node, Percent, normal_name
from plumb_tenants.formulas.ranking import plain, position_of, rank_operators

MAX_DIGITS, MAX_NAME = 28, 100
"""Digits of one number and characters of one name."""


@v_args(inline=True)
class Builder(Transformer[Token, Node]):
    """One method per rule of grammar.lark."""

    def number(self, token: Token) -> Constant:
        digits = plain(token)
        if len(digits.replace(".", "")) > MAX_DIGITS:
            raise too_large(position_of(token), f"数字最多 {MAX_DIGITS} 位", f"at most {MAX_DIGITS} digits in a number")
        return Constant(Decimal(digits), position_of(token))

    def text(self, token: Token) -> Constant:
        return Constant(token[1:-1].replace('""', '"') if token[0] == '"' else token[1:-1], position_of(token))

    def true(self, token: Token) -> Constant:
        return Constant(True, position_of(token))

    def false(self, token: Token) -> Constant:
        return Constant(False, position_of(token))

    def name(self, token: Token) -> Name:
        if len(token) > MAX_NAME:
            raise too_large(position_of(token), f"名称最多 {MAX_NAME} 个字符", f"at most {MAX_NAME} characters in a name")
        return Name(normal_name(token), position_of(token))

    def group(self, _open: Token, node: Node, _close: Token) -> Node:
        return node

    def percent(self, operand: Node, _token: Token) -> Percent:
        return Percent(operand, operand.at)

    def sign(self, *tokens: Token) -> tuple[Token, ...]:
        return tokens

    def signed(self, signs: tuple[Token, ...], operand: Node) -> Negation:
        return Negation(list(map(plain, signs)).count("-") % 2 == 1, operand, position_of(signs[0]))

    def signed_percent(self, signs: tuple[Token, ...], operand: Node, token: Token) -> Negation:
        return self.signed(signs, self.percent(operand, token))

    def call(self, function: Token, _open: Token, *rest: Node | Token | None) -> Call:
        arguments = tuple(part for part in rest if part is not None and not isinstance(part, Token))
        return Call(normal_name(function), arguments, position_of(function))

    def expression(self, *parts: Node | Token) -> Node:
        return rank_operators(parts)
