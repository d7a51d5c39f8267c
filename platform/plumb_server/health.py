"""Health: whether the process lives, whether it can serve, and its metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from plumb_platform.observability import Metrics, get_logger

Check = Callable[[], Awaitable[None]]
Alarm = Callable[[], Awaitable[int]]
"""Counts what will stop working unless somebody sees to it."""
CHECK_SECONDS = 3
SPARED = frozenset({"redis"})
"""What a serving process does without: jobs wait in the outbox meanwhile. Taken out of service, it would serve nobody at all."""

log = get_logger(__name__)


async def alive(_: Request) -> Response:
    """Answer that the process runs; it asks nothing of anything else, so that an outage restarts no process."""
    return PlainTextResponse("ok\n")


class Readiness:
    """Answers 200 while every dependency answers that serving needs, else 503; either way with the state of each."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    async def __call__(self, _: Request) -> Response:
        """Run all checks at once, each for at most three seconds; a check raises when it fails."""
        states = await self.states()
        ready = can_serve(states)
        return JSONResponse({"ready": ready, "checks": states}, 200 if ready else 503)

    async def states(self) -> dict[str, str]:
        """Return the state of each dependency by its name."""
        names = list(self._checks)
        return dict(zip(names, await asyncio.gather(*(self._state(name) for name in names)), strict=True))

    async def _state(self, name: str) -> str:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._checks[name]()
        except Exception as error:  # noqa: BLE001 - whatever the reason, the dependency is not ready
            log.warning("dependency is not ready", dependency=name, reason=type(error).__name__)
            return "failed"
        return "ok"


def can_serve(states: Mapping[str, str]) -> bool:
    """Return whether what fails is nothing that serving needs."""
    return all(state == "ok" for name, state in states.items() if name not in SPARED)


class Alarms:
    """Answers what an operator has to see to: 200 with the counts while the process can serve, 503 when it cannot.

    Nothing here names a company: the page is open to whoever reaches the port.
    """

    def __init__(self, checks: Mapping[str, Check], alarms: Mapping[str, Alarm]) -> None:
        self._readiness = Readiness(checks)
        self._alarms = alarms

    async def __call__(self, _: Request) -> Response:
        """Run all checks, then all alarms; a count that cannot be read is null and an alarm too."""
        checks = await self._readiness.states()
        counts = {name: await self._count(alarm) for name, alarm in self._alarms.items()}
        ready = can_serve(checks)
        is_well = all(state == "ok" for state in checks.values()) and all(count == 0 for count in counts.values())
        status = "failed" if not ready else "ok" if is_well else "alarm"
        return JSONResponse({"status": status, "checks": checks, "alarms": counts}, 200 if ready else 503)

    async def _count(self, alarm: Alarm) -> int | None:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return await alarm()
        except Exception as error:  # noqa: BLE001 - whatever the reason, nothing is known
            log.warning("alarm cannot be read", reason=type(error).__name__)
            return None


class MetricsPage:
    """Answers the metrics in Prometheus' text form."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def __call__(self, _: Request) -> Response:
        """Return what the process counted so far."""
        body, media_type = self._metrics.exposition()
        return Response(body, headers={"content-type": media_type})
