"""Scalars whose text form is fixed: exact decimals, aware instants; raw UUIDs never leave the house."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import strawberry
from strawberry.types.scalar import ScalarDefinition

from graphql import GraphQLError

_DECIMAL = re.compile(r"-?\d{1,24}(\.\d{1,12})?", re.ASCII)


def decimal_text(value: Decimal) -> str:
    """Return the plain digits of a decimal, never an exponent."""
    if not value.is_finite():
        raise TypeError(f"not a finite decimal: {value!r}")
    return format(value, "f")


def parse_decimal(value: object) -> Decimal:
    """Return the decimal of a plain string of at most 24 digits before and 12 after the point."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise GraphQLError('A Decimal is written as a string of plain digits, such as "1234.50".')
    return Decimal(value)


def instant_text(value: datetime) -> str:
    """Return an aware instant in UTC with microseconds only when there are any."""
    if value.tzinfo is None:
        raise TypeError(f"not an aware instant: {value!r}")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_instant(value: object) -> datetime:
    """Return the aware instant of an ISO 8601 text with an offset."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
        # An offset may lead out of the years that there are.
        is_in_time = instant is not None and instant.tzinfo is not None and bool(instant.astimezone(UTC))
    except (ValueError, OverflowError):
        instant, is_in_time = None, False
    if instant is None or not is_in_time:
        raise GraphQLError('A DateTime is ISO 8601 with an offset, such as "2026-01-31T08:00:00Z".')
    return instant


SCALARS: Mapping[object, ScalarDefinition] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description="精确小数 / An exact decimal number as a string of plain digits.",
        serialize=decimal_text,
        parse_value=parse_decimal,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="时刻 / An instant as ISO 8601 with an offset; answered in UTC.",
        serialize=instant_text,
        parse_value=parse_instant,
    ),
}
