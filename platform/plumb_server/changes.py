"""One look-out per process: asks PostgreSQL, a company at a time, whether anything has changed, and wakes who waits for it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from plumb_platform.observability import get_logger

LOOK_SECONDS = 0.5
log = get_logger(__name__)


@dataclass(slots=True)
class Company:
    """A company that somebody watches: what its version was at the last look, and the bell that the next change rings."""

    watchers: int = 0
    version: int | None = None
    bell: asyncio.Event = field(default_factory=asyncio.Event)


class Changes:
    """Rings for every committed change of a watched company.

    The counters are rows of the changed transaction itself, so nothing can be lost: who takes the bell, then reads,
    then waits, is woken by every change that the reading did not see. A look that fails is repeated.
    """

    def __init__(self, version: Callable[[UUID], Awaitable[int]]) -> None:
        self._version = version
        self._companies: dict[UUID, Company] = {}
        self._looking: asyncio.Task[None] | None = None

    @contextmanager
    def watched(self, tenant_id: UUID) -> Iterator[Company]:
        """Watch a company for the length of a `with` block; the look-out sleeps when nobody does."""
        company = self._companies.setdefault(tenant_id, Company())
        company.watchers += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield company
        finally:
            company.watchers -= 1
            if company.watchers == 0:
                del self._companies[tenant_id]
            if not self._companies and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _look(self) -> None:
        while True:
            for tenant_id, company in list(self._companies.items()):
                try:
                    version = await self._version(tenant_id)
                except Exception:
                    log.warning("the look-out could not ask for a version", exc_info=True)
                    continue
                if version != company.version:
                    company.version = version
                    company.bell.set()
                    company.bell = asyncio.Event()
            await asyncio.sleep(LOOK_SECONDS)
