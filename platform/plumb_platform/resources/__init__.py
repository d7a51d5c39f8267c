"""Resources: what stands behind an object that people see, stated once for reading, filtering, sorting and permissions."""

from plumb_platform.resources.columns import (
    Column,
    Kind,
    Made,
    boolean,
    day,
    decimal,
    enumerated,
    instant,
    integer,
    json,
    reference,
    text,
    texts,
)
from plumb_platform.resources.registry import known_resources, register, resource_named
from plumb_platform.resources.relations import Items, Many, One, OneOf
from plumb_platform.resources.resource import Join, Resource, Retells, Veil, While

__all__ = [
    "Column",
    "Items",
    "Join",
    "Kind",
    "Made",
    "Many",
    "One",
    "OneOf",
    "Resource",
    "Retells",
    "Veil",
    "While",
    "boolean",
    "day",
    "decimal",
    "enumerated",
    "instant",
    "integer",
    "json",
    "known_resources",
    "reference",
    "register",
    "resource_named",
    "text",
    "texts",
]
