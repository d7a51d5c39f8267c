"""Inputs of lists made of resources: typed filters, also across relations, and typed orders."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry

from plumb_platform.resources import Column, Kind, One, Resource, resource_named

UNSET: Any = strawberry.UNSET
SORTABLE = frozenset({Kind.TEXT, Kind.INTEGER, Kind.DECIMAL, Kind.DATE, Kind.INSTANT, Kind.ENUM, Kind.BOOLEAN})
RANGES = ("gt", "gte", "lt", "lte")


@strawberry.enum(description="方向 / Which way a list is ordered; what has no value stands last either way.")
class Direction(Enum):
    ASC = "ASC"
    DESC = "DESC"


_SCALARS: Mapping[Kind, tuple[str, Any]] = {
    Kind.TEXT: ("Text", str),
    Kind.INTEGER: ("Integer", int),
    Kind.DECIMAL: ("Decimal", Decimal),
    Kind.BOOLEAN: ("Boolean", bool),
    Kind.DATE: ("Date", date),
    Kind.INSTANT: ("Instant", datetime),
    Kind.ID: ("Id", strawberry.ID),
}
_VALUE_FILTERS: dict[str, type] = {}
_FILTERS: dict[str, type] = {}
_ORDERS: dict[str, type] = {}


def operators_of(kind: Kind) -> tuple[str, ...]:
    """Return the operators that a filter on a column of a kind offers."""
    if kind is Kind.BOOLEAN:
        return ("eq", "is_null")
    if kind is Kind.TEXT:
        return ("eq", "in", *RANGES, "contains", "starts_with", "is_null")
    return ("eq", "in", "is_null") if kind in (Kind.ID, Kind.ENUM) else ("eq", "in", *RANGES, "is_null")


def is_filterable(column: Column) -> bool:
    """Return whether lists can be filtered by a column."""
    return column.kind is Kind.ENUM or column.kind in _SCALARS


def filter_of(resource: Resource) -> type:
    """Return the filter input of a resource, made once; one that names its relations may name it back."""
    known = _FILTERS.get(resource.type_name)
    if known is not None:
        return known
    cls = _FILTERS[resource.type_name] = type(f"{resource.type_name}Filter", (), {})
    members: dict[str, Any] = {"id": _value_filter(Kind.ID, None)}
    members |= {column.name: _value_filter(column.kind, column.enum) for column in resource.columns if is_filterable(column)}
    for relation in resource.relations:
        if isinstance(relation, One):
            members[relation.name] = filter_of(resource_named(relation.target))
    if resource.closure:
        members["under"] = strawberry.ID
    members |= {"and": list[cls], "or": list[cls], "not": cls}  # type: ignore[valid-type] # made at run time
    return _input(cls, members, f"{resource.doc.partition(' / ')[0]}筛选 / All that is given must hold; absent leaves open.")


def order_of(resource: Resource) -> type:
    """Return the order input of a resource, made once."""
    name = resource.type_name
    if name not in _ORDERS:
        names = ["id", *(column.name for column in resource.columns if column.kind in SORTABLE)]
        members: Any = Enum(f"{name}OrderField", {each.upper(): each for each in names})  # type: ignore[misc] # made at run time
        strawberry.enum(members)
        cls = type(f"{name}Order", (), {"direction": Direction.ASC})
        doc = f"{resource.doc.partition(' / ')[0]}排序 / One field to order by; the id decides between equals."
        _ORDERS[name] = _input(cls, {"field": members, "direction": Direction}, doc, optional=False)
    return _ORDERS[name]


def _value_filter(kind: Kind, enum: type[Enum] | None) -> type:
    scalar: Any
    name, scalar = (enum.__name__, enum) if kind is Kind.ENUM and enum else _SCALARS[kind]
    if name not in _VALUE_FILTERS:
        plain: dict[str, Any] = dict.fromkeys(operators_of(kind), scalar)
        members = plain | {"is_null": bool} | ({"in": list[scalar]} if "in" in plain else {})
        _VALUE_FILTERS[name] = _input(type(f"{name}Filter", (), {}), members, None)
    return _VALUE_FILTERS[name]


def _input(cls: type, members: Mapping[str, Any], doc: str | None, *, optional: bool = True) -> type:
    # `in`, `and`, `or` and `not` are no names that a Python class can spell, so each member gets its GraphQL name.
    annotations = {}
    for name, kind in members.items():
        attribute = f"{name}_" if name in ("in", "and", "or", "not") else name
        annotations[attribute] = kind | None if optional else kind
        if optional:
            spelled = name if attribute != name else None
            setattr(cls, attribute, strawberry.field(default=UNSET, name=spelled))
    cls.__annotations__ = annotations
    return strawberry.input(cls, description=doc)
