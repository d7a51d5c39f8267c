"""GraphQL types made from the pydantic models of the kinds: each body typed, in and out, with no word written twice.

A model `DecompositionTemplate` gives the object `DecompositionTemplate`, the input `DecompositionTemplateInput`, and for
each model or choice inside it a type with its name in front (`DecompositionTemplateFactor`).
"""

import enum
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

import strawberry
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from plumb_platform.permissions import Permission
from plumb_schema.ground.permission import tenant_type
from plumb_tenants.definitions.as_written import choice_written

_PLAIN = (str, bool, int, Decimal, date, datetime)
Namespace = dict[str, Any]
Make = Callable[[str, Namespace, str], type]


class UnsayableField(TypeError):
    """A body has a field of a type that GraphQL cannot say; a float, or a union of models, for instance."""


class BodyTypes:
    """The GraphQL types of all kinds, each made once."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, bool], type] = {}
        self._choices: dict[str, Any] = {}

    def output(self, model: type[BaseModel], description: str = "") -> type:
        """Return the object type of a body model."""
        return self._type_of(model, model.__name__, description, is_input=False)

    def input(self, model: type[BaseModel], description: str = "") -> type:
        """Return the input type of a body model; what the model has a default for may be left out."""
        return self._type_of(model, model.__name__, description, is_input=True)

    def _type_of(self, model: type[BaseModel], name: str, description: str, *, is_input: bool) -> type:
        known = self._made.get((name, is_input))
        if known is None:
            make = _make_input if is_input else _make_output
            known = self._made[name, is_input] = make(name, self._namespace(model, name, is_input=is_input), description)
        return known

    def _namespace(self, model: type[BaseModel], name: str, *, is_input: bool) -> Namespace:
        """Return annotations and defaults of a class; required fields first, as a dataclass wants them."""
        annotations: Namespace = {}
        values: Namespace = {}
        for key, info in model.model_fields.items():
            said = self._said(info.annotation, f"{name}{_title(key)}", name, is_input=is_input)
            if is_input and not info.is_required():
                said, values[key] = said | None, strawberry.field(default=strawberry.UNSET, description=_described(info))
            else:
                values[key] = strawberry.field(description=_described(info))
            annotations[key] = said
        return {**values, "__annotations__": annotations}

    def _said(self, annotation: Any, place: str, owner: str, *, is_input: bool) -> Any:
        """Return the annotation that says a field's type to strawberry."""
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self._said(arguments[0], place, owner, is_input=is_input)
        if origin in (Union, types.UnionType) and len(arguments) == 2 and type(None) in arguments:
            inner = next(argument for argument in arguments if argument is not type(None))
            return self._said(inner, place, owner, is_input=is_input) | None
        if origin in (list, tuple) and (origin is list or arguments[1:] == (...,)):
            return list[self._said(arguments[0], place, owner, is_input=is_input)]  # type: ignore[misc]  # made at run time
        if origin is Literal:
            return self._choice(place, {choice_written(word): word for word in arguments})
        return self._said_class(annotation, place, owner, is_input=is_input)

    def _said_class(self, said: Any, place: str, owner: str, *, is_input: bool) -> Any:
        if isinstance(said, type) and issubclass(said, BaseModel):
            return self._type_of(said, owner + said.__name__.removeprefix(owner), said.__doc__ or "", is_input=is_input)
        if isinstance(said, type) and issubclass(said, enum.Enum):
            return self._choice(owner + said.__name__, {member.name: member.value for member in said})
        if said in _PLAIN:
            return said
        raise UnsayableField(f"{place} is {said}, which a typed body cannot have")

    def _choice(self, name: str, members: Mapping[str, str]) -> Any:
        if name not in self._choices:
            made = cast(type[enum.Enum], enum.Enum(name, dict(members)))
            self._choices[name] = strawberry.enum(made, name=name)
        return self._choices[name]


def written(value: Any) -> Any:
    """Return the plain JSON of an input value: what was not given is left out, Decimals and days are strings."""
    if is_dataclass(value):
        given = {each.name: getattr(value, each.name) for each in fields(value)}
        return {name: written(item) for name, item in given.items() if item is not strawberry.UNSET}
    if isinstance(value, list):
        return [written(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.value
    return str(value) if isinstance(value, Decimal | date) else value


def shown(value: Any, said: Any) -> Any:
    """Return a body's value as an object of the GraphQL type that was made for it."""
    if isinstance(value, BaseModel):
        inner = {each.name: each.type for each in said.__strawberry_definition__.fields}
        return said(**{key: shown(getattr(value, key), _bare(inner[key])) for key in type(value).model_fields})
    if isinstance(value, list | tuple):
        return [shown(item, said) for item in value]
    return said.wrapped_cls(value) if hasattr(said, "wrapped_cls") and value is not None else value


def _bare(said: Any) -> Any:
    while hasattr(said, "of_type"):
        said = said.of_type
    return said


def _make_output(name: str, namespace: Namespace, description: str) -> type:
    made = type(name, (), namespace)
    return tenant_type(needs=Permission.DEFINITION_READ, name=name, description=description or None)(made)


def _make_input(name: str, namespace: Namespace, description: str) -> type:
    made = type(f"{name}Input", (), namespace)
    return strawberry.input(made, name=f"{name}Input", description=description or None)


def _described(info: FieldInfo) -> str | None:
    return info.description


def _title(key: str) -> str:
    return "".join(word.title() for word in key.split("_"))
