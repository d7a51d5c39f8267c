"""Cursors: the sort key of a row, signed, so that a forged or borrowed one is refused."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import orjson

from plumb_platform.errors import InvalidInput

Key = str | int | Decimal | datetime | date | UUID | None
_MAC_BYTES = 16
_LONGEST = 2000

_TAGS: tuple[tuple[str, type, Callable[[str], Key]], ...] = (
    ("s", str, str),
    ("i", int, int),
    ("n", Decimal, Decimal),
    ("t", datetime, datetime.fromisoformat),
    ("d", date, date.fromisoformat),
    ("u", UUID, UUID),
)


class CursorInvalid(InvalidInput):
    """The cursor was not made by this API for this list and this company."""

    code = "CURSOR_INVALID"
    zh = "分页游标无效，请从第一页重新开始。"
    en = "The cursor is not valid for this list; start again from the first page."


@dataclass(frozen=True, slots=True)
class Cursors:
    """Makes and opens cursors under one secret key."""

    key: bytes

    def seal(self, place: str, values: Sequence[Key]) -> str:
        """Return the cursor of a row; `place` binds it to a company, a list and an order."""
        body = orjson.dumps([_tagged(value) for value in values])
        return urlsafe_b64encode(self._mac(place, body) + body).rstrip(b"=").decode()

    def open(self, place: str, cursor: str, *, field: str = "after") -> tuple[Key, ...]:
        """Return the sort key in a cursor; raises CursorInvalid when it was not sealed for this place."""
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)) if len(cursor) <= _LONGEST else b""
        except ValueError:
            raw = b""
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not body or not hmac.compare_digest(mac, self._mac(place, body)):
            raise CursorInvalid(field=field)
        return tuple(_value(tag, text) for tag, text in orjson.loads(body))

    def _mac(self, place: str, body: bytes) -> bytes:
        return hmac.digest(self.key, place.encode() + b"\0" + body, hashlib.sha256)[:_MAC_BYTES]


def _tagged(value: Key) -> tuple[str, str]:
    if value is None:
        return "-", ""
    for tag, kind, _ in _TAGS:
        if isinstance(value, kind):
            return tag, value.isoformat() if isinstance(value, date) else str(value)
    raise TypeError(f"a {type(value).__name__} cannot be part of a cursor")


def _value(tag: str, text: str) -> Key:
    return next((parse(text) for known, _, parse in _TAGS if known == tag), None)
