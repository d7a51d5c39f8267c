"""Connections lent out by a deque: a bounded set of them, in place of a pool that watches and resets what needs neither."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg


class LentConnections:
    """At most `size` connections; who comes when all are lent waits in line, at most `seconds`.

    A connection that comes back is handed to the first in line, and so is the place of one that was thrown away: were they laid
    down, who comes later could take them first. Nothing is reset, for nothing that is set outlasts its transaction
    (`connections.py`); one that was left within a transaction is thrown away.
    """

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]], *, size: int, seconds: float) -> None:
        self._connect = connect
        self._seconds = seconds
        self._free_places = size
        self._idle: deque[asyncpg.Connection] = deque()
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._all: set[asyncpg.Connection] = set()

    async def fetchval(self, statement: str, *values: Any) -> Any:
        """Return the one value that a statement answers; a connection that was interrupted in it is thrown away."""
        connection = await self.borrow()
        try:
            answer = await connection.fetchval(statement, *values)
        except asyncpg.PostgresError:
            self._hand_on(connection)
            raise
        except BaseException:  # cancelled, or lost: nobody knows what state it is in
            self.drop(connection)
            raise
        self._hand_on(connection)
        return answer

    def give_back(self, connection: asyncpg.Connection) -> None:
        """Take a connection back."""
        if connection.is_closed() or connection.is_in_transaction():
            self.drop(connection)
        else:
            self._hand_on(connection)

    async def close(self) -> None:
        """Close every connection."""
        while self._all:
            await self._all.pop().close()
        self._idle.clear()

    def terminate(self) -> None:
        """End every connection without a farewell."""
        while self._all:
            self._all.pop().terminate()
        self._idle.clear()

    async def borrow(self) -> asyncpg.Connection:
        """Return a connection that nobody else has until it is given back; raises TimeoutError."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self.drop(connection)
        if self._free_places > 0:
            self._free_places -= 1
            return await self._open()
        handed = await self._wait()
        if handed is not None and not handed.is_closed():
            return handed
        self._all.discard(handed)
        return await self._open()

    async def _open(self) -> asyncpg.Connection:
        """Return a new connection in a place that the caller has taken."""
        try:
            connection = await self._connect()
        except BaseException:
            self._hand_on(None)
            raise
        self._all.add(connection)
        return connection

    async def _wait(self) -> asyncpg.Connection | None:
        """Return a connection that was handed over, None for the place of a new one."""
        turn: asyncio.Future[asyncpg.Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._seconds):
                return await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._hand_on(turn.result())  # the turn came and is not used: it is the next one's
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def drop(self, connection: asyncpg.Connection) -> None:
        """Throw a connection away, and make place for another."""
        connection.terminate()
        self._all.discard(connection)
        self._hand_on(None)

    def _hand_on(self, connection: asyncpg.Connection | None) -> None:
        """Give a connection, or a place for one, to the first who waits; lay it down where nobody does."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        if connection is None:
            self._free_places += 1
        else:
            self._idle.append(connection)
