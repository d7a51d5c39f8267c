"""Doing something again until it is told whole, through whatever outages come meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable

from plumb_schema.ground.answers import is_outage


async def until_told(act: Callable[[], Awaitable[object]], seconds: float) -> int:
    """Do something again until it is told whole, `seconds` at most; return how often an outage was told instead."""
    outages = 0
    async with asyncio.timeout(seconds):
        while True:
            try:
                await act()
            except Exception as error:
                if not is_outage(error):
                    raise
                outages += 1
                await asyncio.sleep(0.1)
            else:
                return outages


async def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Look again and again until something holds; raises TimeoutError where it never does."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what other processes do tells nobody
            await asyncio.sleep(0.05)
