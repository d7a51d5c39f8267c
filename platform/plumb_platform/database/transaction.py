"""One transaction of one company, as the model layer uses it; no statement runs outside of one.

It differs from the stock asyncpg transaction in four ways: it names the tenant and the actor to PostgreSQL as it begins, for
itself only and in the round trip of its first statement; its last may commit it (`fetch_last`); a change of one statement is a
transaction by that statement (`write_alone`); and statements go to the driver without the stock client's layers.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from contextvars import ContextVar
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from tortoise.backends.asyncpg import client as stock
from tortoise.backends.base.client import NestedTransactionContext, TransactionContext
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.exceptions import TransactionManagementError

from plumb_platform.actor import Actor
from plumb_platform.database.proving import STALE, CallerStale, Kind, Proving

CONNECTION = "default"
ACQUIRE_SECONDS = 10
STILL = " ISOLATION LEVEL REPEATABLE READ READ ONLY"
T = TypeVar("T")
acting: ContextVar[Actor | None] = ContextVar("actor", default=None)


class MissingTenant(RuntimeError):
    """A statement was about to run outside `tenant_transaction`."""


class TenantChanged(RuntimeError):
    """A transaction of one company was about to go on as another."""


class TransactionOver(RuntimeError):
    """A statement came behind the end of its transaction: its connection may be at work for another company by then."""


class TenantTransaction(stock.TransactionWrapper):
    """One transaction of one company; savepoints inside it must be of the same company."""

    actor: Actor
    proving: Proving | None = None
    """What has to hold for it to begin, of a caller whom the process only remembers."""
    is_still = False
    """Whether all its statements see the moment of the first one, and none may change anything."""
    level = 0
    """How many savepoints it stands in."""
    open_savepoints = 0
    behind: AsyncExitStack | None = None
    """What ends as it does, right behind it."""

    def __init__(self, connection: stock.AsyncpgDBClient) -> None:
        super().__init__(connection)
        self.kept: dict[Any, Any] = {}
        """What was read and holds for this transaction until it changes anything itself."""
        self.has_begun = False
        self.is_interrupted = False
        """Whether the one statement was cut off, so that nobody knows what state its connection is in."""

    @property
    def is_over(self) -> bool:
        """Return whether it was committed or rolled back."""
        return bool(self._finalized)

    async def write_alone(self, parts: str, told: str, values: Sequence[Any]) -> Any:
        """Make all that this transaction does and return what is `told`; one that did nothing yet is this statement alone.

        Nothing may follow. Its one round trip names the company, proves the caller, changes and commits. PostgreSQL
        works out neither `told` nor what changes rows before it knows the company: a CASE is judged in its order, and parts
        of a WITH run when they are read, or at the end. Were it otherwise, row security would refuse every row.
        """
        if self.has_begun or self.proving is None or not self.proving.is_at_once:
            rows = await self.execute_query_dict(f"with {parts} select {told} as told", list(values))
            return rows[0]["told"]
        first = len(values) + 1
        entered = f"sec.enter({', '.join(f'${first + place}' for place in range(6))})"
        statement = f"with {parts} select case when {entered} then {told} end"
        self._finalized = True
        try:
            return await self._connection.fetchval(statement, *values, *self._entering(self.proving))
        except asyncpg.PostgresError as error:
            if error.sqlstate == STALE:
                raise CallerStale from None
            raise
        except BaseException:
            self.is_interrupted = True
            raise

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[dict[str, Any]]]:
        """Run a statement; return how many rows, and the rows."""
        await self.open()
        self._forget(query)
        answer: tuple[int, list[dict[str, Any]]] = await super().execute_query(query, values)
        return answer

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        """Run a statement and return its rows."""
        self._forget(query)
        return [dict(row) for row in await self._fetched(query, values or ())]

    async def fetch_last(self, query: str, values: Sequence[Any]) -> list[dict[str, Any]]:
        """Return a statement's rows and commit in the same round trip, where it can be: nothing may follow.

        In a savepoint it is a statement like any other, and so it is where this connection has yet to prepare it. Raises what
        `commit` does.
        """
        if self.open_savepoints:
            return await self.execute_query_dict(query, list(values))
        self._forget(query)
        try:
            rows = await self._fetched(query, values, behind="COMMIT")
        except Exception:
            # What failed was rolled back by what came behind it, if that was sent.
            self._finalized = self.has_begun and not self._connection.is_in_transaction()
            raise
        return [dict(row) for row in rows]

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        """Insert a row and return it."""
        await self.open()
        self._forget(query)
        return await super().execute_insert(query, values)

    async def execute_many(self, query: str, values: list[Any]) -> None:
        """Run a statement for each of many rows."""
        await self.open()
        self._forget(query)
        await super().execute_many(query, values)

    async def begin(self) -> None:
        """Begin and say who acts, in one round trip.

        Raises CallerStale when the caller has to be proven and is not who they were.
        """
        try:
            await self._connection.execute(self._beginning())
        except asyncpg.PostgresError as error:
            if error.sqlstate != STALE:
                raise
            raise CallerStale from None

    def _beginning(self) -> str:
        """Return what begins it and says who acts; its words are ids, numbers and words of ours."""
        self.has_begun = True
        begin = f"BEGIN{STILL if self.is_still else ''}"
        if self.proving is None:
            tenant, actor = self._named()
            return f"{begin}; SELECT set_config('app.tenant', '{UUID(tenant)}', true), set_config('app.actor', '{actor}', true)"
        tenant, actor, kind, proof, access, moment = self._entering(self.proving)
        return f"{begin}; SELECT sec.enter('{UUID(tenant)}', '{actor}', '{kind}', '{proof}', {access:d}, '{moment.isoformat()}')"

    async def end(self, *, is_kept: bool) -> None:
        """Commit or roll back, unless that is done; raises CallerStale where nobody has proven the caller till now."""
        if self._finalized:
            return
        is_undone = not is_kept and self._connection.is_closed()  # what it failed of is still to be told
        if is_undone or (not self.has_begun and self.proving is None):  # or nothing was asked, and nobody is to be proven
            self._finalized = True
            return
        await self.open()
        await (self.commit() if is_kept else self.rollback())

    async def carry(self, other: AbstractAsyncContextManager[T]) -> T:
        """Enter another transaction, which commits once this one has, and rolls back where it has not.

        Raises TransactionManagementError in a savepoint, which may be undone while the rest is kept.
        """
        if self.open_savepoints:
            raise TransactionManagementError("a savepoint carries no other transaction")
        if self.behind is None:
            self.behind = AsyncExitStack()
        return await self.behind.enter_async_context(other)

    async def commit(self) -> None:
        """Commit; raises when PostgreSQL rolled back instead, because a statement before had failed."""
        _check_committed(await self._end("COMMIT"))

    async def rollback(self) -> None:
        """Roll back."""
        await self._end("ROLLBACK")

    async def savepoint(self) -> None:
        """Set a savepoint to come back to."""
        await self.open()
        self.has_begun = True
        await self._connection.execute(f"SAVEPOINT level_{self.level}")
        self._count_savepoint(1)

    async def release_savepoint(self) -> None:
        """Keep what was done since the savepoint."""
        self._count_savepoint(-1)
        await self._end(f"RELEASE SAVEPOINT level_{self.level}")

    async def savepoint_rollback(self) -> None:
        """Undo what was done since the savepoint."""
        self._count_savepoint(-1)
        await self._end(f"ROLLBACK TO SAVEPOINT level_{self.level}; RELEASE SAVEPOINT level_{self.level}")

    def _count_savepoint(self, more: int) -> None:
        if isinstance(self._parent, TenantTransaction):
            self._parent.open_savepoints += more
            self._parent._count_savepoint(more)

    def acquire_connection(self) -> Any:
        """Return the connection as the stock client wants it; raises TransactionOver."""
        self._refuse_if_over()
        return super().acquire_connection()

    def _refuse_if_over(self) -> None:
        """Raise TransactionOver, or ConnectionResetError where its connection was lost."""
        if self._finalized:
            raise TransactionOver("a statement came behind the end of its transaction")
        if self._connection.is_closed():
            raise ConnectionResetError("the connection of this transaction was lost")
        if isinstance(self._parent, TenantTransaction):
            self._parent._refuse_if_over()

    async def open(self) -> None:
        """Begin, if it has not: for statements that go to the driver by other ways than these."""
        self._refuse_if_over()
        if isinstance(self._parent, TenantTransaction):
            await self._parent.open()
        elif not self.has_begun:
            async with self._lock:
                if not self.has_begun:
                    await self.begin()

    @translate_exceptions
    async def _fetched(self, query: str, values: Sequence[Any], behind: str = "") -> Any:
        """Return the rows of a statement; with it goes what begins the transaction, and what ends it `behind`."""
        # One at a time: a connection takes no second statement before it has answered the first.
        async with self._lock:
            self._refuse_if_over()  # it may have ended while this waited
            ahead = "" if self.has_begun else self._beginning()
            if not ahead and not behind:
                return await self._connection.fetch(query, *values)
            try:
                rows, ended = await self._connection.fetch_joined(query, values, ahead=ahead, behind=behind)
            except asyncpg.PostgresError as error:
                if error.sqlstate == STALE:
                    raise CallerStale from None
                raise
            except asyncio.CancelledError:
                self._finalized = self.is_interrupted = True
                raise
            if ended:
                self._finalized = True
                _check_committed(ended)
            return rows

    def _named(self) -> tuple[str, str]:
        actor = self.actor
        return str(actor.tenant_id), f"{actor.membership_id or actor.channel!s:.36}"

    def _entering(self, proving: Proving) -> tuple[str, str, Kind, UUID, int, datetime]:
        """Return the values of `sec.enter`."""
        return (*self._named(), proving.proof.kind, proving.proof.id, proving.access_version, proving.moment)

    def _forget(self, query: str) -> None:
        # A statement that begins otherwise may write, whatever it is: what was kept is then read anew.
        if query.lstrip()[:6].lower() == "select":
            return
        self.kept.clear()
        if isinstance(self._parent, TenantTransaction):
            self._parent._forget(query)

    async def _end(self, statement: str) -> str:
        self._refuse_if_over()
        try:
            status: str = await self._connection.execute(statement)
        finally:
            self._finalized = True  # also where it fails: whoever gets the connection next is somebody else
        return status

    def _in_transaction(self) -> TransactionContext:
        actor = current_actor()
        if actor.tenant_id != self.actor.tenant_id:
            raise TenantChanged("a transaction cannot change its company")
        inner = TenantTransaction(self)
        inner.actor, inner.level = self.actor, self.level + 1
        return NestedTransactionContext(inner)


def _check_committed(status: str) -> None:
    if status != "COMMIT":
        raise TransactionManagementError("a statement of this transaction failed, so nothing was committed")


def current_actor() -> Actor:
    """Return the actor of the transaction that this code runs in."""
    actor = acting.get()
    if actor is None:
        raise MissingTenant("no tenant_transaction is open here")
    return actor
