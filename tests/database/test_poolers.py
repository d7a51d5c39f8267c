"""A pooler between us and PostgreSQL: sessions that are shared are refused before anything is prepared in one."""

import asyncio
from uuid import uuid4

import pytest

from plumb_platform.database import poolers
from plumb_platform.database.bounds import bounds_of
from plumb_platform.database.client import TenantClient
from plumb_platform.database.connect import url_credentials
from plumb_platform.database.poolers import SessionsShared, own_session
from plumb_platform.database.reading import open_door
from plumb_platform.outages import is_away
from plumb_platform.settings import APP_ROLE, Settings
from support.pooler import pooler_before


async def connected(url: str) -> int:
    connection = await own_session(**url_credentials(url))
    try:
        value: int = await connection.fetchval("select 17 + $1::int", 1)
    finally:
        await connection.close()
    return value


@pytest.mark.parametrize("takes_turns", [False, True])
async def test_a_pooler_that_gives_every_transaction_another_session_is_refused(settings: Settings, takes_turns: bool) -> None:
    async with pooler_before(settings.role_url(APP_ROLE), "transaction", takes_turns=takes_turns) as url:
        for _ in range(3):
            with pytest.raises(SessionsShared) as refused:
                await connected(url)
            assert is_away(refused.value)
            assert "session" in str(refused.value)


async def test_a_pooler_that_gives_every_client_a_session_and_none_at_all_serve(settings: Settings) -> None:
    async with pooler_before(settings.role_url(APP_ROLE), "session") as url:
        assert await connected(url) == 18
    assert await connected(settings.role_url(APP_ROLE)) == 18


async def test_neither_door_of_the_product_opens_through_one(settings: Settings) -> None:
    async with pooler_before(settings.role_url(APP_ROLE), "transaction") as url:
        door = open_door(url_credentials(url), size=1, bounds=bounds_of(settings, "read"))
        with pytest.raises(SessionsShared):
            await door.moved(uuid4())
        lender = await TenantClient(connection_name="tests", **url_credentials(url)).create_pool(
            **url_credentials(url), max_size=1
        )
        with pytest.raises(SessionsShared):
            await lender.borrow()


async def test_a_pooler_whose_sessions_are_all_given_away_keeps_nobody_waiting_for_long(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poolers, "TRY_SECONDS", 0.3)
    async with pooler_before(settings.role_url(APP_ROLE), "session", most=1) as url:
        connecting = asyncio.create_task(connected(url))
        ended, waiting = await asyncio.wait({connecting}, timeout=60)
        for each in waiting:
            each.cancel()
        assert ended
        with pytest.raises(TimeoutError):
            await connecting
