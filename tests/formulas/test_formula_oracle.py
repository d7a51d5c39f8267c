"""Random formulas against an independent oracle: a tree is made, printed as text, and computed in a second way."""

import decimal
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from random import Random
from typing import Any

from plumb_tenants.formulas.service import Reason, Type, compile_formula

Tree = tuple[Any, ...]
NUMBERS = {"x": "7", "历史月均": "100000.55", "零": "0", "负.数": "-12.5", "空": None}
NAMES = {**dict.fromkeys(NUMBERS, Type.NUMBER), "新人": Type.BOOLEAN, "未知": Type.BOOLEAN, "区域": Type.TEXT}
VALUES = {
    **{name: None if text is None else Decimal(text) for name, text in NUMBERS.items()},
    "新人": True,
    "未知": None,
    "区域": "华南（粤）",
}
RANKS = {"or": 1, "and": 2, "compare": 3, "&": 4, "+": 5, "-": 5, "*": 6, "/": 6, "^": 7, "neg": 8, "percent": 9}
WIDE = str.maketrans("0123456789.+-*/=<>&%(),^", "０１２３４５６７８９．＋－＊／＝＜＞＆％（），＾")
SPELLINGS = {
    "IF": ["IF", "如果", "if"], "SUM": ["SUM", "求和"], "MIN": ["MIN", "最小"], "MAX": ["MAX", "最大值"],
    "AVERAGE": ["AVERAGE", "平均"], "ABS": ["ABS", "绝对值"], "COALESCE": ["COALESCE", "首个非空"],
    "ROUND": ["ROUND", "修约"], "HALFUP": ["四舍五入"], "UP": ["ROUNDUP", "向上取整"],
    "DOWN": ["ROUNDDOWN", "向下取整"],
    "AND": ["AND", "且"], "OR": ["OR", "或"], "NOT": ["NOT", "非"], "ISBLANK": ["ISBLANK", "为空"],
}  # fmt: skip


