"""Poolers between a process and PostgreSQL: one that lends another session for every transaction is refused.

What we keep in a session (prepared statements by name, bounds of time, that a reader only reads) would be another process's
there, and its be ours: two processes name their first statement alike, so that one could run the other's.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from secrets import token_hex
from typing import Any

import asyncpg

from plumb_platform.database.role_password import logged_in

log = logging.getLogger(__name__)

TRY_SECONDS = 10
"""A pooler accepts connections that it has no session for: the first statement of one waits, two minutes with PgBouncer."""
ATTEMPTS = 3
"""Whoever else takes the marked session at that moment hides it: the next attempt finds it."""
_IS_ELSEWHERE = "do $$ begin if pg_backend_pid() <> {pid} then raise exception using errcode = 'PL001'; end if; end $$"
_SEES = (
    "do $$ begin if current_setting('plumb.marked', true) = '{mark}' then raise exception using errcode = 'PL002'; end if; end $$"
)


class SessionsShared(ConnectionError):
    """Between us and PostgreSQL stands a pooler that shares sessions; only the operator can mend that."""

    zh = "连接池（如 PgBouncer 的 transaction 模式）在事务之间更换会话，不受支持：请直连 PostgreSQL，或改用 session 模式"
    en = "a pooler gives every transaction another session, which is not supported: connect directly, or in session mode"

    def __init__(self) -> None:
        super().__init__(f"{self.zh} / {self.en}")


async def own_session(**how: Any) -> asyncpg.Connection:
    """Return a connection, made as `asyncpg.connect` is told `how`, with a session of PostgreSQL of its own.

    Raises SessionsShared, or TimeoutError.

    PostgreSQL names the process behind a connection as it begins; a pooler names one of its own making. Only then is it tried
    whether a second connection meets what the first left in its session, and whether the first meets it again: a pooler may
    give the session that was used last next, or the one that was used longest ago.
    """

    def connect() -> Awaitable[asyncpg.Connection]:
        return logged_in(asyncpg.connect, **how)

    connection = await connect()
    try:
        async with asyncio.timeout(TRY_SECONDS):
            if await _raises(connection, _IS_ELSEWHERE.format(pid=connection.get_server_pid()), "PL001"):
                await _try(connection, connect)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def _try(connection: asyncpg.Connection, connect: Callable[[], Awaitable[asyncpg.Connection]]) -> None:
    for _ in range(ATTEMPTS):
        mark = token_hex(8)
        await connection.execute(f"set plumb.marked = '{mark}'")
        second = await connect()
        try:
            sees = _SEES.format(mark=mark)
            is_shared = await _raises(second, sees, "PL002") or not await _raises(connection, sees, "PL002")
        finally:
            second.terminate()
        if is_shared:
            log.error("a pooler shares sessions of PostgreSQL between connections: connect directly, or have it in session mode")
            raise SessionsShared
    await connection.execute("reset plumb.marked")


async def _raises(connection: asyncpg.Connection, statement: str, state: str) -> bool:
    # Of the simple protocol: nothing is prepared where that may not be kept.
    try:
        await connection.execute(statement)
    except asyncpg.PostgresError as error:
        if error.sqlstate != state:
            raise
        return True
    return False
