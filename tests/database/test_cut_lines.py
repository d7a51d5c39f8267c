"""A change that loses its connection, its backend or its caller at any message: told done it is done, else whole or nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, cast
from uuid import UUID

import asyncpg
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, fetch_last, fetch_one, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.outages import is_away
from plumb_platform.settings import APP_ROLE, Settings
from support.companies import make_company
from support.cutting import Cutter, Side, cutting
from support.own_pool import own_pool

NAMED = "update company set name = $1 returning name"
KEYED = "update company set key = $1"
TOLD = "select sec.found(name) as told from company"
ENDED = """select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and usename = $1 and application_name = 'cut'"""


@dataclass(frozen=True, slots=True)
class Fault:
    """What meets a change at a message: the line is cut, its caller leaves, or PostgreSQL ends its backend."""

    what: Literal["cut", "left", "ended"]
    side: Side
    is_prepared: bool = True

    def arm(self, line: "Line", at: int, changing: asyncio.Task[str]) -> None:
        """Have it happen once so many messages have passed."""

        async def leave() -> None:
            changing.cancel()
            await asyncio.sleep(0)

        async def end() -> None:
            assert await line.owner.fetchval(ENDED, APP_ROLE)

        if self.what == "cut":
            line.cutter.cut(self.side, at)
        else:
            line.cutter.do(self.side, at, leave if self.what == "left" else end)


FAULTS = (
    *(Fault("cut", "asked"), Fault("cut", "answered"), Fault("cut", "half asked", False), Fault("cut", "half answered", False)),
    *(Fault("left", "asked"), Fault("left", "answered"), Fault("left", "answered", False)),
    *(Fault("ended", "asked"), Fault("ended", "answered")),
)


@dataclass(frozen=True, slots=True)
class Line:
    """The one connection that is lent leads through what may be cut; beside it the owner of the database has one."""

    cutter: Cutter
    owner: asyncpg.Connection


@pytest.fixture
async def line(settings: Settings, database: Database) -> AsyncIterator[Line]:
    owner = await asyncpg.connect(**url_credentials(settings.database_url))
    async with cutting(url_credentials(settings.role_url(APP_ROLE))) as (through, cutter), own_pool(through, name="cut"):
        yield Line(cutter, owner)
        cutter.hold()
    await owner.close()


async def company_of(actor: Actor) -> tuple[UUID, str, str]:
    """Return what stands; a connection that was lost in between says so once."""
    (found,) = await asyncio.gather(_company_of(actor), return_exceptions=True)
    if isinstance(found, BaseException):
        assert is_away(found), repr(found)
        return await _company_of(actor)
    return found


async def _company_of(actor: Actor) -> tuple[UUID, str, str]:
    async with tenant_transaction(actor):
        row = await fetch_one("select tenant_id, name, key from company")
    assert row is not None
    return row["tenant_id"], row["name"], row["key"]


async def changed(actor: Actor, number: int) -> str:
    async with tenant_transaction(actor):
        await execute(NAMED, f"{number}")
        await execute(KEYED, f"{actor.tenant_id.hex}-{number}")
        told: str = await fetch_last(TOLD)
    return told


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_transaction_is_whole_or_nothing_at_whatever_message_it_is_met(line: Line, fault: Fault) -> None:
    actor, other = [(await make_company()).system for _ in range(2)]
    beside, told = await company_of(other), await changed(actor, 0)
    stands, at, is_met = 0, 0, True
    while is_met:
        if fault.is_prepared:
            assert await changed(actor, stands) == str(stands)
        number = stands + 1
        changing = asyncio.create_task(changed(actor, number))
        fault.arm(line, at, changing)
        (outcome,) = await asyncio.gather(changing, return_exceptions=True)
        is_met, at = line.cutter.hold(), at + 1
        told = outcome if isinstance(outcome, str) else ""
        assert told == str(number) or isinstance(outcome, asyncio.CancelledError) or is_away(cast(Exception, outcome)), outcome
        # The one connection serves another company next, as such.
        assert await company_of(other) == beside
        _, name, key = await company_of(actor)
        assert key == f"{actor.tenant_id.hex}-{name}"
        assert name in ({told} if told else {str(stands), str(number)})
        stands = int(name)
    assert told == str(stands)
    assert at > 10
