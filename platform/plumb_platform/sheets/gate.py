"""Files that a process reads at one time: each may take 100 MB while its rows are looked at, so that few are taken at once."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from plumb_platform.errors import Unavailable

AT_ONCE = 2
LONGEST_WAIT = 15.0
"""Seconds that an import waits for its turn: it holds a connection of its company meanwhile."""
Given = ParamSpec("Given")
Result = TypeVar("Result")
_places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class ImportsBusy(Unavailable):
    """A process reads few files at one time."""

    code = "IMPORTS_BUSY"
    zh = "正在导入其他文件，请稍后原样重试；没有写入任何内容。"
    en = "Other files are being imported; try the same again in a moment. Nothing was written."


def few_at_once(importing: Callable[Given, Awaitable[Result]]) -> Callable[Given, Awaitable[Result]]:
    """Let the imports of a process, of whatever kind, wait for each other; raise ImportsBusy where none ends in time."""

    @wraps(importing)
    async def one_of_few(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        places = _places.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await places.acquire()
        except TimeoutError:
            raise ImportsBusy from None
        try:
            return await importing(*args, **kwargs)
        finally:
            places.release()

    return one_of_few
