"""Two acts at one moment, in the order that hurts: the second begins while the first has acted and not yet committed."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from support.meanwhile import WAITS_FOR_ME

Act = Callable[[], Awaitable[Any]]
SECONDS = 60
"""After which a second act that is neither done nor waits for the first is told as a fault of the test."""


async def overtaken(actor: Actor, first: Act, second: Act) -> str:
    """Return the code by which `second` is refused, empty when it passes; `first` is of the actor's own transaction.

    The first commits once the second waits for it in the database, or is done without having to.
    """
    outside = copy_context()
    async with tenant_transaction(actor):
        await first()
        late = asyncio.create_task(_code(second), context=outside)
        async with asyncio.timeout(SECONDS):
            while not (late.done() or await fetch_value(WAITS_FOR_ME)):
                await asyncio.wait([late], timeout=0.01)
    return await late


async def _code(act: Act) -> str:
    try:
        await act()
    except DomainError as error:
        return error.code
    return ""
