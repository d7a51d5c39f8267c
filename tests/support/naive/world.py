"""A company with rows of every type, many of them random, asked by many callers: the product beside the oracle."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Grants, grants_of, hold_grants
from plumb_platform.resources import Kind, known_resources
from plumb_platform.resources.resource import camel
from plumb_schema.ground.answers import Answer
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from support.filled_company import FilledCompany
from support.naive.comparing import difference
from support.naive.documents import Generated, Writer
from support.naive.execution import Oracle
from support.naive.facts import Facts, load_facts
from support.naive.orders import whole_order
from support.naive.sight import Sight

OTHER_SCHEMAS = frozenset({"Place"})
"""Types of the tests' own small API."""


@dataclass
class World:
    """The product and the oracle over one company."""

    ground: Ground
    engine: Engine
    oracle: Oracle
    system: Actor
    facts: Facts = field(init=False)
    version: int = 0
    pool: dict[str, list[Any]] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    """How many answers were compared, refused something, and hid something."""

    async def load(self) -> "World":
        """Read the company anew."""
        self.facts = await load_facts(self.system, self.oracle.uses, without=OTHER_SCHEMAS)
        async with tenant_transaction(self.system):
            self.version = int(await fetch_value("select value from access_version"))
        self.ids = ["Goal_x", "", encode_id("Nothing", uuid7())]
        for name, rows in self.facts.rows.items():
            some = [encode_id(name, each) for each in list(rows)[:40]] + [encode_id(name, uuid7())]
            self.ids += some
            self.pool[f"{name}Filter.id"] = some
            for column in known_resources()[name].columns:
                values = [row.values[column.name] for row in rows.values() if row.values[column.name] is not None]
                self.pool[f"{name}Filter.{camel(column.name)}"] = [
                    _given(value, column.kind, column.target) for value in values[:40]
                ]
        return self

    async def held(self, actor: Actor) -> Grants:
        """Return what an actor's own roles grant."""
        async with tenant_transaction(actor):
            return await grants_of(actor)

    def context(self, actor: Actor, grants: Grants) -> Context:
        """Return the context of a request whose grants are known, wherever they are asked for."""

        async def known(_: Actor) -> Grants:
            hold_grants(actor, grants)
            return grants

        return Context(
            ground=replace(self.ground, grants_of=known), actor=actor, grants=grants, locale="en", request_id="test-request"
        )

    def document(self, source: Random, grants: Grants, **options: Any) -> Generated:
        """Return a random document for a caller."""
        return self.writer(source, grants, **options).document()

    def writer(self, source: Random, grants: Grants, **options: Any) -> Writer:
        """Return what writes one document for a caller."""
        sight = Sight(grants, self.facts)

        def cursor(source: Random, type_name: str, place: str, asked: list[dict[str, Any]]) -> str:
            resource = known_resources()[type_name]
            wanted = [(each["field"].lower(), each.get("direction") == "DESC") for each in asked]
            order, rows = whole_order(sight, resource, wanted), list(self.facts.of(resource).values())
            values = order.values(sight, source.choice(rows)) if rows else [None for _ in order.keys]
            return order.cursor(self.ground.cursors.keys[0], self.facts.tenant_id, place, values)

        return Writer(self.oracle.schema, source, self.pool, self.ids, cursor, **options)

    async def ask(self, actor: Actor, grants: Grants, text: str, variables: dict[str, Any] | None = None) -> Answer:
        """Return the product's answer."""
        return await self.engine.answer(Operation(text, variables or {}), self.context(actor, grants))

    async def differs(self, actor: Actor, grants: Grants, text: str, variables: dict[str, Any] | None = None) -> str:
        """Return how the product's answer differs from the oracle's, empty when it does not."""
        answer = await self.ask(actor, grants, text, variables)
        expected = await self.oracle.answer(text, variables or {}, self.context(actor, grants), self.facts)
        self.tally.update(["compared", *(["refused"] if expected.errors else []), *(["hiding"] if expected.hidden else [])])
        found = difference(answer, expected)
        return f"{text}\n{variables}\n{found}" if found else ""


@dataclass(frozen=True)
class Asked:
    """A world, its company, and who asks with what they may do."""

    world: World
    filled: FilledCompany
    callers: Mapping[str, tuple[Actor, Grants]]


def _given(value: Any, kind: Kind, target: str) -> Any:
    if kind is Kind.ID and target:
        return encode_id(target, value)
    if kind is Kind.DECIMAL:
        return format(value, "f")
    return value.isoformat() if kind in (Kind.DATE, Kind.INSTANT) else value
