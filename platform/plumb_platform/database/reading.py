"""The reading door: one statement that names the company, proves the caller, and reads, in one round trip."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.pgproto import pgproto

from plumb_platform.database.bounds import Bounds
from plumb_platform.database.lent_connections import LentConnections
from plumb_platform.database.poolers import own_session
from plumb_platform.database.proving import CallerStale, Kind, Reading
from plumb_platform.database.shares import Shares
from plumb_platform.database.transaction import ACQUIRE_SECONDS

FIRST_VALUE = 5
"""The number of the first placeholder that a statement's own values take."""
SIGNED_IN: Mapping[Kind, str] = {"session": "session", "token": "api_token"}
"""The table of what shows that a caller is signed in, by its kind: each has statements of its own, which open no other."""

_GUARDED = """
select case when set_config('app.tenant', $1, true) is null then null else (
  select case
    when $2::bigint >= 0 and $2::bigint is distinct from (select a.value from access_version a) then '!'::bytea
    when $3::uuid is not null and not exists (select from {table} s
      where s.id = $3::uuid and s.revoked_at is null and s.expires_at > $4::timestamptz) then '!'::bytea
    else convert_to({answer}, 'UTF8') end{held}
) end
"""
_HELD = """
  from (select coalesce(sum(d.value), 0)::bigint as data from data_version d where d.name = any(${tables}::text[])) held"""
_MOVED = """
select case when set_config('app.tenant', $1, true) is null then null else
  (select coalesce(sum(d.value), 0)::bigint from data_version d) + coalesce((select a.value from access_version a), 0)
end
"""


def bound_uuid(value: UUID | str) -> UUID:
    """Return a UUID of the kind that asyncpg binds as it is; Python's own is made and written out by Python code."""
    made: UUID = pgproto.UUID(str(value))
    return made


class ReadDoor:
    """Reads through connections of its own, which can only read and keep nothing between two statements."""

    shares: Shares | None = None
    """What one company may have of the connections; None where turns are kept otherwise."""

    def __init__(self, connections: LentConnections) -> None:
        self._connections = connections

    async def version(self, tables: tuple[str, ...], reading: Reading) -> int:
        """Return the data version of some tables as it stands; raises CallerStale."""
        return int(await self._answer(_CHECKS[reading.kind], (tables,), reading))

    async def moved(self, tenant_id: UUID) -> int:
        """Return a number that grows with every committed change of a company's data or of what its people may do."""
        return int(await self._connections.fetchval(_MOVED, str(tenant_id)))

    async def read(self, statement: str, values: Sequence[Any], reading: Reading) -> bytes:
        """Return what a statement of `reading_statements` answers; raises CallerStale."""
        return await self._answer(statement, values, reading)

    async def read_kept(
        self, statement: str, values: Sequence[Any], tables: tuple[str, ...], reading: Reading
    ) -> tuple[int, bytes]:
        """Return the same of a statement that tells the data version of its tables, and that version; raises CallerStale."""
        version, _, data = (await self._answer(statement, (*values, tables), reading)).partition(b":")
        return int(version), data

    async def _answer(self, statement: str, values: Sequence[Any], reading: Reading) -> bytes:
        shares = self.shares
        if shares is not None:
            await shares.take(reading.tenant_id)
        try:
            answer: bytes = await self._connections.fetchval(statement, *reading.values(), *values)
        finally:
            if shares is not None:
                shares.give_back(reading.tenant_id)
        if answer == b"!":
            raise CallerStale
        return answer

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()


def reading_statements(data: str, *, values: int, is_kept: bool) -> Mapping[Kind, str]:
    """Return the statements whose answer is the text expression `data`, by what proves the caller.

    Their own `values` start at FIRST_VALUE. An answer that is kept stands behind the data version that it is of, and its
    tables are the value after them.
    """
    held = _HELD.format(tables=FIRST_VALUE + values) if is_kept else ""
    answer = f"held.data || ':' || {data}" if is_kept else data
    return {kind: _GUARDED.format(table=table, answer=answer, held=held) for kind, table in SIGNED_IN.items()}


_CHECKS = {
    kind: _GUARDED.format(table=table, answer="held.data::text", held=_HELD.format(tables=FIRST_VALUE))
    for kind, table in SIGNED_IN.items()
}


def open_door(credentials: dict[str, Any], *, size: int, bounds: Bounds) -> ReadDoor:
    """Return a reading door as the product's role; it connects when it is first needed."""
    settings = {
        "default_transaction_read_only": "on",
        "jit": "off",  # the cost of many sub-selects looks large to the planner, the statement is short
        "application_name": "plumb-read",
    } | bounds.settings()

    async def connect() -> asyncpg.Connection:
        return await own_session(
            **credentials,
            server_settings=settings,
            timeout=ACQUIRE_SECONDS,
            statement_cache_size=300,
            max_cached_statement_lifetime=0,
        )

    return ReadDoor(LentConnections(connect, size=size, seconds=ACQUIRE_SECONDS))
