"""The order in which values become known: who waits for whom, cycles by name, and rules that read later rows; pure."""

from collections.abc import Iterator, Mapping, Sequence

from plumb_tenants.definitions.as_written import name_written
from plumb_tenants.forms.body import Cell, Field, Form, Type
from plumb_tenants.forms.faults import ComputedCycle, LaterTableRead
from plumb_tenants.formulas.service import FormulaError, parse

DECIDING = ("visible_if", "read_only_if", "formula")
"""Rules that decide a value; the others judge it when all values are known."""
RULES = ("visible_if", "required_if", "read_only_if", "minimum", "maximum")


def sections_of(form: Form) -> dict[str, str | None]:
    """Return the section that each field stands in: the last one before it."""
    found: dict[str, str | None] = {}
    section: str | None = None
    for field in form.fields:
        section = field.key if field.type is Type.SECTION else section
        found[field.key] = None if field.type is Type.SECTION else section
    return found


def names_in(text: str) -> tuple[str, ...]:
    """Return the names that a formula uses; none for one that does not read, which compiling will say."""
    try:
        return parse(text).names if text else ()
    except FormulaError:
        return ()


def field_edges(form: Form) -> dict[str, list[str]]:
    """Return for each field the fields that its value waits for."""
    sections, known = sections_of(form), {field.key for field in form.fields}
    edges: dict[str, list[str]] = {}
    for field in form.fields:
        names = list(_deciding(field))
        for column in field.columns:
            names += [name for name in _deciding(column) if name not in {each.key for each in field.columns}]
        section = sections[field.key]
        waits = ([section] if section else []) + [_owner(name) for name in names]
        edges[field.key] = [key for key in dict.fromkeys(waits) if key in known]
    return edges


def column_edges(field: Field) -> dict[str, list[str]]:
    """Return for each column of a table the columns of its row that its value waits for."""
    known = {column.key for column in field.columns}
    return {column.key: [key for key in map(_owner, _deciding(column)) if key in known] for column in field.columns}


def evaluation_order(edges: Mapping[str, Sequence[str]], *, path: str, within: str = "") -> list[str]:
    """Return the keys so that each stands behind what it waits for; raises ComputedCycle that names the way round."""
    order: list[str] = []
    done: set[str] = set()
    for start in edges:
        trail: list[tuple[str, Iterator[str]]] = [(start, iter(edges[start]))] if start not in done else []
        while trail:
            key, waits = trail[-1]
            following = next((each for each in waits if each not in done), None)
            if following is None:
                trail.pop()
                done.add(key)
                order.append(key)
                continue
            keys = [each for each, _ in trail]
            if following in keys:
                way = [*keys[keys.index(following) :], following]
                raise ComputedCycle(field=path, cycle=" → ".join(f"{within}{each}" for each in way))
            trail.append((following, iter(edges[following])))
    return order


def later_reads(form: Form) -> Iterator[LaterTableRead]:
    """Yield rules that read rows of a table that stands later; within a row also those that read their own table."""
    tables = {field.key: place for place, field in enumerate(form.fields) if field.type is Type.TABLE}
    for place, field in enumerate(form.fields):
        yield from _later(field, f"fields[{place}]", RULES, tables, place)
        for n, column in enumerate(field.columns):
            yield from _later(column, f"fields[{place}].columns[{n}]", (*RULES, "formula"), tables, place - 1)


def _later(cell: Cell, path: str, rules: Sequence[str], tables: Mapping[str, int], place: int) -> Iterator[LaterTableRead]:
    for rule in rules:
        for name in names_in(getattr(cell, rule)):
            if tables.get(_owner(name), -1) > place:
                yield LaterTableRead(field=f"{path}.{rule}", key=cell.key, attribute=name_written(rule), table=_owner(name))


def _deciding(cell: Cell) -> Iterator[str]:
    for rule in DECIDING:
        yield from names_in(getattr(cell, rule))


def _owner(name: str) -> str:
    return name.partition(".")[0]
