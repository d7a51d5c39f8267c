"""Two acts at one moment, in the order that hurts: the second begins while the first has acted and not yet committed."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.database import tenant_transaction
from plumb_platform.errors import DomainError

Act = Callable[[], Awaitable[Any]]
SECONDS = 0.15
"""How long the second may take to come to where it waits; one that is slower sees what was committed, which proves less."""


async def overtaken(actor: Actor, first: Act, second: Act) -> str:
    """Return the code by which `second` is refused, empty when it passes; `first` is of the actor's own transaction."""
    outside = copy_context()
    async with tenant_transaction(actor):
        await first()
        late = asyncio.create_task(_code(second), context=outside)
        await asyncio.wait([late], timeout=SECONDS)
    return await late


async def _code(act: Act) -> str:
    try:
        await act()
    except DomainError as error:
        return error.code
    return ""
