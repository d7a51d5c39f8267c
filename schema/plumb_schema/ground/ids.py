"""Global ids: `Goal_<uuid>`; a malformed, unknown or foreign one is answered alike."""

import re
from functools import lru_cache
from uuid import UUID

import strawberry

from plumb_platform.errors import NotFound
from plumb_schema.ground.permission import field as graphql_field

_GLOBAL_ID = re.compile(r"([A-Z][A-Za-z]{0,50})_([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})", re.ASCII)
LONGEST = 88
"""Characters of an id at most: 51 of its type, the line between, 36 of the UUID."""


def encode_id(type_name: str, value: UUID) -> strawberry.ID:
    """Return the global id of a row."""
    return strawberry.ID(f"{type_name}_{value}")


def split_id(value: str) -> tuple[str, UUID] | None:
    """Return type name and UUID of a global id in its one canonical form; None when it is malformed."""
    parts = id_parts(value)
    return (parts[0], UUID(parts[1])) if parts else None


def id_parts(value: str) -> tuple[str, str] | None:
    """Return the same with the text of the UUID, for what makes no use of the UUID itself."""
    return _parts(value) if len(value) <= LONGEST else None


@lru_cache(maxsize=1024)  # a request asks twice for each of its ids: for the plan, and for the value that is bound
def _parts(value: str) -> tuple[str, str] | None:
    found = _GLOBAL_ID.fullmatch(value)
    return (found[1], found[2]) if found else None


def decode_id(value: str, type_name: str, *, field: str | None = None) -> UUID:
    """Return the UUID of a global id of that type; raises NotFound for any other text, as for a foreign id."""
    parts = split_id(value)
    if parts is None or parts[0] != type_name:
        raise NotFound(field=field)
    return parts[1]


def decode_optional_id(value: str | None, type_name: str, *, field: str | None = None) -> UUID | None:
    """Return the UUID of a global id, None where none is given; an empty text is no id, and refused as any other."""
    return None if value is None else decode_id(value, type_name, field=field)


@strawberry.interface(description="有全局 ID 的对象 / Anything with a global id.")
class Node:
    @graphql_field()
    def id(self) -> strawberry.ID:
        """Answered by the statement that reads the object."""
        raise NotImplementedError
