"""The open streams of one process: how many a person and a company may have, and the end of all of them at its shutdown."""

import asyncio
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError, RateLimited

MOST_OF_A_PERSON, MOST_OF_A_COMPANY, MOST = 10, 200, 1_000
RETRY_SECONDS = 30


class TooManyStreams(RateLimited):
    """The person, the company or the process has as many open streams as it may."""

    code = "TOO_MANY_STREAMS"
    zh = "同时打开的订阅过多，上限为 {limit} 个；请先关闭其他订阅。"
    en = "Too many subscriptions are open; at most {limit} may be. Close another one first."

    def __init__(self, *, limit: int) -> None:
        self.retry_after = RETRY_SECONDS
        DomainError.__init__(self, limit=limit, retry_after=RETRY_SECONDS)


class Streams:
    """Counts the open streams."""

    def __init__(self) -> None:
        self.closing = asyncio.Event()
        self._open: Counter[Hashable] = Counter()

    @contextmanager
    def place(self, actor: Actor) -> Iterator[None]:
        """Take a place for the length of a `with` block; raises TooManyStreams."""
        person = (actor.tenant_id, actor.token_id or actor.membership_id)
        limits = {person: MOST_OF_A_PERSON, actor.tenant_id: MOST_OF_A_COMPANY, "": MOST}
        for key, limit in limits.items():
            if self._open[key] >= limit:
                raise TooManyStreams(limit=limit)
        self._open.update(limits.keys())
        try:
            yield
        finally:
            self._open.subtract(limits.keys())
            self._open += Counter()

    @property
    def count(self) -> int:
        """Return how many are open."""
        return self._open[""]

    def close(self) -> None:
        """End all streams: their clients are to come again, to another process."""
        self.closing.set()
