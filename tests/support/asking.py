"""Asking the engine as somebody, in place of an HTTP request."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.errors import Locale
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation


def _fail(body: dict[str, Any]) -> Any:
    raise AssertionError(body)


def first_code(body: dict[str, Any]) -> str:
    """Return the code of an answer's first error."""
    code: str = body["errors"][0]["extensions"]["code"]
    return code


@dataclass(frozen=True, slots=True)
class Ask:
    """Asks a document as an actor, or as nobody, in a language and, where `at` is given, at that moment.

    `otherwise` says what an answer with errors gives; without it the test fails.
    """

    engine: Engine
    ground: Ground
    locale: Locale = "en"
    at: datetime | None = None
    otherwise: Callable[[dict[str, Any]], Any] = _fail

    async def __call__(self, actor: Actor | None, document: str, /, **variables: Any) -> Any:
        """Return the answer of the one root field."""
        body = await self.body(actor, document, **variables)
        if "errors" in body:
            return self.otherwise(body)
        (found,) = body["data"].values()
        return found

    def in_language(self, locale: Locale) -> "Ask":
        """Return what asks in a language."""
        return replace(self, locale=locale)

    async def nodes(self, actor: Actor | None, document: str, /, **variables: Any) -> list[dict[str, Any]]:
        """Return the nodes of the page that the one root field answers."""
        return [edge["node"] for edge in (await self(actor, document, **variables))["edges"]]

    async def body(self, actor: Actor | None, document: str, /, **variables: Any) -> dict[str, Any]:
        """Return the whole answer, data and errors."""
        context = Context(ground=self.ground, actor=actor, request_id="test-request", locale=self.locale)
        with clock_at(self.at) if self.at else nullcontext():
            return (await self.engine.answer(Operation(document, variables), context)).body
