"""A transaction of a company in which something is only tried."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from plumb_platform.actor import Actor
from plumb_platform.database import tenant_transaction
from plumb_platform.database.proving import Proving


class Undone(Exception):
    """Ends a transaction that was only to be tried."""


@asynccontextmanager
async def tried(actor: Actor, proving: Proving | None = None, /) -> AsyncIterator[None]:
    """Open a transaction of a company that is rolled back in any case."""
    try:
        # What answers last in a transaction commits it; in a savepoint nothing does.
        async with tenant_transaction(actor), tenant_transaction(actor):
            yield
            raise Undone
    except Undone:
        pass
