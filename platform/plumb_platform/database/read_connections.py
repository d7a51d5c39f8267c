"""Connections that only read: a bounded set of them, lent out by a deque instead of a pool that resets what needs no reset."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg


class ReadConnections:
    """At most `size` connections; who comes when all are lent waits in line, at most `seconds`."""

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]], *, size: int, seconds: float) -> None:
        self._connect = connect
        self._seconds = seconds
        self._free_places = size
        self._idle: deque[asyncpg.Connection] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._all: set[asyncpg.Connection] = set()

    async def fetchval(self, statement: str, *values: Any) -> Any:
        """Return the one value that a statement answers; a connection that was interrupted in it is thrown away."""
        connection = await self._borrow()
        try:
            answer = await connection.fetchval(statement, *values)
        except asyncpg.PostgresError:
            self._give_back(connection)
            raise
        except BaseException:  # cancelled, or lost: nobody knows what state it is in
            self._drop(connection)
            raise
        self._give_back(connection)
        return answer

    async def close(self) -> None:
        """Close every connection."""
        while self._all:
            await self._all.pop().close()
        self._idle.clear()

    async def _borrow(self) -> asyncpg.Connection:
        while True:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
                self._drop(connection)
            if self._free_places > 0:
                return await self._open()
            await self._wait()

    async def _open(self) -> asyncpg.Connection:
        self._free_places -= 1
        try:
            connection = await self._connect()
        except BaseException:
            self._free_places += 1
            self._wake()
            raise
        self._all.add(connection)
        return connection

    async def _wait(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._seconds):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._wake()  # the turn came and is not used: it is the next one's
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def _give_back(self, connection: asyncpg.Connection) -> None:
        self._idle.append(connection)
        self._wake()

    def _drop(self, connection: asyncpg.Connection) -> None:
        connection.terminate()
        self._all.discard(connection)
        self._free_places += 1
        self._wake()

    def _wake(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
