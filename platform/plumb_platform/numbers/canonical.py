"""Canonical JSON: one value, one sequence of bytes, so that letters, snapshots and the audit chain can be hashed.

Keys sorted by code point, no spaces, UTF-8 without escapes, text as it came (no Unicode normalisation), Decimals as
plain strings with the places that they carry, instants in UTC to the microsecond. A reader needs nothing but JSON.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

SAFE_INTEGER = 2**53 - 1
"""Largest integer that every JSON reader keeps exact (RFC 7493); larger numbers travel as Decimals."""


class NotCanonicalError(TypeError):
    """The value has no canonical form: a float, a naive time, a broken text, or a type that JSON does not know."""


def canonical_bytes(value: object) -> bytes:
    """Write a value of None, bool, int, str, Decimal, date, datetime, UUID, lists and dicts.

    Floats and NaN are refused (NotCanonicalError); -0 is written as 0.
    """
    plain = _plain(value)
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise NotCanonicalError(f"text with a lone surrogate at character {error.start}") from None


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of bytes as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def canonical_hash(value: object) -> str:
    """Return the SHA-256 of a value's canonical bytes."""
    return sha256_hex(canonical_bytes(value))


def plain_decimal(number: Decimal) -> str:
    """Write a finite Decimal without exponent and without a negative zero."""
    if not number.is_finite():
        raise NotCanonicalError(f"{number} is not finite")
    return format(abs(number) if number.is_zero() else number, "f")


def _plain(value: object) -> object:
    match value:
        case None | bool() | str():
            return value
        case int():
            return _integer(value)
        case Decimal():
            return plain_decimal(value)
        case datetime():
            return _instant(value)
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case Mapping():
            return {_key(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    raise NotCanonicalError(f"{type(value).__name__} has no canonical form")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise NotCanonicalError(f"a key is text, not {type(key).__name__}")
    return key


def _integer(number: int) -> int:
    if abs(number) > SAFE_INTEGER:
        raise NotCanonicalError(f"an integer of {number.bit_length()} bits is not exact in every reader; use Decimal")
    return number


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise NotCanonicalError("a time without a time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
