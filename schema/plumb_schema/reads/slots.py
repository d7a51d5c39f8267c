"""Placeholders of a compiled statement: where each of its values comes from at every request."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from graphql import FieldNode, GraphQLField
from plumb_platform.actor import Actor
from plumb_platform.permissions import Grants
from plumb_schema.ground.cursors import Cursors
from plumb_schema.reads.arguments import ArgumentReader, Arguments, reader_of

_PLACEHOLDER = re.compile(r"\$(\d+)::")


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything that the values of one request come from."""

    actor: Actor
    grants: Grants
    cursors: Cursors
    arguments: tuple[Arguments, ...]
    """What each place of the plan that takes arguments got, in the plan's order."""
    locale: str
    now: datetime
    ids: tuple[UUID, ...] = ()
    """The rows that are asked for from outside of the document."""


Value = Callable[[Moment], Any]
"""Returns one value to bind; raises a DomainError for one that the caller got wrong."""


@dataclass
class Slots:
    """Allots placeholders while a statement is being put together."""

    values: list[Value] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)
    places: list[ArgumentReader] = field(default_factory=list)
    root: str = ""
    """The response name of the root field that is being compiled: its arguments' faults are its own."""
    checks: list[tuple[str, Value]] = field(default_factory=list)
    _known: dict[object, str] = field(default_factory=dict)

    def put(self, value: Value, kind: str, *, key: object = None) -> str:
        """Return the placeholder of a value, cast to an SQL type; one `key` has one placeholder."""
        known = (key, kind, self.root)
        if key is not None and known in self._known:
            return self._known[known]
        self.values.append(value)
        self.roots.append(self.root)
        placeholder = f"${len(self.values)}::{kind}"
        if key is not None:
            self._known[known] = placeholder
        return placeholder

    def check(self, check: Value) -> None:
        """Have something checked at every request that is not bound."""
        self.checks.append((self.root, check))

    def constant(self, value: Any, kind: str) -> str:
        """Return the placeholder of a value that the plan itself knows."""
        return self.put(lambda _: value, kind, key=("constant", value))

    def person(self) -> str:
        """Return the placeholder of the caller's person."""
        return self.put(lambda moment: moment.grants.person_id, "uuid", key="person")

    def unit(self) -> str:
        """Return the placeholder of the caller's unit."""
        return self.put(lambda moment: moment.grants.unit_id, "uuid", key="unit")

    def membership(self) -> str:
        """Return the placeholder of the caller's membership."""
        return self.put(lambda moment: moment.actor.membership_id, "uuid", key="membership")

    def today(self) -> str:
        """Return the placeholder of the day that the company lives in."""
        return self.put(lambda moment: moment.grants.day(moment.now), "date", key="today")

    def place(self, node: FieldNode, definition: GraphQLField) -> int:
        """Return the number of a field that takes arguments, by which its values are found anew at every request."""
        self.places.append(reader_of(definition, node))
        return len(self.places) - 1

    def finish(self, sql: str, *, first: int) -> tuple[str, tuple[tuple[str, Value], ...]]:
        """Return a statement with placeholders numbered from `first`, and the values that it uses, each with its root."""
        numbers: dict[int, int] = {}

        def renumber(found: re.Match[str]) -> str:
            number = numbers.setdefault(int(found[1]), first + len(numbers))
            return f"${number}::"

        text = _PLACEHOLDER.sub(renumber, sql)
        return text, tuple((self.roots[number - 1], self.values[number - 1]) for number in numbers)
