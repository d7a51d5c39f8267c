"""The reading door: one statement that names the company, proves the caller, and reads, in one round trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from plumb_platform.database.client import ACQUIRE_SECONDS
from plumb_platform.database.read_connections import ReadConnections

FIRST_VALUE = 7
"""The number of the first placeholder that a statement's own values take."""

_GUARDED = """
select case when set_config('app.tenant', $1, true) is null then null else (
  select case
    when $2::bigint >= 0 and $2::bigint is distinct from (select a.value from access_version a) then '!'::bytea
    when $3::text = 'session' and not exists (select from session s
      where s.id = $4::uuid and s.revoked_at is null and s.expires_at > $5::timestamptz) then '!'::bytea
    when $3::text = 'token' and not exists (select from api_token k
      where k.id = $4::uuid and k.revoked_at is null and k.expires_at > $5::timestamptz) then '!'::bytea
    else convert_to({answer}, 'UTF8') end
  from (select coalesce(sum(d.value), 0)::bigint as data from data_version d where d.name = any($6::text[])) held
) end
"""
_MOVED = """
select case when set_config('app.tenant', $1, true) is null then null else
  (select coalesce(sum(d.value), 0)::bigint from data_version d) + coalesce((select a.value from access_version a), 0)
end
"""
_CHECK = _GUARDED.format(answer="held.data::text")


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that a caller is still signed in: the row of their session or token."""

    kind: Literal["session", "token"]
    id: UUID


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads, and what they read: all that the statements of one read share."""

    tenant_id: UUID
    access_version: int
    """That under which the statement was made; below zero for who stands above every matrix."""
    proof: Proof | None
    """Without one the process vouches for the caller itself."""
    tables: tuple[str, ...]
    moment: datetime

    def values(self) -> tuple[object, ...]:
        """Return the values of the placeholders before a statement's own."""
        kind, proof_id = (self.proof.kind, self.proof.id) if self.proof else ("none", None)
        return str(self.tenant_id), self.access_version, kind, proof_id, self.moment, self.tables


class CallerStale(Exception):
    """The session ended, or what the caller may do has changed: look anew before reading."""


class ReadDoor:
    """Reads through connections of its own, which can only read and keep nothing between two statements."""

    def __init__(self, connections: ReadConnections) -> None:
        self._connections = connections

    async def version(self, reading: Reading) -> int:
        """Return the data version of the tables as it stands; raises CallerStale."""
        return int(await self._answer(_CHECK, reading, ()))

    async def moved(self, tenant_id: UUID) -> int:
        """Return a number that grows with every committed change of a company's data or of what its people may do."""
        return int(await self._connections.fetchval(_MOVED, str(tenant_id)))

    async def read(self, statement: str, values: Sequence[Any], reading: Reading) -> tuple[int, bytes]:
        """Return what a statement of `reading_statement` answers, and the data version that it is of; raises CallerStale."""
        version, _, data = (await self._answer(statement, reading, values)).partition(b":")
        return int(version), data

    async def _answer(self, statement: str, reading: Reading, values: Sequence[Any]) -> bytes:
        answer: bytes = await self._connections.fetchval(statement, *reading.values(), *values)
        if answer == b"!":
            raise CallerStale
        return answer

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()


def reading_statement(data: str) -> str:
    """Return the statement whose answer is the text expression `data`; its own values start at FIRST_VALUE."""
    return _GUARDED.format(answer=f"held.data || ':' || {data}")


def open_door(credentials: dict[str, Any], *, size: int) -> ReadDoor:
    """Return a reading door as the product's role; it connects when it is first needed."""
    settings = {
        "default_transaction_read_only": "on",
        "jit": "off",  # the cost of many sub-selects looks large to the planner, the statement is short
        "application_name": "plumb-read",
    }

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(
            **credentials,
            server_settings=settings,
            timeout=ACQUIRE_SECONDS,
            statement_cache_size=300,
            max_cached_statement_lifetime=0,
        )

    return ReadDoor(ReadConnections(connect, size=size, seconds=ACQUIRE_SECONDS))
