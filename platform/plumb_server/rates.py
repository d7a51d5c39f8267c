"""How many requests a company may make: counted in each process, and added up over all of them by Valkey once a second (C57)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.errors import DomainError, RateLimited
from plumb_platform.ids import unguessable
from plumb_platform.observability import get_logger
from plumb_platform.outages import REDIS_AWAY
from plumb_platform.settings import Settings
from plumb_server.redis_ping import add_up

log = get_logger(__name__)
WINDOW_SECONDS = 10
ROUND_SECONDS = 1.0
ALL, TOKENS = "all", "tokens"
TellAll = Callable[[Mapping[str, int]], Awaitable[Sequence[int]]]
"""Tells what this process has counted by name, in place of what it told before, and returns what all processes have."""


class CompanyTooOften(RateLimited):
    """The people and programs of one company, or its programs alone, ask more often than it may."""

    code = "COMPANY_RATE_LIMITED"
    zh = "贵公司的请求过于频繁（每分钟上限 {limit} 次），请在 {retry_after} 秒后重试。"
    en = "Your company asks too often (at most {limit} requests a minute); try again in {retry_after} seconds."

    def __init__(self, *, limit: int, retry_after: int) -> None:
        self.retry_after = retry_after
        DomainError.__init__(self, limit=limit, retry_after=retry_after)


@dataclass(slots=True)
class Count:
    """What was asked of this process, how much of that the others know, and what was asked of them, in one window."""

    here: int = 0
    told: int = 0
    elsewhere: int = 0


class Rates:
    """Counts the requests of each company in windows of WINDOW_SECONDS.

    No request waits for Valkey: the counts of other processes are a second old at most. While it is away each process holds
    its own companies to the limits alone, and serves on.
    """

    def __init__(self, limits: Mapping[str, int], tell_all: TellAll) -> None:
        self._limits = {sort: limit for sort, limit in limits.items() if limit}
        self._tell_all = tell_all
        self._window = 0
        self._counts: dict[tuple[UUID, str], Count] = {}
        self._telling: asyncio.Task[None] | None = None

    def spend(self, actor: Actor) -> None:
        """Count one request of a caller; raises CompanyTooOften, and counts nothing, when it is one too many."""
        if not self._limits:
            return
        moment = now().timestamp()
        window = int(moment // WINDOW_SECONDS)
        if window != self._window:
            self._window, self._counts = window, {}
        counts = [(self._count(actor.tenant_id, sort), sort) for sort in self._limits if sort == ALL or actor.channel == "token"]
        for count, sort in counts:
            limit = self._limits[sort]
            if (count.here + count.elsewhere) * 60 >= limit * WINDOW_SECONDS:
                log.warning("a company asks too often", tenant_id=str(actor.tenant_id), sort=sort)
                raise CompanyTooOften(limit=limit, retry_after=int((window + 1) * WINDOW_SECONDS - moment) + 1)
        for count, _ in counts:
            count.here += 1
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell())

    async def close(self) -> None:
        """Tell nothing more."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    def _count(self, tenant_id: UUID, sort: str) -> Count:
        return self._counts.setdefault((tenant_id, sort), Count())

    async def _tell(self) -> None:
        """Add up what was asked, in rounds, until a round has nothing to tell."""
        is_away = False
        while any(count.here > count.told for count in self._counts.values()):
            try:
                await self._round()
                is_away = False
            except Exception as error:  # noqa: BLE001 - whatever it is, requests are counted here, and told in the next round
                if not is_away:
                    log.warning("requests are counted in this process alone", **REDIS_AWAY.said(error))
                is_away = True
            await asyncio.sleep(ROUND_SECONDS)
        self._telling = None

    async def _round(self) -> None:
        window = self._window
        untold = {key: (count, count.here) for key, count in self._counts.items() if count.here > count.told}
        named = {f"plumb:rates:{window}:{sort}:{tenant_id}": here for (tenant_id, sort), (_, here) in untold.items()}
        async with asyncio.timeout(ROUND_SECONDS):
            totals = await self._tell_all(named)
        for (count, here), total in zip(untold.values(), totals, strict=True):
            count.told = here
            count.elsewhere = max(0, total - here)


def rates_of(settings: Settings) -> Rates:
    """Return the counts of a process, with the limits that the operator set."""
    limits = {ALL: settings.company_rate, TOKENS: settings.token_rate}
    return Rates(limits, partial(add_up, settings.redis_url, unguessable(), seconds=3 * WINDOW_SECONDS))
