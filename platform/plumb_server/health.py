"""Health: whether the process lives, whether it can serve, and its metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from plumb_platform.observability import Metrics

Check = Callable[[], Awaitable[None]]
CHECK_SECONDS = 3

log = structlog.get_logger(__name__)


async def alive(_: Request) -> Response:
    """Answer that the process runs; it asks nothing of anything else, so that an outage restarts no process."""
    return PlainTextResponse("ok\n")


class Readiness:
    """Answers 200 when every dependency answers, else 503 with the names of those that do not."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    async def __call__(self, _: Request) -> Response:
        """Run all checks at once, each for at most three seconds; a check raises when it fails."""
        names = list(self._checks)
        states = dict(zip(names, await asyncio.gather(*(self._state(name) for name in names)), strict=True))
        ready = all(state == "ok" for state in states.values())
        return JSONResponse({"ready": ready, "checks": states}, 200 if ready else 503)

    async def _state(self, name: str) -> str:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._checks[name]()
        except Exception as error:  # noqa: BLE001 - whatever the reason, the dependency is not ready
            log.warning("dependency is not ready", dependency=name, reason=type(error).__name__)
            return "failed"
        return "ok"


class MetricsPage:
    """Answers the metrics in Prometheus' text form."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def __call__(self, _: Request) -> Response:
        """Return what the process counted so far."""
        body, media_type = self._metrics.exposition()
        return Response(body, headers={"content-type": media_type})
