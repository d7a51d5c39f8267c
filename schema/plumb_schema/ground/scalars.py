"""Scalars whose text form is fixed: exact decimals, days, aware instants; raw UUIDs never leave the house."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite

import strawberry
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from graphql import GraphQLError

FIRST_YEAR, LAST_YEAR = 1000, 8999
"""The years that are taken: a term, a year before or a time zone never leads out of Python's own from there, and neither
end is what the driver stores as infinity, which no statement could show as a day."""
ECMA_404 = "https://ecma-international.org/wp-content/uploads/ECMA-404_2nd_edition_december_2017.pdf"
LONGEST_SHOWN = 40
LEAST_INTEGER, LARGEST_INTEGER = -(2**63), 2**64 - 1
"""What the reader and the writer of JSON take for an integer."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,24}(\.\d{1,12})?", re.ASCII)


def decimal_text(value: Decimal) -> str:
    """Return the plain digits of a decimal, never an exponent; zero has no sign, whatever it was rounded from."""
    if not value.is_finite():
        raise TypeError(f"not a finite decimal: {value!r}")
    return format(_unsigned_zero(value), "f")


def parse_decimal(value: object) -> Decimal:
    """Return the decimal of a plain string of at most 24 digits before and 12 after the point; of "-0" that is 0."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise GraphQLError(
            'A Decimal is written as a string of plain digits, such as "1234.50", without separators, units or per cent; '
            f"found: {str(value)[:LONGEST_SHOWN]}."
        )
    return _unsigned_zero(Decimal(value))


def _unsigned_zero(value: Decimal) -> Decimal:
    return value or value.copy_abs()


def parse_day(value: object) -> date:
    """Return the day of a text of the form YYYY-MM-DD (RFC 3339, full-date)."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise GraphQLError(f'A Date is written as "2026-01-31", of the years {FIRST_YEAR} to {LAST_YEAR}.')
    return day


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
        aware = instant if instant is not None and instant.tzinfo is not None else None
        is_in_time = aware is not None and FIRST_YEAR <= aware.astimezone(UTC).year <= LAST_YEAR
    except (ValueError, OverflowError):
        instant, is_in_time = None, False
    if instant is None or not is_in_time:
        raise GraphQLError(
            f'A DateTime is ISO 8601 with an offset, such as "2026-01-31T08:00:00Z", of the years {FIRST_YEAR} to {LAST_YEAR}.'
        )
    return instant


def parse_json(value: object) -> object:
    """Return a JSON value whose numbers can be kept: integers of 64 bits, finite fractions (RFC 8259 section 6).

    Variables are bounded where the body is read; a literal inside of a document is as large as somebody cares to write it.
    """
    waiting = [value]
    for each in waiting:
        if isinstance(each, dict | list):
            waiting += each.values() if isinstance(each, dict) else each
        elif isinstance(each, int) and not LEAST_INTEGER <= each <= LARGEST_INTEGER:
            raise GraphQLError("A number in JSON is an integer of at most 64 bits, or a fraction; longer is text.")
        elif isinstance(each, float) and not isfinite(each):
            raise GraphQLError("A number in JSON is finite.")
    return value


SCALARS: Mapping[object, ScalarDefinition] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description="精确小数 / An exact decimal number as a string of plain digits.",
        serialize=decimal_text,
        parse_value=parse_decimal,
    ),
    date: strawberry.scalar(
        name="Date",
        description=f"日期 / A day as YYYY-MM-DD, given of the years {FIRST_YEAR} to {LAST_YEAR}.",
        serialize=date.isoformat,
        parse_value=parse_day,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="时刻 / An instant as ISO 8601 with an offset; answered in UTC.",
        serialize=instant_text,
        parse_value=parse_instant,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description=f"The `JSON` scalar type represents JSON values as specified by [ECMA-404]({ECMA_404}).",
        specified_by_url=ECMA_404,
        serialize=lambda value: value,
        parse_value=parse_json,
    ),
}
