"""Formulas as conditions of PostgreSQL: what lies outside the subset is refused, and all else means what Python means."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import product
from random import Random

import pytest

from plumb_platform.database import Database, fetch, tenant_transaction
from plumb_tenants.formulas.service import FormulaError, Type, Value, compile_formula
from plumb_tenants.formulas.to_sql import NotInSql, SqlColumn, condition_of, to_sql
from support.companies import make_company

NAMES = {
    "x": Type.NUMBER,
    "y": Type.NUMBER,
    "n": Type.NUMBER,
    "状态": Type.TEXT,
    "名": Type.TEXT,
    "on": Type.BOOLEAN,
    "from": Type.DATE,
    "to": Type.DATE,
}
SIZES = {"n": (10, 0)}
CASTS = {Type.NUMBER: "numeric", Type.TEXT: "text", Type.BOOLEAN: "boolean", Type.DATE: "date"}
COLUMNS = {name: SqlColumn(f'r."{name}"', type_, *SIZES.get(name, (18, 2))) for name, type_ in NAMES.items()}
CHOICES: dict[str, list[Value | None]] = {
    "x": [None, Decimal("0.00"), Decimal("-12.50"), Decimal("999999999999999999.99")],
    "y": [None, Decimal("0.01"), Decimal("-999999999999999999.99")],
    "n": [None, Decimal(7)],
    "状态": [None, "已确认", "", "O'Brien\\"],
    "名": [None, "已确认"],
    "on": [None, True, False],
    "from": [None, date(2026, 1, 1)],
    "to": [None, date(2026, 12, 31)],
}


def grown(source: Random, type_: Type, depth: int) -> str:
    """Return a random formula of a type, inside the subset but for numbers that grow too long."""
    if depth == 0 or source.random() < 0.15:
        return leaf(source, type_)
    if source.random() < 0.25:
        return shared(source, type_, depth - 1)
    below = depth - 1
    if type_ is Type.NUMBER:
        return number(source, below)
    if type_ is Type.BOOLEAN:
        return boolean(source, below)
    return leaf(source, type_)


def leaf(source: Random, type_: Type) -> str:
    names = [name for name, each in NAMES.items() if each is type_]
    literals = {
        Type.NUMBER: ["0", "1", "0.5", "12345678901234.5678"],
        Type.TEXT: ['"已确认"', "“O'Brien\\”", '""'],
        Type.BOOLEAN: ["TRUE", "假"],
        Type.DATE: names,
    }
    return source.choice(names + literals[type_])


def shared(source: Random, type_: Type, below: int) -> str:
    """Return a choice or a fallback, which every type has."""
    one, other = grown(source, type_, below), grown(source, type_, below)
    if source.random() < 0.3:
        return f"COALESCE({one}, {other})"
    otherwise = f", {other}" if source.random() < 0.7 else ""
    return f"IF({grown(source, Type.BOOLEAN, below)}, {one}{otherwise})"


def number(source: Random, below: int) -> str:
    one, other = (grown(source, Type.NUMBER, below) for _ in range(2))
    forms = (f"({one} + {other})", f"({one} - {other})", f"({one} * {other})", f"-({one})", f"({one})%")
    return source.choice([*forms, f"MIN({one}, {other})", f"最大({one}, {other})", f"ABS({one})"])


def boolean(source: Random, below: int) -> str:
    match source.randrange(5):
        case 0:
            return f"NOT({grown(source, Type.BOOLEAN, below)})"
        case 1:
            return f"ISBLANK({grown(source, source.choice(list(CASTS)), below)})"
        case 2:
            return f"({grown(source, Type.BOOLEAN, below)} {source.choice(['且', 'OR'])} {grown(source, Type.BOOLEAN, below)})"
    compared = source.choice(list(CASTS))
    ordered = ["<", "<=", ">", "≥"] if compared in (Type.NUMBER, Type.DATE) else []
    return f"({grown(source, compared, below)} {source.choice(['=', '<>', *ordered])} {grown(source, compared, below)})"


def rows(source: Random, count: int) -> list[dict[str, Value | None]]:
    return [{name: source.choice(values) for name, values in CHOICES.items()} for _ in range(count)]


async def answers(formulas: list[str], given: list[dict[str, Value | None]]) -> list[list[bool | None]]:
    """Return PostgreSQL's answers, a list of one per formula for each row."""
    values: list[Value] = []

    def bind(value: Decimal | str) -> str:
        values.append(value)
        return f"${len(values)}"

    asked = [to_sql(condition_of(text, NAMES), COLUMNS, bind) for text in formulas]
    lines = []
    for row in given:
        cells = []
        for name, type_ in NAMES.items():
            value = row[name]
            cells.append(f"null::{CASTS[type_]}" if value is None else f"{bind_any(values, value)}::{CASTS[type_]}")
        lines.append(f"({', '.join(cells)})")
    names = ", ".join(f'"{name}"' for name in NAMES)
    columns = ", ".join(f"{sql} as f{place}" for place, sql in enumerate(asked))
    found = await fetch(f"select {columns} from (values {', '.join(lines)}) as r({names})", *values)
    return [list(row.values()) for row in found]


