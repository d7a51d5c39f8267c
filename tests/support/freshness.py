"""Writers that end in every order, and readers that must see what was committed before they asked; some readers do it wrongly."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch_value, tenant_transaction

WRITERS, READERS, CHANGES = 6, 4, 8
CHANGE = "update goal set version = version + 1 where id = $1"
TOTAL = "select sum(version)::bigint from goal"
NEWEST = "select max(xmin::text::bigint) from goal"

Ask = Callable[[], Awaitable[int]]


@dataclass(slots=True)
class Tale:
    """What writers have done to the goals of a company, a goal each."""

    actor: Actor
    goals: list[UUID]
    before: int
    """What the versions of the goals added up to before the first change."""
    committed: int = 0
    """How many changes are known to be committed."""
    begun: int = 0
    """How many were told of before they were committed, those included that never were."""
    stale: list[tuple[int, int]] = field(default_factory=list)
    """What was committed before a question, and the less that its answer showed."""


async def change(tale: Tale, goal: UUID, source: Random) -> None:
    """Make one transaction of some kind, which may have begun long before it commits, or be taken back."""
    kind = source.choice(("plain", "plain", "numbered early", "long", "part taken back", "taken back"))
    try:
        async with tenant_transaction(tale.actor):
            if kind == "numbered early":
                await fetch_value("select pg_current_xact_id()::text")
                await asyncio.sleep(source.random() / 50)
            if kind == "part taken back":
                await _taken_back(tale, goal)
            tale.begun += 1
            await execute(CHANGE, goal)
            await asyncio.sleep(source.random() / (20 if kind == "long" else 200))
            if kind == "taken back":
                raise asyncio.CancelledError
    except asyncio.CancelledError:
        if kind != "taken back":
            raise
        return
    tale.committed += 1


async def _taken_back(tale: Tale, goal: UUID) -> None:
    try:
        async with tenant_transaction(tale.actor):  # within another: a savepoint
            await execute(CHANGE, goal)
            raise ValueError
    except ValueError:
        return


async def raced(tale: Tale, readers: list[Ask], seed: int) -> None:
    """Let writers and readers go on at once until the writers are done, and each reader ask once more."""
    writing = asyncio.gather(*(_changes(tale, goal, Random(f"{seed}{place}")) for place, goal in enumerate(tale.goals)))

    async def read(ask: Ask) -> None:
        while not writing.done():
            await _asked(tale, ask)
            await asyncio.sleep(0)  # what is kept may be given without waiting for anything
        await _asked(tale, ask)

    async with asyncio.timeout(60):
        await asyncio.gather(writing, *map(read, readers))


async def _changes(tale: Tale, goal: UUID, source: Random) -> None:
    for _ in range(CHANGES):
        await change(tale, goal, source)


async def _asked(tale: Tale, ask: Ask) -> None:
    committed = tale.committed
    seen = await ask()
    if seen < committed:
        tale.stale.append((committed, seen))


def wrongly(tale: Tale, version: Callable[[], Awaitable[int]], *, is_after: bool) -> Ask:
    """Return a reader that keeps an answer under a version taken apart from it, behind or before."""
    kept: dict[int, int] = {}

    async def total() -> int:
        async with tenant_transaction(tale.actor):
            return int(await fetch_value(TOTAL))

    async def ask() -> int:
        known = await version()
        if known not in kept:
            kept.clear()
            read = await total()
            kept[await version() if is_after else known] = read
            return read - tale.before
        return kept[known] - tale.before

    return ask


async def newest(tale: Tale) -> int:
    """Return the highest number of a transaction that a row is of: one with a lower number may commit later."""
    async with tenant_transaction(tale.actor):
        return int(await fetch_value(NEWEST))


async def begun(tale: Tale) -> int:
    """Return a count that is told before the commit."""
    return tale.begun


async def committed(tale: Tale) -> int:
    """Return what the goals themselves add up to, which is right, but right for another moment."""
    async with tenant_transaction(tale.actor):
        return int(await fetch_value(TOTAL))
