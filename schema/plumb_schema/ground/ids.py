"""Global ids: `base64url("Goal:<uuid>")`; a malformed, unknown or foreign one is answered alike."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry

from plumb_platform.errors import NotFound
from plumb_schema.ground.permission import field as graphql_field

_GLOBAL_ID = re.compile(r"[A-Za-z0-9_-]{44,120}", re.ASCII)
_PLAIN_ID = re.compile(r"([A-Z][A-Za-z]{0,50}):([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})", re.ASCII)


def encode_id(type_name: str, value: UUID) -> strawberry.ID:
    """Return the global id of a row."""
    return strawberry.ID(urlsafe_b64encode(f"{type_name}:{value}".encode()).rstrip(b"=").decode())


def split_id(value: str) -> tuple[str, UUID] | None:
    """Return type name and UUID of a global id in its one canonical form; None when it is malformed."""
    if not _GLOBAL_ID.fullmatch(value):
        return None
    try:
        plain = urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode("ascii")
    except ValueError:
        return None
    found = _PLAIN_ID.fullmatch(plain)
    if found is None or encode_id(found[1], UUID(found[2])) != value:
        return None
    return found[1], UUID(found[2])


def decode_id(value: str, type_name: str, *, field: str | None = None) -> UUID:
    """Return the UUID of a global id of that type; raises NotFound for any other text, as for a foreign id."""
    parts = split_id(value)
    if parts is None or parts[0] != type_name:
        raise NotFound(field=field)
    return parts[1]


@strawberry.interface(description="有全局 ID 的对象 / Anything with a global id.")
class Node:
    uuid: strawberry.Private[UUID]

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        # Without this, strawberry takes any Node for any other, since all share the interface.
        return type(value) is cls

    @graphql_field()
    def id(self) -> strawberry.ID:
        return encode_id(type(self).__strawberry_definition__.name, self.uuid)  # type: ignore[attr-defined] # set by strawberry on the subclass


NodeReader = Callable[[Any, UUID], Awaitable[Node | None]]
"""Reads one node for a request's Context; None when it is not there or not the caller's."""

_READERS: dict[str, NodeReader] = {}


def readable_node(type_name: str) -> Callable[[NodeReader], NodeReader]:
    """Register the reader by which `node(id)` finds objects of one type."""

    def wrap(reader: NodeReader) -> NodeReader:
        if _READERS.setdefault(type_name, reader) is not reader:
            raise TypeError(f"{type_name} has two node readers")
        return reader

    return wrap


def node_reader(type_name: str) -> NodeReader | None:
    """Return the reader of a type; None when its objects cannot be asked for by `node(id)`."""
    return _READERS.get(type_name)
