"""The registry of kinds: what a domain declares once to have drafts, lint, diff, clone, publishing and a schema."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib import import_module
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.periods import FiscalCalendar
from plumb_platform.permissions import Permission
from plumb_tenants.definitions.as_written import WrittenSchema, path_written
from plumb_tenants.definitions.registered import MODULES

B = TypeVar("B", bound="Body")


class KindUnknown(InvalidInput):
    """A definition is of a kind that some domain registered."""

    code = "KIND_UNKNOWN"
    zh = "未知的配置类型“{kind}”，可用类型：{known}。"
    en = "The kind {kind} is unknown; the kinds are {known}."


class Severity(StrEnum):
    """An ERROR keeps a version from being published; a WARNING does not."""

    ERROR = "ERROR"
    WARNING = "WARNING"


class Body(BaseModel):
    """The ground of every body model: unknown fields are refused, values do not change, Decimals travel as strings.

    Published bodies stay for ever, so a model may only grow by fields that have a default.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Logic:
    """Marks a field of a body model as a formula: who edits it needs more than the right to maintain the definition (C22).

    It stands in the field's annotation, and the field has a default that is no formula: `Annotated[str, Logic()] = ""`.
    A field that decides when people are alerted is marked `ALERT_RULE`, whatever its type.
    """

    permission: Permission = Permission.DEFINITION_LOGIC


ALERT_RULE = Logic(Permission.DEFINITION_ALERT)
"""The mark of a field that decides when and whom people are alerted, which is a third skill (C22)."""


@dataclass(frozen=True, slots=True)
class MetricName:
    """Marks a field of a body model, a text or a tuple of texts, that names metrics, which a clone may swap for another (C21)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step in the life of a version: of which definition, to which state, with which body, and from which day."""

    key: str
    version_id: UUID
    state: str
    body: Any
    effective_from: date | None = None


Earliest = Callable[[Actor, UUID], Awaitable[date | None]]
"""Returns the earliest day that a version may take effect on by a rule of its kind, None for any."""


async def _any_day(_actor: Actor, _version_id: UUID) -> date | None:
    """Name no day."""
    return None


Hook = Callable[[Actor, Step], Awaitable[None]]
"""Takes part in piloting, publishing or archiving a version of its kind, in the same transaction."""


async def _nothing(_actor: Actor, _step: Step) -> None:
    """Take no part."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that lint has to say: a domain error that names the field of the body (`factors[1].weight`).

    The error is an InvalidInput declared in the kind's own domain; its code and texts are the finding's.
    """

    error: InvalidInput
    severity: Severity = Severity.ERROR

    def __post_init__(self) -> None:
        """Name the field as whoever wrote the body did; a kind names it as its model does."""
        if self.error.field:
            self.error.field = path_written(self.error.field)

    @property
    def code(self) -> str:
        """Return the stable code."""
        return self.error.code

    @property
    def path(self) -> str:
        """Return where in the body; empty for the body as a whole."""
        return self.error.field or ""

    @property
    def zh(self) -> str:
        """Return the Chinese text."""
        return self.error.text("zh-CN")

    @property
    def en(self) -> str:
        """Return the English text."""
        return self.error.text("en")


Warn = Callable[[Actor, Any], Awaitable[Sequence[Finding]]]
"""Returns what lint says of a body in this company, beyond what the body says by itself: warnings alone."""


async def _no_warning(_actor: Actor, _body: Any) -> Sequence[Finding]:
    """Say nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of definition (architecture.md section 2).

    `body` is the pydantic model that stored bodies, JSON Schema and GraphQL types are made from; `lint` gets a valid
    body and returns findings. Diff is by path, for all kinds alike (difference.py). `before_step` is asked before a version
    is piloted, published or archived and may raise a DomainError; `after_step` writes what the kind needs beside the version.
    `warn` adds warnings that need the company's other definitions; `earliest` keeps a version from an earlier day; `fiscal` says
    by which calendar a body counts its quarters, where it is not the company's (A42); `brought` yields the files that a body
    carries, each with its field, None for a kind without any.
    `needs` is asked beside definition:write of whoever drafts; a kind that holds for the whole company has no `pilots`.
    """

    name: str
    zh: str
    en: str
    body: type[Body]
    lint: Callable[[Any], Sequence[Finding]] = lambda _: ()
    before_step: Hook = _nothing
    after_step: Hook = _nothing
    warn: Warn = _no_warning
    earliest: Earliest = _any_day
    fiscal: Callable[[Any], FiscalCalendar] | None = None
    brought: Callable[[Any], Iterable[tuple[str, bytes]]] | None = None
    needs: Permission | None = None
    pilots: bool = True

    @property
    def carries_files(self) -> bool:
        """Return whether its bodies may carry files that somebody brought."""
        return self.brought is not None

    def files_in(self, body: Any) -> list[tuple[str, bytes]]:
        """Return the files that somebody brought within a body, each with its field."""
        return list(self.brought(body)) if self.brought else []

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of the body as callers write it, for forms; a Decimal is a string."""
        return self.body.model_json_schema(schema_generator=WrittenSchema)


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind known; each domain's definition.py calls it once, at import. A name registered twice is a TypeError."""
    if _KINDS.setdefault(kind.name, kind) is not kind:
        raise TypeError(f"the kind {kind.name} is registered twice")
    return kind


def registered_kinds() -> Mapping[str, Kind]:
    """Return all kinds by name, sorted; the modules that `registered.py` lists are imported on the way."""
    for module in MODULES:
        import_module(module)
    return dict(sorted(_KINDS.items()))


def kind_of(name: str) -> Kind:
    """Return a kind by its name or raise KindUnknown."""
    kinds = registered_kinds()
    if name not in kinds:
        raise KindUnknown(field="kind", kind=name, known=", ".join(kinds))
    return kinds[name]
