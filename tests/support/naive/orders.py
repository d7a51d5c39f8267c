"""Orders and pages of lists in Python: which row comes first, which stand behind a cursor, and cursors made and read."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cmp_to_key
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.resources import Kind, Resource
from support.naive.facts import Fact
from support.naive.sight import Sight

_PARSERS: Mapping[Kind, Any] = {
    Kind.INTEGER: int,
    Kind.DECIMAL: Decimal,
    Kind.BOOLEAN: lambda text: text == "true",
    Kind.DATE: date.fromisoformat,
    Kind.INSTANT: datetime.fromisoformat,
    Kind.ID: UUID,
}

Keyed = tuple[list[Any], Fact]


@dataclass(frozen=True)
class Order:
    """The whole order of a list for one caller: names and whether they descend; the id decides last."""

    resource: Resource
    keys: tuple[tuple[str, bool], ...]

    @property
    def said(self) -> str:
        """Return the order as a cursor is bound to it."""
        return ",".join(f"{'-' if descending else ''}{name}" for name, descending in self.keys)

    def values(self, sight: Sight, fact: Fact) -> list[Any]:
        """Return what decides a row's place."""
        return [sight.value(fact, name) for name, _ in self.keys]

    def sorted(self, sight: Sight, facts: Sequence[Fact]) -> list[Fact]:
        """Return rows in this order."""

        def compared(one: Keyed, other: Keyed) -> int:
            return self.compare(one[0], other[0])

        keyed = [(self.values(sight, fact), fact) for fact in facts]
        return [fact for _, fact in sorted(keyed, key=cmp_to_key(compared))]

    def compare(self, one: Sequence[Any], other: Sequence[Any]) -> int:
        """Return -1, 0 or 1; what has no value stands last either way."""
        for a, b, (_, descending) in zip(one, other, self.keys, strict=True):
            if a is None or b is None:
                if (a is None) != (b is None):
                    return 1 if a is None else -1
            elif a != b:
                return -1 if (a < b) != descending else 1
        return 0

    def cursor(self, key: bytes, tenant_id: UUID, place: str, values: Sequence[Any]) -> str:
        """Return the cursor of a row with these values, signed as the product signs."""
        body = orjson.dumps([None if value is None else _text(value) for value in values])
        return urlsafe_b64encode(self._mac(key, tenant_id, place, body) + body).rstrip(b"=").decode()

    def opened(self, key: bytes, tenant_id: UUID, place: str, cursor: str) -> list[Any] | None:
        """Return the values in a cursor of this list, None for one that is not."""
        raw = cursor_bytes(cursor)
        if raw is None or raw[:16] != self._mac(key, tenant_id, place, raw[16:]):
            return None
        texts = orjson.loads(raw[16:])
        return [None if text is None else self._parsed(name, text) for text, (name, _) in zip(texts, self.keys, strict=True)]

    def _mac(self, key: bytes, tenant_id: UUID, place: str, body: bytes) -> bytes:
        derived = hmac.digest(key, f"{tenant_id}/{place}:{self.said}".encode(), hashlib.sha256)
        return hmac.digest(derived, body, hashlib.sha256)[:16]

    def _parsed(self, name: str, text: str) -> Any:
        kind = Kind.ID if name == "id" else self.resource.columns_by_name[name].kind
        return _PARSERS.get(kind, str)(text)


def order_of(sight: Sight, resource: Resource, asked: Sequence[Mapping[str, Any]]) -> Order:
    """Return the order of a list as asked for, else the resource's own as far as the caller may see it."""
    return whole_order(sight, resource, [(each["field"].value, each["direction"].value == "DESC") for each in asked])


def whole_order(sight: Sight, resource: Resource, wanted: Sequence[tuple[str, bool]]) -> Order:
    """Return the order that goes by these columns, `True` for descending; the id decides last."""
    wanted = list(wanted)
    if not wanted:
        usual = [(name.removeprefix("-"), name.startswith("-")) for name in resource.order]
        wanted = [(name, descending) for name, descending in usual if not sight.shows_never(resource, name)]
    names = [name for name, _ in wanted]
    if "id" in names:
        return Order(resource, tuple(wanted[: names.index("id") + 1]))
    last = bool(wanted) and wanted[-1][1]
    return Order(resource, (*wanted, ("id", last)))


def is_order_hidden(sight: Sight, resource: Resource, asked: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether an order goes by what no row shows."""
    names = [each["field"].value for each in asked]
    before_id = names[: names.index("id")] if "id" in names else names
    return any(sight.shows_never(resource, name) for name in before_id)


def cursor_bytes(cursor: str) -> bytes | None:
    """Return the bytes of a cursor, None for a text that cannot be one."""
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        return None
    return raw if len(raw) > 16 else None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else format(value, "f") if isinstance(value, Decimal) else str(value)
