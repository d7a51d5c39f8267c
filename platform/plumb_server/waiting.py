"""Waiting until a moment at most, without a timer for what is there at once: most bodies come with their request's head."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


async def until(deadline: float, work: Coroutine[Any, Any, T]) -> T:
    """Return what the work returns; raises TimeoutError when it is not done at a moment of the loop's clock."""
    try:
        awaited = work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    async with asyncio.timeout_at(deadline):
        return await _Rest(work, awaited)


class _Rest(Generic[T]):
    """The rest of a coroutine that has made its first step and awaits something."""

    def __init__(self, work: Coroutine[Any, Any, T], awaited: Any) -> None:
        self._work, self._awaited = work, awaited

    def __await__(self) -> Generator[Any, Any, T]:
        awaited = self._awaited
        try:
            while True:
                try:
                    given = yield awaited
                except BaseException as error:  # noqa: BLE001 - a cancellation is the work's to answer, as in `yield from`
                    awaited = self._work.throw(error)
                else:
                    awaited = self._work.send(given)
        except StopIteration as done:
            value: T = done.value
            return value
