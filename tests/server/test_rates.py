"""How often a company may ask: over all processes while Valkey answers, in each of them while it does not (C57, A59)."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.settings import Settings
from plumb_server import rates
from plumb_server.rates import CompanyTooOften, Rates, rates_of

MOMENT = datetime(2026, 11, 27, 9, 0, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "ROUND_SECONDS", 0.05)


@pytest.fixture
def person() -> Actor:
    return Actor(uuid4(), frozenset(), "session")


def program_of(person: Actor) -> Actor:
    return Actor(person.tenant_id, frozenset(), "token")


@pytest.fixture
def limited(settings: Settings) -> Settings:
    """Allow a company ten requests in a window, and its programs five of them."""
    return settings.model_copy(update={"company_rate": 60, "token_rate": 30})


@pytest.fixture
async def two(limited: Settings) -> AsyncIterator[list[Rates]]:
    """Yield the counts of two processes."""
    both = [rates_of(limited), rates_of(limited)]
    yield both
    for each in both:
        await each.close()


def spent(counted: Rates, actor: Actor, most: int = 100) -> int:
    """Return how many requests are taken before one is refused."""
    for taken in range(most):
        try:
            counted.spend(actor)
        except CompanyTooOften:
            return taken
    return most


async def test_one_company_is_held_to_its_rate_until_the_window_ends_and_no_other_is(two: list[Rates], person: Actor) -> None:
    counted = two[0]
    with clock_at(MOMENT):
        assert spent(counted, program_of(person)) == 5
        assert spent(counted, person) == 5
        assert spent(counted, Actor(uuid4(), frozenset(), "session")) == 10
        with pytest.raises(CompanyTooOften) as refused:
            counted.spend(person)
    told = (refused.value.code, refused.value.retry_after, refused.value.text("en"))
    assert told == (
        "COMPANY_RATE_LIMITED",
        8,
        "Your company asks too often (at most 60 requests a minute); try again in 8 seconds.",
    )
    with clock_at(MOMENT + timedelta(seconds=8)):
        assert spent(counted, person) == 10


async def test_what_one_process_took_counts_in_the_others_a_round_later(two: list[Rates], person: Actor) -> None:
    with clock_at(MOMENT):
        assert spent(two[0], person, most=6) == 6
        await until_told(two[0])
        two[1].spend(person)
        await until_seen(two[1], person, 6)
        assert spent(two[1], person) == 3


async def test_without_valkey_each_process_holds_to_the_rate_alone(limited: Settings, person: Actor) -> None:
    counted = rates_of(limited.model_copy(update={"redis_url": "unix:///nowhere/valkey.sock"}))
    with clock_at(MOMENT):
        assert spent(counted, person) == 10
        await asyncio.sleep(0.2)
        with pytest.raises(CompanyTooOften):
            counted.spend(person)
    await counted.close()


@pytest.fixture
def silent(limited: Settings) -> Iterator[Settings]:
    """Name a server that takes connections and never answers."""
    with tempfile.TemporaryDirectory(prefix="plumb-") as folder:
        yield limited.model_copy(update={"redis_url": f"unix://{Path(folder) / 'silent.sock'}"})


async def test_a_valkey_that_hangs_keeps_nobody_waiting(silent: Settings, person: Actor) -> None:
    asked, over = asyncio.Event(), asyncio.Event()

    async def never(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await over.wait()
        writer.close()

    async with await asyncio.start_unix_server(never, silent.redis_url.removeprefix("unix://")):
        counted = rates_of(silent)
        with clock_at(MOMENT):
            counted.spend(person)
            async with asyncio.timeout(60):
                await asked.wait()
            # A round waits by now, and will for ever.
            assert spent(counted, person) == 9
        over.set()
        await counted.close()


async def until_told(counted: Rates) -> None:
    """Wait until all that was asked of a process is known to the others, however many rounds that takes."""
    async with asyncio.timeout(60):
        while counted._telling is not None:  # noqa: ASYNC110 - a round tells nobody
            await asyncio.sleep(0.02)


async def until_seen(counted: Rates, actor: Actor, elsewhere: int) -> None:
    """Wait until a process has heard of so many requests to the others."""
    async with asyncio.timeout(60):
        while counted._count(actor.tenant_id, "all").elsewhere != elsewhere:  # noqa: ASYNC110 - a round tells nobody
            await asyncio.sleep(0.02)


async def test_a_round_whose_answer_was_lost_is_counted_once(limited: Settings, two: list[Rates], person: Actor) -> None:
    tell, rounds = rates_of(limited)._tell_all, list[int]()

    async def lost(*given: Any) -> Sequence[int]:
        totals = await tell(*given)
        rounds.append(len(totals))
        if len(rounds) < 3:
            raise TimeoutError
        return totals

    counted = Rates({"all": 60}, lost)
    with clock_at(MOMENT):
        assert spent(counted, person, most=4) == 4
        await until_told(counted)
        assert len(rounds) >= 3
        two[1].spend(person)
        await until_seen(two[1], person, 4)
        assert (spent(two[1], person), counted._count(person.tenant_id, "all").elsewhere) == (5, 0)
    await counted.close()


async def test_rounds_go_on_behind_an_error_that_nobody_foresaw(limited: Settings, two: list[Rates], person: Actor) -> None:
    tell, rounds = rates_of(limited)._tell_all, list[int]()

    async def broken(*given: Any) -> Sequence[int]:
        if not rounds:
            rounds.append(1)
            raise AttributeError("as of a bug")
        totals = await tell(*given)
        rounds.append(2)
        return totals

    counted = Rates({"all": 60}, broken)
    with clock_at(MOMENT):
        counted.spend(person)
        async with asyncio.timeout(60):
            while len(rounds) < 2:  # noqa: ASYNC110 - a round tells nobody
                await asyncio.sleep(0.02)
        two[1].spend(person)
        await until_seen(two[1], person, 1)
    await counted.close()


async def test_no_limit_counts_nothing(settings: Settings, person: Actor) -> None:
    counted = rates_of(settings.model_copy(update={"company_rate": 0, "token_rate": 0}))
    assert spent(counted, person, most=10_000) == 10_000
    assert counted._counts == {}
