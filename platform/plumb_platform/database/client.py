"""The Tortoise client that lets no statement out of a tenant's transaction; named as `engine` in the connection's settings.

It differs from the stock asyncpg client in three ways: a statement outside a transaction is refused; a request cancelled while
a transaction begins gives its connection back (stock Tortoise 1.1.9 loses it); and connections are lent without being reset.
"""

from contextvars import ContextVar
from typing import Any, NoReturn, cast

import asyncpg
from tortoise.backends.asyncpg import client as stock
from tortoise.backends.base.client import TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

from plumb_platform.actor import Actor
from plumb_platform.database.bounds import bound_transactions
from plumb_platform.database.joined import JoinedConnection
from plumb_platform.database.lent_connections import LentConnections
from plumb_platform.database.poolers import own_session
from plumb_platform.database.proving import CallerStale, Proving
from plumb_platform.database.shares import Shares, has_place
from plumb_platform.database.transaction import (
    ACQUIRE_SECONDS,
    CONNECTION,
    MissingTenant,
    TenantTransaction,
    acting,
    current_actor,
)

_OF_THE_POOL = frozenset({"min_size", "max_size", "connection_class", "loop"})
_proving: ContextVar[Proving | None] = ContextVar("proving", default=None)


class PooledTenantTransaction(TransactionContextPooled):
    """Takes a connection from the pool, and gives it back whatever happens; its first statement begins and names the tenant."""

    client: TenantTransaction

    async def __aenter__(self) -> TenantTransaction:
        await self.ensure_connection()
        # A request that has a place already would wait for itself.
        shares: Shares | None = None if has_place.get() else cast(TenantClient, self.client._parent).shares
        if shares is not None:
            await shares.take(self.client.actor.tenant_id)
        self._shares = shares
        try:
            self.client._connection = await self._lender().borrow()
        except BaseException:
            self._give_share_back()
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def __aexit__(self, *raised: Any) -> None:
        get_connections().reset(self.token)
        behind = self.client.behind
        try:
            await self._end(is_kept=raised[0] is None)
        except BaseException as error:
            if behind is not None:
                await behind.__aexit__(type(error), error, error.__traceback__)
            raise
        if behind is not None:
            await behind.__aexit__(*raised)

    async def _end(self, *, is_kept: bool) -> None:
        client, lender = self.client, self._lender()
        try:
            await client.end(is_kept=is_kept)
        except (CallerStale, asyncpg.PostgresError, TransactionManagementError):
            lender.give_back(client._connection)
            raise
        except BaseException:
            lender.drop(client._connection)
            raise
        else:
            (lender.drop if client.is_interrupted else lender.give_back)(client._connection)
        finally:
            self._give_share_back()

    def _give_share_back(self) -> None:
        if self._shares is not None:
            self._shares.give_back(self.client.actor.tenant_id)

    def _lender(self) -> LentConnections:
        return cast(LentConnections, self.client._parent._pool)


class TenantClient(stock.AsyncpgDBClient):
    """The product role's client: it opens tenant transactions and nothing else."""

    shares: Shares | None = None
    """What one company may have of the connections; None where turns are kept otherwise."""

    async def create_pool(self, **given: Any) -> Any:
        """Return connections that are made when they are needed, as many as the stock pool would have at most."""
        size = given["max_size"]
        how = {name: value for name, value in given.items() if name not in _OF_THE_POOL}

        async def connect() -> asyncpg.Connection:
            connection = await own_session(**how, connection_class=JoinedConnection, timeout=ACQUIRE_SECONDS)
            try:
                await bound_transactions(connection, how.get("server_settings") or {})
            except BaseException:  # cancelled, or lost: nobody else would close it
                connection.terminate()
                raise
            return connection

        return LentConnections(connect, size=size, seconds=ACQUIRE_SECONDS)

    def _in_transaction(self) -> TransactionContext:
        transaction = TenantTransaction(self)
        transaction.actor, transaction.proving = current_actor(), _proving.get()
        return PooledTenantTransaction(transaction, self._pool_init_lock)

    def acquire_connection(self) -> NoReturn:
        """Refuse: a statement needs `tenant_transaction` around it."""
        raise MissingTenant("a statement ran outside tenant_transaction")


class tenant_transaction:  # noqa: N801 - it is used as a function that opens one
    """Open a transaction as the actor's company; commit at the end, roll back on any exception.

    Inside another transaction of the same company it is a savepoint; of another company it raises TenantChanged. With
    `proving` its first statement raises CallerStale in place of all that it would do, or its end where there is none, unless
    all of that still holds. One that `is_still` sees one moment from its first statement to its last, and changes nothing;
    inside another it raises TransactionManagementError.
    """

    __slots__ = ("_actor", "_context", "_is_still", "_proving", "_tokens")

    def __init__(self, actor: Actor, proving: Proving | None = None, *, is_still: bool = False) -> None:
        self._actor, self._proving, self._is_still = actor, proving, is_still

    async def __aenter__(self) -> Any:
        self._tokens = acting.set(self._actor), _proving.set(self._proving)
        try:
            self._context = get_connections().get(CONNECTION)._in_transaction()
            client = cast(TenantTransaction, self._context.client)
            if self._is_still and client.level:
                raise TransactionManagementError("a savepoint sees no moment of its own")
            client.is_still = self._is_still
            return await self._context.__aenter__()
        except BaseException:
            self._reset()
            raise

    async def __aexit__(self, *raised: Any) -> None:
        try:
            await self._context.__aexit__(*raised)
        finally:
            self._reset()

    def _reset(self) -> None:
        actor, proving = self._tokens
        acting.reset(actor)
        _proving.reset(proving)


client_class = TenantClient
