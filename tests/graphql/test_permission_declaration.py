import re
from typing import Annotated
from uuid import UUID

import pytest
import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.build import build_schema
from plumb_schema.ground.guard import UndeclaredField, UnsoundSchema
from plumb_schema.ground.permission import PUBLIC, SIGNED_IN, attribute, field, public_type, tenant_type
from plumb_schema.ground.problems import Problems, RefusedProblem
from support.small_api import SmallMutation, SmallQuery


@strawberry.type
class Forgotten:
    name: str


@strawberry.type
class Careless:
    @field(needs=PUBLIC)
    def careful(self) -> int:
        return 1

    @strawberry.field
    def careless(self) -> int:
        return 1


@strawberry.type
class Opens:
    @field(needs=PUBLIC)
    def opened(self) -> Forgotten:
        return Forgotten(name="")


def test_a_root_field_without_a_permission_refuses_the_schema() -> None:
    with pytest.raises(UndeclaredField, match=re.escape("no permission is declared for Query.careless")):
        build_schema([Careless])


def test_a_field_of_a_type_without_a_permission_refuses_the_schema() -> None:
    with pytest.raises(UndeclaredField, match=re.escape("no permission is declared for Forgotten.name")):
        build_schema([Opens])


def test_a_mutation_that_cannot_answer_every_problem_refuses_the_schema() -> None:
    @public_type()
    class Done:
        name: str

    @strawberry.type
    class Partial:
        @field(needs=PUBLIC)
        def act(self) -> Annotated[Done | RefusedProblem, strawberry.union("DoneResult")]:
            return Done(name="")

    with pytest.raises(UnsoundSchema, match=r"Mutation\.act cannot answer ConflictProblem, ForbiddenProblem"):
        build_schema([SmallQuery], [Partial])


def test_a_mutation_with_loose_arguments_refuses_the_schema() -> None:
    @public_type()
    class Done:
        name: str

    @strawberry.type
    class Loose:
        @field(needs=PUBLIC)
        def act(self, amount: int) -> Annotated[Done | Problems, strawberry.union("LooseResult")]:
            return Done(name=str(amount))

    with pytest.raises(UnsoundSchema, match=r"Mutation\.act takes one argument, `input`"):
        build_schema([SmallQuery], [Loose])


def test_an_input_that_bears_another_name_than_its_mutation_refuses_the_schema() -> None:
    @public_type()
    class Done:
        name: str

    @strawberry.input
    class ThingInput:
        name: str

    @strawberry.type
    class Misnamed:
        @field(needs=PUBLIC)
        def act(self, input: ThingInput) -> Annotated[Done | Problems, strawberry.union("MisnamedResult")]:  # noqa: A002
            return Done(name=input.name)

    with pytest.raises(UnsoundSchema, match=r"Mutation\.act takes ActInput"):
        build_schema([SmallQuery], [Misnamed])


def test_a_subscription_that_is_no_query_refuses_the_schema() -> None:
    @strawberry.type
    class Subscription:
        @field(needs=SIGNED_IN)
        def greeting(self) -> int:
            return 1

    with pytest.raises(UnsoundSchema, match=r"Subscription\.greeting is not what Query\.greeting is"):
        build_schema([SmallQuery], subscription=Subscription)


def test_a_raw_uuid_refuses_the_schema() -> None:
    @tenant_type(needs=Permission.UNIT_READ)
    class Raw:
        key: UUID

    with pytest.raises(UnsoundSchema, match="raw UUID"):
        build_schema([SmallQuery], types=[Raw])


def test_one_root_field_in_two_classes_refuses_the_schema() -> None:
    @strawberry.type
    class Twin:
        @field(needs=PUBLIC)
        def greeting(self) -> int:
            return 1

    with pytest.raises(UnsoundSchema, match=r"Query\.greeting is in"):
        build_schema([SmallQuery, Twin])


def test_the_sdl_shows_each_permission_and_a_refusable_field_is_nullable() -> None:
    @tenant_type(needs=Permission.UNIT_READ)
    class Guarded:
        open_name: str = attribute(description="一个名称 / A name.")
        secret: str = attribute(needs=Permission.AUDIT_READ)

    sdl = build_schema([SmallQuery], [SmallMutation], [Guarded]).as_str()
    assert 'type Guarded @needs(permission: "unit:read") {\n  """一个名称 / A name."""\n  openName: String!\n' in sdl
    assert '  secret: String @needs(permission: "audit:read")\n' in sdl
    assert "  greeting: Greeting @public\n" in sdl
    assert "  csrf: String @signedIn\n" in sdl
    assert '  ): PlaceResult @needs(permission: "person:import")\n' in sdl
