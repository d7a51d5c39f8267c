"""Plain SQL inside the open tenant transaction, for what the model layer cannot say or says slowly."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from tortoise.connection import get_connections

from plumb_platform.database.at_hand import open_transaction
from plumb_platform.database.transaction import CONNECTION


async def fetch(sql: str, *values: Any) -> list[dict[str, Any]]:
    """Return all rows as dicts; `$1` and on are bound values."""
    rows: list[dict[str, Any]] = await get_connections().get(CONNECTION).execute_query_dict(sql, list(values))
    return rows


async def fetch_of(sql: str, ids: Sequence[UUID], *values: Any) -> list[dict[str, Any]]:
    """Return all rows of a statement about the ids `= any($1::uuid[])`.

    PostgreSQL plans a list of unknown length anew each time, which for one id takes longer than to read what it is asked for.
    """
    if len(ids) == 1:
        return await fetch(sql.replace("any($1::uuid[])", "$1::uuid"), ids[0], *values)
    return await fetch(sql, list(ids), *values)


async def fetch_one(sql: str, *values: Any) -> dict[str, Any] | None:
    """Return the first row or None."""
    rows = await fetch(sql, *values)
    return rows[0] if rows else None


async def fetch_value(sql: str, *values: Any) -> Any:
    """Return the first column of the first row or None."""
    row = await fetch_one(sql, *values)
    return next(iter(row.values())) if row else None


async def fetch_last(sql: str, *values: Any) -> Any:
    """Return the first column of the first row or None, of what a transaction does last; it has committed by then.

    That takes one round trip, where it can (`TenantTransaction.fetch_last`). What must not be kept has to fail in it.
    """
    rows = await open_transaction().fetch_last(sql, values)
    return next(iter(rows[0].values())) if rows else None


async def execute(sql: str, *values: Any) -> list[dict[str, Any]]:
    """Run a changing statement; return what its RETURNING clause gives, else an empty list."""
    return await fetch(sql, *values)


async def execute_each(sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run a changing statement for each row of values, in their order; raises at the first that fails.

    Rows are taken, and sent, while PostgreSQL still works on those before: a few at once where they are large.
    """
    await get_connections().get(CONNECTION).execute_many(sql, rows)  # type: ignore[arg-type] # any iterable serves asyncpg