class Trouble(Exception):
    """The oracle's UNDEFINED."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason


def grow_number(source: Random, depth: int) -> Tree:
    if depth == 0 or source.random() < 0.15:
        if source.random() < 0.5:
            return ("name", source.choice(list(NUMBERS)))
        return ("number", source.choice(["0", "1", "2", "3", "0.5", "1.2", "2.5", str(source.randint(0, 10**9))]))
    below = depth - 1
    match source.randrange(9):
        case 0 | 1 | 2 | 3:
            return (source.choice("++--**//"), grow_number(source, below), grow_number(source, below))
        case 4:
            return ("^", grow_number(source, below), ("number", source.choice(["0", "1", "2", "3", "0.5"])))
        case 5:
            return (source.choice(["neg", "percent"]), grow_number(source, below))
        case 6:
            names = ["SUM", "MIN", "MAX", "AVERAGE", "COALESCE"]
            return ("call", source.choice(names), [grow_number(source, below) for _ in range(source.randint(1, 3))])
        case 7:
            places = ("number", str(source.randint(0, 4))) if source.random() < 0.8 else ("neg", ("number", "2"))
            return ("call", source.choice(["ROUND", "HALFUP", "UP", "DOWN"]), [grow_number(source, below), places])
    if source.random() < 0.3:
        return ("call", "ABS", [grow_number(source, below)])
    return ("call", "IF", [grow_boolean(source, below), grow_number(source, below), grow_number(source, below)])


def grow_boolean(source: Random, depth: int) -> Tree:
    if depth == 0:
        return source.choice([("name", "新人"), ("name", "未知"), ("true",), ("false",)])
    below = depth - 1
    match source.randrange(6):
        case 0 | 1 | 2:
            operator = source.choice(["=", "<>", "<", "<=", ">", ">="])
            return ("compare", operator, grow_number(source, below), grow_number(source, below))
        case 3:
            return (source.choice(["and", "or"]), grow_boolean(source, below), grow_boolean(source, below))
        case 4:
            parts = [grow_boolean(source, below) for _ in range(source.randint(1, 3))]
            return ("call", source.choice(["AND", "OR"]), parts)
    if source.random() < 0.5:
        return ("call", "NOT", [grow_boolean(source, below)])
    return ("call", "ISBLANK", [grow_number(source, below)])


def grow_text(source: Random, depth: int) -> Tree:
    return ("&", ("name", "区域"), grow_number(source, depth))


def written(source: Random, tree: Tree, above: int = 0) -> str:
    """Print a tree with the parentheses that precedence asks for, and some that it does not."""
    rank = RANKS.get(tree[0], 10)
    text = shown(source, tree, rank)
    return f"({text})" if rank < above or source.random() < 0.05 else text


def shown(source: Random, tree: Tree, rank: int) -> str:
    match tree:
        case ("name", name):
            return str(name)
        case ("number", digits):
            return str(digits)
        case ("true",):
            return source.choice(["TRUE", "真", "true"])
        case ("false",):
            return source.choice(["FALSE", "假"])
        case ("neg", operand):
            return "-" + written(source, operand, rank + 1)
        case ("percent", operand):
            return written(source, operand, rank + 1) + "%"
        case ("call", function, arguments):
            inner = source.choice([", ", ",", "，"]).join(written(source, each) for each in arguments)
            return f"{source.choice(SPELLINGS[function])}({inner})"
        case ("compare", operator, left, right):
            return f"{written(source, left, rank + 1)} {operator} {written(source, right, rank + 1)}"
    operator, left, right = tree
    word = {"and": " 且 ", "or": " OR "}.get(operator, operator)
    return f"{written(source, left, rank)}{word}{written(source, right, rank + 1)}"


def oracle(tree: Tree) -> Any:
    """Compute a tree in the plain way of the `decimal` operators and of exact fractions."""
    match tree:
        case ("name", name):
            return VALUES[name]
        case ("number", digits):
            return Decimal(digits)
        case ("true",) | ("false",):
            return tree[0] == "true"
        case ("neg", operand):
            return oracle(("-", ("number", "0"), operand))
        case ("percent", operand):
            return oracle(("/", operand, ("number", "100")))
        case ("and" | "or", left, right):
            return oracle(("call", tree[0].upper(), [left, right]))
        case ("call", function, arguments):
            return call(function, arguments)
        case ("compare", operator, left, right):
            one, other = oracle(left), oracle(right)
            if one is None or other is None:
                return None
            order = (one > other) - (one < other)
            return order in {"=": [0], "<>": [-1, 1], "<": [-1], "<=": [-1, 0], ">": [1], ">=": [0, 1]}[operator]
    operator, left, right = tree
    return binary(operator, oracle(left), oracle(right))


def binary(operator: str, left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "&":
            return left + (f"{right.normalize():f}" if right else "0")
        case "^":
            if right != int(right):
                raise Trouble(Reason.OUT_OF_RANGE)
            return left**right
    if right == 0:
        raise Trouble(Reason.DIVISION_BY_ZERO)
    return left / right


def call(function: str, arguments: list[Tree]) -> Any:
    if function == "IF":
        return oracle(arguments[1] if oracle(arguments[0]) else arguments[2])
    if function in {"AND", "OR"}:
        seen = []
        for argument in arguments:
            seen.append(oracle(argument))
            if seen[-1] is (function == "OR"):
                return seen[-1]
        return None if None in seen else function == "AND"
    if function == "COALESCE":
        return next((value for value in map(oracle, arguments) if value is not None), None)
    values = [oracle(argument) for argument in arguments]
    if function == "ISBLANK":
        return values[0] is None
    if function in {"SUM", "AVERAGE", "MIN", "MAX"}:
        return aggregate(function, [value for value in values if value is not None])
    if None in values:
        return None
    if function == "NOT":
        return not values[0]
    return abs(values[0]) if function == "ABS" else rounded(function, *values)


def aggregate(function: str, values: list[Decimal]) -> Decimal | None:
    if not values:
        return None
    if function in {"MIN", "MAX"}:
        return sorted(values)[0 if function == "MIN" else -1]
    total = sum(values, Decimal(0))
    return total / len(values) if function == "AVERAGE" else total


def rounded(function: str, number: Decimal, places: Decimal) -> Decimal:
    scaled = Fraction(number) * Fraction(10) ** int(places)
    rules: dict[str, Callable[[Fraction], int]] = {
        "ROUND": round,
        "HALFUP": lambda size: floor(size + Fraction(1, 2)),
        "UP": ceil,
        "DOWN": floor,
    }
    size = rules[function](abs(scaled))
    if size >= 10**34 or Fraction(size) / Fraction(10) ** int(places) >= 10**34:
        raise Trouble(Reason.OUT_OF_RANGE)
    return Decimal(size if scaled >= 0 else -size).scaleb(-int(places))


def judged(tree: Tree) -> tuple[Any, Reason | None]:
    try:
        with decimal.localcontext(prec=34, Emax=999, Emin=-999, rounding=decimal.ROUND_HALF_EVEN):
            value = oracle(tree)
    except Trouble as trouble:
        return None, trouble.reason
    except (decimal.Overflow, decimal.InvalidOperation):
        return None, Reason.OUT_OF_RANGE
    return value, Reason.NO_INPUT if value is None else None


def check_cases(count: int, seed: int) -> dict[Reason | None, int]:
    """Compare `count` random formulas and count how they ended."""
    source = Random(seed)
    ends: dict[Reason | None, int] = dict.fromkeys([None, *Reason], 0)
    while sum(ends.values()) < count:
        grow = source.choice([grow_number, grow_number, grow_number, grow_boolean, grow_text])
        tree = grow(source, source.randint(1, 4))
        text = written(source, tree)
        if len(text) > 1500:
            continue
        if source.random() < 0.3 and "“" not in text:
            text = text.translate(WIDE)
        result = compile_formula(text, NAMES).evaluate(VALUES)
        reason = result.undefined.reason if result.undefined else None
        assert (result.value, reason) == judged(tree), text
        ends[reason] += 1
    return ends


def test_four_thousand_random_formulas_agree_with_the_oracle() -> None:
    ends = check_cases(4_000, seed=20260101)
    assert min(ends.values()) > 20
