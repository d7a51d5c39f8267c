"""SQL of single values: as they travel in an answer, and as they are compared with what a caller gives."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.database.reading import bound_uuid
from plumb_platform.resources import Column, Kind
from plumb_schema.ground.ids import id_parts

NOTHING = UUID(int=0)
"""What a malformed, unknown or wrongly typed id is compared with: no row has it, so all three are answered alike."""

SQL_TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "text",
    Kind.INTEGER: "integer",
    Kind.DECIMAL: "numeric",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.INSTANT: "timestamptz",
    Kind.ENUM: "text",
    Kind.ID: "uuid",
}

_INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
_SHOWN: Mapping[Kind, Callable[[str, Column], str]] = {
    Kind.DECIMAL: lambda sql, _: f"({sql})::text",
    # As the scalar writes it: microseconds are six digits or none, where PostgreSQL's own JSON drops zeros at their end.
    Kind.INSTANT: lambda sql, _: f"replace(to_char(({sql}) at time zone 'UTC', '{_INSTANT}'), '.000000', '')",
    Kind.ID: lambda sql, column: global_id(column.target, sql) if column.target else sql,
}


def global_id(type_name: str, sql: str) -> str:
    """Return the SQL of a global id from that of a uuid."""
    return f"('{type_name}_' || {sql})"


def shown(column: Column, sql: str) -> str:
    """Return the SQL of a column's value as the answer carries it."""
    form = _SHOWN.get(column.kind)
    return form(sql, column) if form else sql


def uuid_of(global_id_text: str, type_name: str) -> UUID:
    """Return the uuid of a global id of a type; NOTHING for any other text."""
    parts = id_parts(global_id_text)
    return bound_uuid(parts[1]) if parts is not None and parts[0] == type_name else NOTHING


def sql_type(column: Column) -> str:
    """Return the SQL type that a column is compared in; an id of any type is compared as its text."""
    return "text" if column.kind is Kind.ID and not column.target else SQL_TYPES[column.kind]


def given(column: Column, value: Any) -> Any:
    """Return what a caller gave for a column as it is bound."""
    if column.kind is Kind.ID and column.target:
        return uuid_of(str(value), column.target)
    # No row holds the character that ends a text in C, and PostgreSQL does not even take it.
    return value.replace("\0", "\ufffd") if type(value) is str else getattr(value, "value", value)


def revived(kind: Kind, value: Any, column: Column) -> Any:
    """Return the Python value of what an answer carries, for completion outside of SQL."""
    if value is None:
        return None
    if kind is Kind.DECIMAL:
        return Decimal(value)
    if kind is Kind.DATE:
        return date.fromisoformat(value)
    if kind is Kind.INSTANT:
        return datetime.fromisoformat(value)
    return column.enum[value] if kind is Kind.ENUM and column.enum else value
