"""Values of variables read by what their types say, looked up once; what is not plainly right is left to graphql-core."""

from collections.abc import Callable
from typing import Any, TypeAlias

from graphql.utilities.coerce_input_value import coerce_default_value

from graphql import (
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    Undefined,
    is_required_input_field,
)

Coerce: TypeAlias = Callable[[Any], Any]
"""Returns what graphql-core makes of a value; raises NotPlain."""


class NotPlain(Exception):
    """A value is wrong, or right in a way that few use: graphql-core reads it, and says what is wrong."""


class Coercions:
    """How values of the input types of one schema are read; each is looked through when it first comes, as it may hold itself."""

    def __init__(self) -> None:
        self._known: dict[GraphQLInputObjectType, Coerce] = {}

    def of(self, kind: GraphQLInputType) -> Coerce:
        """Return how values of a type are read."""
        if isinstance(kind, GraphQLNonNull):
            return _required(self.of(kind.of_type))
        if isinstance(kind, GraphQLList):
            return _nullable(_list(self.of(kind.of_type)))
        if isinstance(kind, GraphQLInputObjectType):
            return _nullable(self._object(kind))
        if kind is GraphQLString or kind is GraphQLID:
            return _nullable(_text)
        return _nullable(_integer if kind is GraphQLInt else _leaf(kind.coerce_input_value))

    def _object(self, kind: GraphQLInputObjectType) -> Coerce:
        def coerce(value: Any) -> Any:
            found = self._known.get(kind)
            if found is None:
                found = self._known[kind] = self._object_made(kind)
            return found(value)

        return coerce

    def _object_made(self, kind: GraphQLInputObjectType) -> Coerce:
        names = kind.fields.keys()
        members = [(name, field.out_name or name, self.of(field.type), _default_of(field)) for name, field in kind.fields.items()]
        make = _leaf(kind.out_type)  # it may refuse what does not belong together
        required = frozenset(name for name, field in kind.fields.items() if is_required_input_field(field))

        def coerce(value: Any) -> Any:
            if type(value) is not dict or not value.keys() <= names or not required <= value.keys():
                raise NotPlain
            found: dict[str, Any] = {}
            for name, own, read, default in members:
                if name in value:
                    found[own] = read(value[name])
                elif default is not None:
                    found[own] = default()
            return make(found)

        def refuse(_: Any) -> Any:
            raise NotPlain

        return refuse if kind.is_one_of else coerce


def plainly(coerce: Coerce, value: Any) -> Any:
    """Return what is made of a value; raises NotPlain, for one that is nested without end as well."""
    try:
        return coerce(value)
    except RecursionError:
        raise NotPlain from None


def _default_of(field: GraphQLInputField) -> Callable[[], Any] | None:
    return None if coerce_default_value(field) is Undefined else lambda: coerce_default_value(field)


def _required(coerce: Coerce) -> Coerce:
    def read(value: Any) -> Any:
        if value is None:
            raise NotPlain
        return coerce(value)

    return read


def _nullable(coerce: Coerce) -> Coerce:
    return lambda value: None if value is None else coerce(value)


def _list(coerce: Coerce) -> Coerce:
    def read(value: Any) -> Any:
        if type(value) is not list:
            raise NotPlain
        return [coerce(each) for each in value]

    return read


def _text(value: Any) -> Any:
    if type(value) is not str:
        raise NotPlain
    return value


def _integer(value: Any) -> Any:
    if type(value) is not int or not -(2**31) <= value < 2**31:
        raise NotPlain
    return value


def _leaf(coerce: Coerce) -> Coerce:
    def read(value: Any) -> Any:
        try:
            found = coerce(value)
        except Exception:  # noqa: BLE001 - whatever it is, graphql-core says it
            raise NotPlain from None
        if found is Undefined:
            raise NotPlain
        return found

    return read
