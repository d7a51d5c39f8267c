"""The reading door: one statement that names the company, proves the caller, and reads, in one round trip."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from plumb_platform.database.client import ACQUIRE_SECONDS

FIRST_VALUE = 8
"""The number of the first placeholder that a statement's own values take."""

_STATEMENT = """
select case when set_config('app.tenant', $1, true) is null then null else (
  select case
    when (select coalesce(sum(a.value), 0) from data_version a where a.name = 'access') <> $2::bigint then '!'::bytea
    when $3::text = 'session' and not exists (select from session s
      where s.id = $4::uuid and s.revoked_at is null and s.expires_at > $5::timestamptz) then '!'::bytea
    when $3::text = 'token' and not exists (select from api_token k
      where k.id = $4::uuid and k.revoked_at is null and k.expires_at > $5::timestamptz) then '!'::bytea
    when known.value = $6::bigint then '='::bytea
    else convert_to(known.value || ':' || {data}, 'UTF8') end
  from (select coalesce(sum(d.value), 0)::bigint as value from data_version d where d.name = any($7::text[])) known
) end
"""
NEVER = -1


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that a caller is still signed in: the row of their session or token."""

    kind: Literal["session", "token"]
    id: UUID


@dataclass(frozen=True, slots=True)
class Found:
    """What a read found: new bytes with the data version that they are of, or none because what is known still holds."""

    version: int
    data: bytes | None


class CallerStale(Exception):
    """The session ended, or what the caller may do has changed: look anew before reading."""


class ReadDoor:
    """Reads through connections of its own, which can only read and keep nothing between two statements."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def read(
        self,
        statement: str,
        values: list[Any],
        *,
        tenant_id: UUID,
        access_version: int,
        proof: Proof | None,
        tables: tuple[str, ...],
        known: int,
        moment: datetime,
    ) -> Found:
        """Return what a statement made by `reading_statement` answers; raises CallerStale.

        `access_version` is that under which the statement was made; without a `proof` the process vouches for the caller
        itself; `known` is the data version of `tables` that the caller has an answer of, NEVER for none.
        """
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            kind, proof_id = (proof.kind, proof.id) if proof else ("none", None)
            answer: bytes = await connection.fetchval(
                statement, str(tenant_id), access_version, kind, proof_id, moment, known, tables, *values
            )
        if answer == b"!":
            raise CallerStale
        if answer == b"=":
            return Found(known, None)
        version, _, data = answer.partition(b":")
        return Found(int(version), data)

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()


def reading_statement(data: str) -> str:
    """Return the statement whose answer is the text expression `data`; its own values start at FIRST_VALUE."""
    return _STATEMENT.format(data=data)


class _KeepingConnection(asyncpg.Connection):  # type: ignore[misc] # asyncpg ships no types
    """A connection that has nothing to reset: its statements set nothing beyond themselves."""

    def get_reset_query(self) -> str:
        return ""


async def open_door(credentials: dict[str, Any], *, size: int) -> ReadDoor:
    """Open a reading door as the product's role."""
    settings = {
        "default_transaction_read_only": "on",
        "jit": "off",  # the cost of many sub-selects looks large to the planner, the statement is short
        "application_name": "plumb-read",
    }
    pool = await asyncpg.create_pool(
        **credentials,
        min_size=0,
        max_size=size,
        connection_class=_KeepingConnection,
        server_settings=settings,
        statement_cache_size=300,
        max_cached_statement_lifetime=0,
    )
    return ReadDoor(pool)
