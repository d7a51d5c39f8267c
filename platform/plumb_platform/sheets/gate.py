"""Files that a process reads at one time: each may take 100 MB while its rows are looked at, so that few are taken at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID
from weakref import WeakKeyDictionary

from plumb_platform.database.shares import Shares
from plumb_platform.errors import Unavailable

AT_ONCE = 2
OF_ONE_COMPANY = 1
"""Files of one company that a process reads at one time: however many it sends, there is a turn for others."""
LONGEST_WAIT = 15.0
"""Seconds that an import waits for its turn."""


class ImportsBusy(Unavailable):
    """A process reads few files at one time."""

    code = "IMPORTS_BUSY"
    zh = "正在导入其他文件，请稍后原样重试；没有写入任何内容。"
    en = "Other files are being imported; try the same again in a moment. Nothing was written."


@dataclass(slots=True)
class _Places:
    """The places of one event loop: of all, and of each company among them."""

    of_all: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    of_companies: Shares = field(default_factory=lambda: Shares(OF_ONE_COMPANY, seconds=LONGEST_WAIT))


_places: WeakKeyDictionary[asyncio.AbstractEventLoop, _Places] = WeakKeyDictionary()


@asynccontextmanager
async def import_turn(tenant_id: UUID) -> AsyncIterator[None]:
    """Wait for a company's turn to read a file, of whatever kind, and keep it; raise ImportsBusy where none comes in time.

    It is waited for before a connection is taken: who waits holds none that others could use.
    """
    places = _places.setdefault(asyncio.get_running_loop(), _Places())
    try:
        async with asyncio.timeout(LONGEST_WAIT):
            await _take(places, tenant_id)
    except TimeoutError:
        raise ImportsBusy from None
    try:
        yield
    finally:
        places.of_all.release()
        places.of_companies.give_back(tenant_id)


async def _take(places: _Places, tenant_id: UUID) -> None:
    await places.of_companies.take(tenant_id)
    try:
        await places.of_all.acquire()
    except BaseException:
        places.of_companies.give_back(tenant_id)
        raise