def bind_any(values: list[Value], value: Value) -> str:
    values.append(value)
    return f"${len(values)}"


def batches(source: Random, count: int, size: int) -> Iterator[list[str]]:
    waiting: list[str] = []
    while count:
        text = grown(source, Type.BOOLEAN, source.randint(1, 4))
        try:
            to_sql(condition_of(text, NAMES), COLUMNS, lambda _: "$1")
        except NotInSql:
            continue  # numbers that grow too long; the generator makes nothing else outside the subset
        waiting.append(text)
        if len(waiting) == size:
            yield waiting
            waiting, count = [], count - 1


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("x / 2 > 1", "FORMULA_NOT_IN_SQL", "/ cannot stand"),
        ("x ^ 2 > 1", "FORMULA_NOT_IN_SQL", "^ cannot stand"),
        ('状态 & "x" = "yx"', "FORMULA_NOT_IN_SQL", "& cannot stand"),
        ("ROUND(x) = 1", "FORMULA_NOT_IN_SQL", "ROUND cannot stand"),
        ("求和(x, y) = 1", "FORMULA_NOT_IN_SQL", "求和 cannot stand"),
        ("x * y > 1", "FORMULA_NOT_IN_SQL", "more than 34 digits"),
        ('状态 = "a\x00b"', "FORMULA_NOT_IN_SQL", "cannot be seen"),
        ("x + 1", "FORMULA_NOT_IN_SQL", "it gives a number"),
        ("z = 1", "FORMULA_UNKNOWN_NAME", "no field named"),
        ("x = 状态", "FORMULA_TYPE", "a number is needed"),
        ("x >", "FORMULA_SYNTAX", "not complete"),
    ],
)
def test_what_is_no_condition_over_rows_is_refused(text: str, code: str, said: str) -> None:
    with pytest.raises(FormulaError) as refused:
        to_sql(condition_of(text, NAMES), COLUMNS, lambda _: "$1")
    assert refused.value.code == code
    assert said in refused.value.text("en")


def test_constants_are_bound_and_never_written() -> None:
    bound: list[Value] = []
    text = '状态 = "x\' or true --" 且 x > 12.5'
    sql = to_sql(condition_of(text, NAMES), COLUMNS, lambda value: bind_any(bound, value))
    assert bound == ["x' or true --", Decimal("12.5")]
    assert "or true" not in sql


async def test_random_formulas_mean_in_sql_what_they_mean_in_python(database: Database) -> None:
    company, source, compared = await make_company(), Random(20261125), 0
    async with tenant_transaction(company.system):
        for formulas in batches(source, 100, 20):
            given = rows(source, 12)
            compiled = [compile_formula(text, NAMES) for text in formulas]
            for row, found in zip(given, await answers(formulas, given), strict=True):
                for formula, answer in zip(compiled, found, strict=True):
                    assert formula.evaluate(row).value is answer, (formula.text, row)
                    compared += 1
    assert compared == 24_000


async def test_every_pair_of_truths_and_blanks_is_decided_alike(database: Database) -> None:
    company = await make_company()
    texts = ["on AND x > 0", "on OR x > 0", "NOT(on)", "IF(on, x > 0)", "ISBLANK(on)", "COALESCE(on, x > 0)", "on = TRUE"]
    given = [
        {**dict.fromkeys(NAMES), "on": on, "x": x} for on, x in product((None, True, False), (None, Decimal(1), Decimal(-1)))
    ]
    async with tenant_transaction(company.system):
        for row, found in zip(given, await answers(texts, given), strict=True):
            assert found == [compile_formula(text, NAMES).evaluate(row).value for text in texts], row
