"""How a field says who may ask for it: a permission, any signed-in caller, or the public."""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeAlias, TypeVar, dataclass_transform

import strawberry
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from graphql import GraphQLField, GraphQLObjectType
from plumb_platform.permissions import Permission

PLACES = [Location.OBJECT, Location.FIELD_DEFINITION]
Type = TypeVar("Type", bound=type)


class Access(Enum):
    """What a field asks for when it is not a permission."""

    SIGNED_IN = "signed in"
    PUBLIC = "public"


SIGNED_IN, PUBLIC = Access.SIGNED_IN, Access.PUBLIC
Need: TypeAlias = Permission | Access


@strawberry.schema_directive(locations=PLACES, name="needs", description="所需权限 / The permission that roles must grant.")
class NeedsDirective:
    permission: str


@strawberry.schema_directive(locations=PLACES, name="signedIn", description="登录即可 / Any signed-in caller.")
class SignedInDirective:
    pass


@strawberry.schema_directive(locations=PLACES, name="public", description="无需权限 / No permission of its own.")
class PublicDirective:
    pass


def directives_of(needs: Need | None) -> list[object]:
    """Return the schema directives that declare `needs`; none leaves it to the type's own declaration."""
    if needs is None:
        return []
    if needs is PUBLIC:
        return [PublicDirective()]
    return [SignedInDirective()] if needs is SIGNED_IN else [NeedsDirective(permission=str(needs.value))]


def need_declared(directives: object) -> Need | None:
    """Return what a type's or a field's own directives declare; None when they say nothing."""
    for directive in directives if isinstance(directives, list | tuple) else ():
        if isinstance(directive, PublicDirective):
            return PUBLIC
        if isinstance(directive, SignedInDirective):
            return SIGNED_IN
        if isinstance(directive, NeedsDirective):
            return Permission(directive.permission)
    return None


def need_of(element: GraphQLObjectType | GraphQLField | None) -> Need | None:
    """Return what a built type or field itself declares; None when it says nothing."""
    definition = element.extensions.get("strawberry-definition") if element else None
    return need_declared(getattr(definition, "directives", ()))


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, StrawberryField))
def tenant_type(*, needs: Need, name: str | None = None, description: str | None = None) -> Callable[[Type], Type]:
    """Make a GraphQL object type each field of which needs `needs`, unless the field declares its own."""

    def wrap(cls: Type) -> Type:
        return strawberry.type(cls, name=name, description=description, directives=directives_of(needs))

    return wrap


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, StrawberryField))
def public_type(*, name: str | None = None, description: str | None = None) -> Callable[[Type], Type]:
    """Make a GraphQL object type with no permission of its own: problems, pages, answers of public fields."""
    return tenant_type(needs=PUBLIC, name=name, description=description)


def field(
    *,
    needs: Need | None = None,
    name: str | None = None,
    description: str | None = None,
    deprecated: str | None = None,
) -> Callable[[Callable[..., object]], Any]:
    """Make a method a field; queries are methods of root classes and must name `needs` (changes: `mutations.py`).

    Raise any DomainError inside: a query answers it as an error with its code (NotFound: null). A field with `needs` of its
    own is nullable in the schema whatever its annotation says, and so is one of a resource's type: that resource says what it
    is `made` of, and a matrix may hide it.
    """

    def wrap(resolver: Callable[..., object]) -> Any:
        return strawberry.field(
            resolver,
            name=name,
            description=description,
            deprecation_reason=deprecated,
            directives=directives_of(needs),
        )

    return wrap


def attribute(
    *,
    needs: Need | None = None,
    name: str | None = None,
    description: str | None = None,
    deprecated: str | None = None,
) -> Any:
    """Declare a plain attribute of a type with a permission, a name or a description of its own."""
    return strawberry.field(name=name, description=description, deprecation_reason=deprecated, directives=directives_of(needs))
