"""Small pieces of SQL text that every part of the compiler writes alike."""

from collections.abc import Iterable

TRUE, FALSE = "true", "false"
Pairs = list[tuple[str, str]]
LONGEST_NAME = 63
"""PostgreSQL cuts longer names of columns."""


def json_object(pairs: Pairs) -> str:
    """Return the SQL of a JSON object, its members in the given order."""
    if not pairs:
        return "'{}'::json"
    if any(len(key) > LONGEST_NAME for key, _ in pairs):
        members = ", ".join(f"('{key}', to_json({sql}))" for key, sql in pairs)
        return f"(select json_object_agg(o.k, o.v) from (values {members}) o(k, v))"
    members = ", ".join(f'{sql} as "{key}"' for key, sql in pairs)
    return f"(select row_to_json(o) from (select {members}) o)"


def conjunction(conditions: Iterable[str]) -> str:
    """Return conditions joined by AND, TRUE left out."""
    return " and ".join(each for each in conditions if each != TRUE) or TRUE


def type_name(name: str) -> str:
    """Return the SQL of a `__typename`."""
    return f"'{name}'::text"
