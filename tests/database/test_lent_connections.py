"""Connections are lent in the order in which they are asked for, and none is lost on the way."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from plumb_platform.database.connect import url_credentials
from plumb_platform.database.lent_connections import LentConnections
from plumb_platform.settings import APP_ROLE, Settings

SLOW = "select pg_sleep(0.2)"


@pytest.fixture
async def single(settings: Settings) -> AsyncIterator[LentConnections]:
    credentials = url_credentials(settings.role_url(APP_ROLE))
    connections = LentConnections(lambda: asyncpg.connect(**credentials), size=1, seconds=60)
    yield connections
    await connections.close()


async def test_who_comes_later_does_not_take_what_another_waits_for(single: LentConnections) -> None:
    order: list[str] = []

    async def ask(name: str, times: int) -> None:
        for _ in range(times):
            await single.fetchval("select 1")
            order.append(name)

    await asyncio.gather(ask("busy", 4), ask("waiting", 1))
    assert order == ["busy", "waiting", "busy", "busy", "busy"]


async def test_who_waits_in_vain_and_who_leaves_cost_no_connection(single: LentConnections) -> None:
    holding = asyncio.create_task(single.fetchval(SLOW))
    await asyncio.sleep(0.1)
    leaving, staying = (asyncio.create_task(single.fetchval("select 1")) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    await holding
    assert await staying == 1
    assert await asyncio.wait_for(single.fetchval("select 2"), 30) == 2


async def test_a_connection_that_was_handed_over_to_one_who_leaves_goes_on_to_the_next(single: LentConnections) -> None:
    holding = asyncio.create_task(single.fetchval(SLOW))
    await asyncio.sleep(0.1)
    leaving, staying = (asyncio.create_task(single.fetchval("select 1")) for _ in range(2))
    holding.add_done_callback(lambda _: leaving.cancel())
    await holding
    assert await staying == 1
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_who_waited_gets_a_new_connection_for_one_that_was_interrupted(single: LentConnections) -> None:
    holding = asyncio.create_task(single.fetchval("select pg_sleep(5)"))
    await asyncio.sleep(0.1)
    waiting = asyncio.create_task(single.fetchval("select 1"))
    await asyncio.sleep(0)
    holding.cancel()
    assert await waiting == 1


async def test_a_place_that_comes_free_is_whose_turn_it_is_though_another_asks_before_they_wake(single: LentConnections) -> None:
    lost, order = await single.borrow(), list[str]()

    async def ask(name: str) -> None:
        await single.fetchval("select 1")
        order.append(name)

    waiting = asyncio.create_task(ask("waiting"))
    await asyncio.sleep(0)
    single.drop(lost)
    await ask("later")
    await waiting
    assert order == ["waiting", "later"]


async def test_a_place_that_came_free_for_one_who_leaves_is_the_next_ones(single: LentConnections) -> None:
    lost = await single.borrow()
    leaving, staying = (asyncio.create_task(single.fetchval("select 1")) for _ in range(2))
    await asyncio.sleep(0)
    single.drop(lost)
    leaving.cancel()
    assert await asyncio.wait_for(staying, 30) == 1
    assert await asyncio.wait_for(single.fetchval("select 2"), 30) == 2


async def test_a_place_whose_connection_cannot_be_opened_is_the_next_ones(settings: Settings) -> None:
    credentials, opened = url_credentials(settings.role_url(APP_ROLE)), list[bool]()

    async def connect() -> asyncpg.Connection:
        opened.append(True)
        if len(opened) == 2:
            raise ConnectionRefusedError
        return await asyncpg.connect(**credentials)

    connections = LentConnections(connect, size=1, seconds=60)
    lost = await connections.borrow()
    refused, staying = (asyncio.create_task(connections.fetchval("select 1")) for _ in range(2))
    await asyncio.sleep(0)
    connections.drop(lost)
    with pytest.raises(ConnectionRefusedError):
        await refused
    assert (await asyncio.wait_for(staying, 30), len(opened)) == (1, 3)
    await connections.close()


async def test_a_connection_that_was_left_within_a_transaction_or_closed_is_lent_to_nobody(single: LentConnections) -> None:
    first = await single.borrow()
    await first.execute("BEGIN; SELECT set_config('app.tenant', 'theirs', false)")
    single.give_back(first)
    second = await single.borrow()
    assert await second.fetchval("select coalesce(current_setting('app.tenant', true), '')") == ""
    await second.close()
    single.give_back(second)
    third = await single.borrow()
    single.give_back(third)
    assert (first.is_closed(), await single.borrow() is third) == (True, True)
