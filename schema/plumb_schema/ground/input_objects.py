"""Input objects made by what is found out about their fields once; strawberry asks anew about each field of each object."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from functools import partial
from typing import Any, TypeAlias

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import InputContext
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    StrawberryType,
    get_object_definition,
)
from strawberry.types.lazy_type import LazyType

from graphql import GraphQLInputObjectType, GraphQLSchema
from plumb_schema.ground.guard import UnsoundSchema

Maker: TypeAlias = Callable[[Any], Any]
"""Makes the product's value of what graphql-core has read."""


def install_makers(schema: GraphQLSchema, config: StrawberryConfig) -> None:
    """Let the input objects of a schema be made here, by the rules of strawberry's `convert_argument`."""
    makers = _Makers(config)
    for each in schema.type_map.values():
        definition = each.extensions.get("strawberry-definition")
        if isinstance(each, GraphQLInputObjectType) and isinstance(definition, StrawberryObjectDefinition):
            definition.from_input = makers.from_input


class _Makers:
    """The makers of one schema's input objects, each found when its first object comes: types may hold themselves."""

    def __init__(self, config: StrawberryConfig) -> None:
        self._config = config
        self._known: dict[type, Maker] = {}

    def from_input(self, cls: type, value: Mapping[str, Any], _: InputContext) -> Any:
        """Make an object of what a client sent, keyed by GraphQL names; strawberry's hook."""
        return self._made(cls, value)

    def _made(self, cls: type, value: Mapping[str, Any]) -> Any:
        return self._object(cls)(value)

    def _object(self, cls: type) -> Maker:
        maker = self._known.get(cls)
        if maker is None:
            maker = self._known[cls] = self._object_maker(cls)
        return maker

    def _object_maker(self, cls: type) -> Maker:
        definition = get_object_definition(cls, strict=True)
        name_of = self._config.name_converter.from_field
        # A field that may be null may be left out, whether or not its class says so.
        absent = {
            field.python_name: None
            for field in definition.fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }
        fields = {
            name_of(field): (field.python_name, self._maker(field.resolve_type(type_definition=definition)))
            for field in definition.fields
        }

        def make(value: Mapping[str, Any]) -> Any:
            said = dict(absent)
            for name, given in value.items():
                attribute, maker = fields[name]
                said[attribute] = given if maker is None or given is None or given is strawberry.UNSET else maker(given)
            return cls(**said)

        return make

    def _maker(self, of: StrawberryType | type) -> Maker | None:
        """Return how values of a type are made; None for a scalar or an enum, which graphql-core has read already."""
        if isinstance(of, StrawberryMaybe | LazyType):
            raise UnsoundSchema(f"an input field is of {of}, which is not made here")
        if isinstance(of, StrawberryOptional):
            return self._maker(of.of_type)
        if isinstance(of, StrawberryList):
            item = self._maker(of.of_type)
            # A copy, for a default is one list for all who leave it out.
            return list if item is None else lambda values: [each if each is None else item(each) for each in values]
        return None if get_object_definition(of) is None else partial(self._made, of)  # type: ignore[arg-type] # what has one is a class
