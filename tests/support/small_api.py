"""A small API over real tables, for tests of the GraphQL ground and of the server."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import strawberry

from plumb_platform.actor import system_actor
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.errors import Conflict, Refused
from plumb_platform.identity.service import authenticate
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission, grants_of
from plumb_platform.resources import Made, Resource, register, text
from plumb_platform.scanning import scanner_at
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_schema.ground.answers import Answer
from plumb_schema.ground.build import build_schema, core_of
from plumb_schema.ground.context import Info
from plumb_schema.ground.engine import Engine
from plumb_schema.ground.ids import Node
from plumb_schema.ground.permission import PUBLIC, SIGNED_IN, field, public_type
from plumb_schema.ground.problems import Problems
from plumb_schema.reads.classes import connection, of, single
from plumb_schema.reads.completion import row_of
from plumb_schema.reads.nodes import NodeQuery
from plumb_server.app import Resources

Ask = Callable[..., Coroutine[Any, Any, Answer]]
"""Asks as an actor, or as nobody: `await ask(actor, document, **variables)`."""


class TooBold(Refused):
    """A refusal of this API."""

    code = "TEST_TOO_BOLD"
    zh = "名称不可为“{name}”。"
    en = "The name must not be {name}."


PLACE = register(
    Resource(
        type_name="Place",
        doc="地点 / An org unit.",
        table="org_unit",
        read=Permission.UNIT_READ,
        reads=("org_unit",),
        unit="{row}.id",
        order=("code",),
        columns=(text("code", core=True), text("name")),
        made=(Made(name="note"), Made(name="parent_name", uses=(("name", "{row}.name"),)), Made(name="broken")),
    )
)


@of(PLACE)
class Place(Node):
    """An org unit."""

    @field(needs=Permission.AUDIT_READ)
    def note(self: Any) -> str | None:
        """Answer auditors alone."""
        return "secret"

    @field()
    async def parent_name(self: Any) -> str | None:
        """Answer by Python what the row told."""
        name: str = self.uses("parent_name.name")
        return name

    @field()
    async def broken(self: Any) -> int | None:
        """Fail as no code should."""
        raise RuntimeError("the password is hunter2")


@public_type()
class Greeting:
    """What anybody may ask for."""

    text: str


PlaceResult = Annotated[Place | Problems, strawberry.union("PlaceResult")]
GreetingResult = Annotated[Greeting | Problems, strawberry.union("GreetingResult")]


@strawberry.input
class AddPlaceInput:
    """What a place is made of."""

    code: str
    name: str


@strawberry.input
class NamePlacesInput:
    """Which places are named, and how."""

    codes: list[str]
    name: str


@strawberry.type
class SmallQuery:
    """Questions."""

    @field(needs=PUBLIC)
    def greeting(self) -> Greeting:
        """Answer anybody."""
        return Greeting(text="您好")

    @field(needs=PUBLIC)
    async def count_of(self, tenant: str) -> int:
        """Count the places of any company, as a verification page looks into the company of a letter."""
        async with tenant_transaction(system_actor(UUID(tenant))):
            return len(await fetch("select 1 from org_unit"))

    @field(needs=SIGNED_IN)
    def csrf(self, info: Info) -> str:
        """Answer the CSRF word."""
        return info.context.csrf_token

    place = single(Place, description="Answer one place, or nothing.")
    places = connection(Place, description="Answer a page of places by code.")

    @field(needs=Permission.AUDIT_READ)
    def audited(self) -> int:
        """Answer auditors alone."""
        return 1


@strawberry.type
class SmallMutation:
    """Changes."""

    @field(needs=Permission.PERSON_IMPORT)
    async def add_place(self, info: Info, input: AddPlaceInput) -> PlaceResult:  # noqa: A002 - the API's word
        """Write first, then judge, so that a refusal has something to undo."""
        place_id = uuid7()
        await execute(
            "insert into org_unit (tenant_id, id, code, name, ordinal, version, created_at) values ($1, $2, $3, $4, 0, 1, now())",
            info.context.caller.tenant_id,
            place_id,
            input.code,
            input.name,
        )
        if input.name == "bold":
            raise TooBold(field="name", name=input.name)
        if input.name == "stale":
            raise Conflict(current_version=7)
        if input.name == "crash":
            raise RuntimeError("the password is hunter2")
        return row_of(Place, place_id)

    @field(needs=Permission.PERSON_IMPORT)
    async def name_places(self, info: Info, input: NamePlacesInput) -> GreetingResult:  # noqa: A002 - the API's word
        """Name places one after the other, in the order that is asked for."""
        for code in input.codes:
            await execute("update org_unit set name = $2 where code = $1", code, input.name)
        return Greeting(text=input.name)

    @field(needs=PUBLIC)
    def enter(self, info: Info) -> GreetingResult:
        """Set a session cookie."""
        return Greeting(text=info.context.sign_in("a credential", seconds=60))

    @field(needs=SIGNED_IN)
    def leave(self, info: Info) -> GreetingResult:
        """Clear the session cookie."""
        info.context.sign_out()
        return Greeting(text="再见")


def small_engine() -> Engine:
    """Return an engine of the small API."""
    return Engine(core_of(build_schema([SmallQuery, NodeQuery], [SmallMutation])))


@asynccontextmanager
async def small_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Yield what the server stands on, once a Database is open."""
    yield Resources(
        engine=small_engine(),
        authenticate=authenticate,
        transaction=tenant_transaction,
        grants_of=grants_of,
        storage=open_storage(settings.storage_url, home=settings.home),
        scanner=scanner_at(""),
    )
