"""Statements as they go over the wire, counted by the driver's own log of each connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tortoise.connection import get_connections

from plumb_platform.database import read_door
from plumb_platform.database.transaction import CONNECTION

_AROUND = ("BEGIN", "COMMIT", "ROLLBACK", "SELECT pg_advisory_unlock_all", "CLOSE ALL", "UNLISTEN", "RESET ALL", "START")


@dataclass
class Wire:
    """The statements that were sent while it was listened to."""

    sent: list[str] = field(default_factory=list)
    values: list[tuple[Any, ...]] = field(default_factory=list)
    """What was bound to each."""

    @property
    def own(self) -> list[str]:
        """Return the statements without those that begin, end or clean up."""
        return [each for each in self.sent if not each.lstrip().upper().startswith(tuple(word.upper() for word in _AROUND))]


@asynccontextmanager
async def listened() -> AsyncIterator[Wire]:
    """Listen to every connection that both pools have open; what is asked one after the other goes over these."""
    wire = Wire()

    def hear(record: Any) -> None:
        wire.sent.append(record.query)
        wire.values.append(tuple(record.args or ()))

    with ExitStack() as stack:
        lender = get_connections().get(CONNECTION)._pool
        for connection in (*read_door()._connections._all, *(lender._all if lender is not None else ())):
            if not connection.is_closed():
                stack.enter_context(connection.query_logger(hear))
        yield wire
        # The driver tells of a statement one turn of the loop later.
        await asyncio.sleep(0)
