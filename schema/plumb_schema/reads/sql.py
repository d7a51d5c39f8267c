"""Small pieces of SQL text that every part of the compiler writes alike."""

from collections.abc import Iterable

TRUE, FALSE = "true", "false"
Pairs = list[tuple[str, str]]
LONGEST_NAME = 63
"""PostgreSQL cuts longer names of columns."""


def json_object(pairs: Pairs, source: str = "") -> str:
    """Return the SQL of a JSON object, its members in the given order; of the one row of `source`, null without a row."""
    behind = f" from {source}" if source else ""
    if not pairs:
        return f"(select '{{}}'::json{behind})"
    if any(len(key) > LONGEST_NAME for key, _ in pairs):
        columns = ", ".join(f"{sql} as m{index}" for index, (_, sql) in enumerate(pairs))
        members = ", ".join(f"('{key}', to_json(o.m{index}))" for index, (key, _) in enumerate(pairs))
        return f"(select (select json_object_agg(m.k, m.v) from (values {members}) m(k, v)) from (select {columns}{behind}) o)"
    return f"(select row_to_json(o) from (select {_columns(pairs)}{behind}) o)"


def json_list(pairs: Pairs, source: str) -> str:
    """Return the SQL of a JSON list with an object for each row of `source`, in the order of the source."""
    if not pairs or any(len(key) > LONGEST_NAME for key, _ in pairs):
        return f"(select coalesce(json_agg(o.e), '[]'::json) from (select {json_object(pairs)} as e from {source}) o)"
    return f"(select coalesce(json_agg(row_to_json(o)), '[]'::json) from (select {_columns(pairs)} from {source}) o)"


def _columns(pairs: Pairs) -> str:
    return ", ".join(f'{sql} as "{key}"' for key, sql in pairs)


def conjunction(conditions: Iterable[str]) -> str:
    """Return conditions joined by AND, TRUE left out."""
    return " and ".join(each for each in conditions if each != TRUE) or TRUE


def both(first: str, second: str) -> str:
    """Return two conditions joined by AND; TRUE and FALSE stay plain."""
    return FALSE if FALSE in (first, second) else conjunction((first, second))


def type_name(name: str) -> str:
    """Return the SQL of a `__typename`."""
    return f"'{name}'::text"
