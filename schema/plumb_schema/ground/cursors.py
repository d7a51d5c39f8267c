"""Cursors: the sort key of a row, signed by PostgreSQL under a key of its company and list, so that none is borrowed."""

import hashlib
import hmac
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import orjson

from plumb_platform.errors import InvalidInput
from plumb_platform.settings import Keys

_MAC_BYTES, _BLOCK_BYTES = 16, 64
_LONGEST = 16_000
"""Five texts of the longest kind in one order; longer ones make no cursor that could be a sort key of ours."""
_PADS = (bytes([0x36]) * _BLOCK_BYTES, bytes([0x5C]) * _BLOCK_BYTES)


class CursorInvalid(InvalidInput):
    """The cursor was not made by this API for this list and this company."""

    code = "CURSOR_INVALID"
    zh = "分页游标无效，请从第一页重新开始。"
    en = "The cursor is not valid for this list; start again from the first page."


@dataclass(frozen=True, slots=True)
class Cursors:
    """Opens cursors, and gives PostgreSQL what it signs them with; the installation's own key never leaves the process."""

    keys: Keys

    def places(self, tenant_id: UUID, name: str) -> Keys:
        """Return the keys of one list in one order of one company."""
        return tuple(_derived(key, tenant_id, name) for key in self.keys)

    def pads(self, tenant_id: UUID, name: str) -> tuple[bytes, bytes]:
        """Return the inner and the outer pad that make HMAC-SHA256 (RFC 2104) of two plain hashes, in that list."""
        return _padded(_derived(self.keys[0], tenant_id, name))

    def open(self, places: Keys, cursor: str, *, parts: int, field: str = "after") -> tuple[str | None, ...]:
        """Return the sort key in a cursor, as texts; raises CursorInvalid when it was signed for none of these places."""
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)) if len(cursor) <= _LONGEST else b""
        except ValueError:
            raw = b""
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        macs = (hmac.digest(place, body, hashlib.sha256)[:_MAC_BYTES] for place in places)
        if not body or not any(hmac.compare_digest(mac, each) for each in macs):
            raise CursorInvalid(field=field)
        values = orjson.loads(body)
        if len(values) != parts:
            raise CursorInvalid(field=field)
        return tuple(values)


@lru_cache(maxsize=4096)
def _derived(key: bytes, tenant_id: UUID, name: str) -> bytes:
    return hmac.digest(key, f"{tenant_id}/{name}".encode(), hashlib.sha256)


@lru_cache(maxsize=4096)
def _padded(place: bytes) -> tuple[bytes, bytes]:
    padded = place.ljust(_BLOCK_BYTES, b"\0")
    inner, outer = (bytes(a ^ b for a, b in zip(padded, pad, strict=True)) for pad in _PADS)
    return inner, outer
