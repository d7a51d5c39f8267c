"""Tree to SQL: a checked formula as an expression of PostgreSQL that means what its Python function means.

The subset: names, literals, comparison, + - * and %, signs, AND, OR, NOT, IF, COALESCE, ISBLANK, MIN, MAX and ABS. No part of
it can end as UNDEFINED but for missing input, and no number may need more than the 34 digits that Python keeps; both are
known from the text, so that whatever lies outside is refused where the formula is written (FORMULA_NOT_IN_SQL).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from plumb_tenants.formulas.checking import type_of
from plumb_tenants.formulas.errors import FormulaError, Position
from plumb_tenants.formulas.functions import FUNCTIONS_BY_NAME
from plumb_tenants.formulas.nodes import Call, Chain, Compare, Constant, Name, Negation, Node, Percent, normal_name
from plumb_tenants.formulas.parsing import Formula, parse
from plumb_tenants.formulas.values import Type

MOST_DIGITS = 34

Bind = Callable[[Decimal | str], str]
"""Allots a placeholder (`$3`) to a constant of the formula."""


class NotInSql(FormulaError):
    """A condition over rows is decided by the database, which not every formula can be."""

    code = "FORMULA_NOT_IN_SQL"
    zh = "第 {line} 行第 {column} 列：“{name}”不能用于筛选行的条件（{reason_zh}）。"
    en = "Line {line}, column {column}: {name} cannot stand in a condition over rows ({reason_en})."


@dataclass(frozen=True, slots=True)
class SqlColumn:
    """What stands behind a name: its SQL, its type, and for numbers the most digits before and after the point."""

    sql: str
    type: Type
    whole: int = 18
    places: int = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A translated part; `whole` and `places` bound the digits of a number before and after the point."""

    sql: str
    whole: int = 0
    places: int = 0


_CASTS = {Type.NUMBER: "numeric", Type.TEXT: "text", Type.BOOLEAN: "boolean", Type.DATE: "date"}
_CALLS = {"COALESCE": "coalesce", "MIN": "least", "MAX": "greatest", "ABS": "abs"}


def condition_of(text: str, names: Mapping[str, Type]) -> Formula:
    """Read a formula over the declared names and prove that it is a condition; raises FormulaError, also when it is none."""
    formula = parse(text)
    found = type_of(formula.root, {normal_name(name): type_ for name, type_ in names.items()})
    if found is not Type.BOOLEAN:
        raise _outside(Position(1, 1), text[:40], f"结果是{found.text('zh-CN')}，须为真假值", f"it gives {found.text('en')}")
    return formula


def to_sql(formula: Formula, columns: Mapping[str, SqlColumn], bind: Bind) -> str:
    """Return the SQL of a checked formula; null where Python has no value. Raises NotInSql for what lies outside the subset."""
    return _Translation({normal_name(name): column for name, column in columns.items()}, bind).piece(formula.root).sql


@dataclass(frozen=True, slots=True)
class _Translation:
    columns: Mapping[str, SqlColumn]
    bind: Bind

    def piece(self, node: Node) -> Piece:
        match node:
            case Constant():
                return self._constant(node)
            case Name(name=name):
                column = self.columns[name]
                return Piece(f"({column.sql})::{_CASTS[column.type]}", column.whole, column.places)
            case Negation(operand=operand, negative=negative):
                inner = self.piece(operand)
                return Piece(f"(- {inner.sql})", inner.whole, inner.places) if negative else inner
            case Percent(operand=operand, at=at):
                inner = self.piece(operand)
                return _bounded(Piece(f"({inner.sql} * 0.01)", inner.whole, inner.places + 2), at, "%")
            case Chain():
                return self._chain(node)
            case Compare(operator=operator, left=left, right=right):
                return Piece(f"({self.piece(left).sql} {operator} {self.piece(right).sql})")
            case Call():
                return self._call(node)

    def _constant(self, node: Constant) -> Piece:
        value = node.value
        if isinstance(value, bool):
            return Piece("true" if value else "false")
        if isinstance(value, str):
            if not value.isprintable():
                raise _outside(node.at, ascii(value)[:40], "含有不可见字符", "it holds characters that cannot be seen")
            return Piece(f"{self.bind(value)}::text")
        exponent = value.as_tuple().exponent
        places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        return Piece(f"{self.bind(value)}::numeric", max(value.adjusted() + 1, 1), places)

    def _chain(self, node: Chain) -> Piece:
        first, *others = (self.piece(operand) for operand in node.operands)
        for (sign, at), other in zip(node.operators, others, strict=True):
            if sign in ("+", "-"):
                whole, places = max(first.whole, other.whole) + 1, max(first.places, other.places)
            elif sign == "*":
                whole, places = first.whole + other.whole, first.places + other.places
            else:
                raise _outside(at, sign, "只支持 + - *", "only + - * can")
            first = _bounded(Piece(f"({first.sql} {sign} {other.sql})", whole, places), at, sign)
        return first

    def _call(self, node: Call) -> Piece:
        function = FUNCTIONS_BY_NAME[node.function.upper()].name
        given = [self.piece(argument) for argument in node.arguments]
        inner = [piece.sql for piece in given]
        match function:
            case "AND" | "OR":
                return Piece(f"({f' {function.lower()} '.join(inner)})")
            case "NOT":
                return Piece(f"(not {inner[0]})")
            case "ISBLANK":
                return Piece(f"({inner[0]} is null)")
            case "IF":
                otherwise = inner[2] if len(inner) > 2 else "null"
                return _widest(f"(case when {inner[0]} then {inner[1]} else {otherwise} end)", given[1:])
        if function not in _CALLS:
            raise _outside(node.at, node.function, "数据库条件不支持该函数", "the database does not know this function")
        return _widest(f"{_CALLS[function]}({', '.join(inner)})", given)


def _widest(sql: str, given: list[Piece]) -> Piece:
    return Piece(sql, max(piece.whole for piece in given), max(piece.places for piece in given))


def _bounded(piece: Piece, at: Position, shown: str) -> Piece:
    if piece.whole + piece.places > MOST_DIGITS:
        raise _outside(at, shown, f"结果可能超过 {MOST_DIGITS} 位数字", f"the result may need more than {MOST_DIGITS} digits")
    return piece


def _outside(at: Position, name: str, zh: str, en: str) -> NotInSql:
    return NotInSql(at, name, reason_zh=zh, reason_en=en)
