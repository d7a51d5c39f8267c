"""GraphQL types made of resources: fields, filters and orders of a type follow from what stands behind it."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Annotated, Any, TypeVar

import strawberry
from strawberry.scalars import JSON

from graphql import GraphQLField
from plumb_platform.resources import Column, Items, Kind, Many, One, OneOf, Resource
from plumb_platform.resources.relations import Relation
from plumb_schema.ground.connections import Connection
from plumb_schema.ground.permission import directives_of
from plumb_schema.reads.inputs import filter_of, order_of

T = TypeVar("T", bound=type)
READ = "read"
"""The key of a field's metadata under which a root field says what it reads."""
ENDING = "ending"
"""The key of a field's metadata under which a subscription says when what it follows has come to its end."""

_TYPES: Mapping[Kind, Any] = {
    Kind.TEXT: str,
    Kind.INTEGER: int,
    Kind.DECIMAL: Decimal,
    Kind.BOOLEAN: bool,
    Kind.DATE: date,
    Kind.INSTANT: datetime,
    Kind.ID: strawberry.ID,
    Kind.TEXTS: list[str],
    Kind.JSON: JSON,
}
_DECLARED: dict[str, tuple[type, Resource]] = {}
_FINISHED: set[str] = set()


@dataclass(frozen=True, slots=True)
class Listing:
    """A field that answers a connection of a resource's rows."""

    resource: Resource


@dataclass(frozen=True, slots=True)
class Single:
    """A field that answers one row, by its global id or, without one, the only row there is."""

    resource: Resource


@dataclass(frozen=True, slots=True)
class Ending:
    """How a thing that is followed shows that it will change no more: what is asked of it, and what that says."""

    selection: str
    is_over: Callable[[Mapping[str, Any]], bool]


def of(resource: Resource) -> Callable[[T], T]:
    """Make a class the GraphQL type of a resource; its own methods are the fields that Python makes."""

    def wrap(cls: T) -> T:
        cls.__name__ = resource.type_name
        _DECLARED[resource.type_name] = (cls, resource)
        return cls

    return wrap


def class_named(type_name: str) -> type:
    """Return the class of a resource's type."""
    return _DECLARED[type_name][0]


def declared(type_name: str) -> Resource | None:
    """Return the resource behind a type, None for a type that no resource stands behind."""
    found = _DECLARED.get(type_name)
    return found[1] if found else None


def finish_classes() -> list[type]:
    """Give every declared class its fields and make it a GraphQL type; return all of them."""
    for type_name, (cls, resource) in _DECLARED.items():
        if type_name in _FINISHED:
            continue
        _FINISHED.add(type_name)
        for column in resource.columns:
            _attribute(cls, column)
        for relation in resource.relations:
            _relation(cls, resource, relation)
        strawberry.type(cls, name=type_name, description=resource.doc, directives=directives_of(resource.read))
    return [cls for cls, _ in _DECLARED.values()]


def connection(cls: type, *, description: str) -> Any:
    """Return a root field that answers the pages of a type."""
    _, resource = _of_class(cls)
    return _listing_field(resource, cls, description, Listing(resource), directives_of(resource.read), nullable=False)


def single(cls: type, *, description: str) -> Any:
    """Return a root field that answers one object of a type by its `id`."""
    _, resource = _of_class(cls)

    def resolve(self: Any, object_id: Any) -> Any:
        raise NotImplementedError

    annotations = {"object_id": Annotated[strawberry.ID, strawberry.argument(name="id")], "return": cls}
    return _field(resolve, annotations, description, Single(resource), directives_of(resource.read))


def followed(cls: type, *, ending: Ending, description: str) -> Any:
    """Return a field of a subscription that answers what the query's `single` of the same name does, until its ending."""
    field = single(cls, description=description)
    field.metadata = {**field.metadata, ENDING: ending}
    return field


def only(cls: type, *, description: str) -> Any:
    """Return a root field that answers the one object of a type that the company has."""
    _, resource = _of_class(cls)

    def resolve(self: Any) -> Any:
        raise NotImplementedError

    return _field(resolve, {"return": cls}, description, Single(resource), directives_of(resource.read))


def _of_class(cls: type) -> tuple[type, Resource]:
    return next(each for each in _DECLARED.values() if each[0] is cls)


def _attribute(cls: type, column: Column) -> None:
    kind: Any = column.enum if column.kind is Kind.ENUM else _TYPES[column.kind]
    cls.__annotations__ = inspect.get_annotations(cls) | {column.name: kind if column.core else kind | None}
    setattr(cls, column.name, strawberry.field(description=column.doc or None))


def _relation(cls: type, resource: Resource, relation: Relation) -> None:
    setattr(cls, relation.name, _relation_field(resource, relation))


def _relation_field(resource: Resource, relation: Relation) -> Any:
    def resolve(self: Any) -> Any:
        raise NotImplementedError

    doc = relation.doc
    if isinstance(relation, One):
        return _field(resolve, {"return": class_named(relation.target) | None}, doc)
    if isinstance(relation, OneOf):
        members = reduce(or_, [class_named(name) for name, _ in relation.members])
        return _field(resolve, {"return": Annotated[members, strawberry.union(relation.union)] | None}, doc)
    if isinstance(relation, Items):
        listed: Any = list[_items_class(resource, relation)]  # type: ignore[misc] # made at run time
        return _field(resolve, {"return": listed if relation.core else listed | None}, doc)
    target = class_named(relation.target)
    if not relation.paged:
        return _field(resolve, {"return": list[target] | None}, doc)  # type: ignore[valid-type] # made at run time
    return _listing_field(_DECLARED[relation.target][1], target, doc, relation, [], nullable=True)


def _items_class(resource: Resource, items: Items) -> type:
    cls = type(items.type_name, (), {})
    for column in items.columns:
        _attribute(cls, column)
    return strawberry.type(cls, name=items.type_name, description=items.type_doc or None, directives=directives_of(resource.read))


def _listing_field(
    resource: Resource, cls: type, doc: str, read: Listing | Many, directives: list[object], *, nullable: bool
) -> Any:
    def resolve(self: Any, first: Any = None, after: Any = None, where: Any = None, order_by: Any = None) -> Any:
        raise NotImplementedError

    answer: Any = Connection[cls]  # type: ignore[valid-type] # made at run time
    annotations = {
        "first": int | None,
        "after": str | None,
        "where": filter_of(resource) | None,
        "order_by": list[order_of(resource)] | None,  # type: ignore[misc] # made at run time
        "return": answer | None if nullable else answer,
    }
    return _field(resolve, annotations, doc, read, directives)


def _field(
    resolve: Callable[..., Any],
    annotations: Mapping[str, Any],
    doc: str,
    read: object = None,
    directives: list[object] | None = None,
) -> Any:
    resolve.__annotations__ = dict(annotations)
    resolve.__signature__ = inspect.signature(resolve)  # type: ignore[attr-defined] # read by strawberry
    return strawberry.field(
        resolve, description=doc or None, directives=directives or [], metadata={READ: read} if read else None
    )


@dataclass(frozen=True, slots=True)
class AnyNode:
    """A field that answers whatever object a global id names."""


def read_of(field: GraphQLField) -> Any:
    """Return what a built field reads; None for one that a resolver answers."""
    return getattr(field.extensions.get("strawberry-definition"), "metadata", {}).get(READ)


def ending_of(field: GraphQLField) -> Ending:
    """Return when a built field of a subscription ends."""
    found: Ending = getattr(field.extensions.get("strawberry-definition"), "metadata", {})[ENDING]
    return found
