"""The one module that knows arq: the way from the relay to the workers, kept by Redis or Valkey and never trusted to keep it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import orjson
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.worker import Worker, func
from redis.exceptions import RedisError

from plumb_platform.outages import REDIS_AWAY
from plumb_platform.queue.relay import Envelope, Undelivered, wait

log = logging.getLogger(__name__)

QUEUE = "plumb:jobs"
DELIVER = "deliver"
POLL_SECONDS = 0.05
RESTART_SECONDS = 0.5
FINISH_SECONDS = 25
NOTHING_KEPT = 0
AWAY = (RedisError, OSError, TimeoutError)

Work = Callable[[UUID, UUID], Awaitable[None]]


def redis_settings(url: str) -> RedisSettings:
    """Return arq's settings for a redis:// or unix:// URL; the connection limit is named, because redis-py 8 has a low one."""
    settings = RedisSettings.from_dsn(url)
    settings.max_connections = 1000
    settings.conn_retries = 0
    return settings


class ArqSender:
    """Hands envelopes to arq; connects when first needed and again after Redis was away."""

    def __init__(self, url: str) -> None:
        self._settings = redis_settings(url)
        self._pool: ArqRedis | None = None

    async def send(self, envelopes: Sequence[Envelope]) -> None:
        """Enqueue each envelope under its delivery id, or raise Undelivered."""
        try:
            if self._pool is None:
                self._pool = await _pool(self._settings)
            for each in envelopes:
                await self._pool.enqueue_job(DELIVER, str(each.tenant_id), str(each.id), _job_id=each.delivery_id)
        except AWAY as error:
            await self.close()
            raise Undelivered from error

    async def close(self) -> None:
        """Let go of the connections."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await _quietly(pool.aclose(close_connection_pool=True))


async def consume_until(stopped: asyncio.Event, url: str, work: Work, *, at_once: int, longest_seconds: float) -> None:
    """Take deliveries and do `work(tenant_id, job_id)`, `at_once` at most, until `stopped` is set.

    arq's worker ends when Redis goes away: it is made anew as often as that happens. Work under way at the end has
    FINISH_SECONDS to finish and is cancelled then.
    """
    settings = redis_settings(url)
    while not stopped.is_set():
        try:
            pool = await _pool(settings)
        except AWAY as error:
            log.warning("queue is away: %s", type(error).__name__, extra=REDIS_AWAY.said(error))
        else:
            await _consume(stopped, _worker(pool, work, at_once, longest_seconds + 5))
            await _quietly(pool.aclose(close_connection_pool=True))
        await wait(stopped, RESTART_SECONDS)


async def ping(url: str) -> bool:
    """Return whether Redis answers."""
    try:
        pool = await _pool(redis_settings(url))
    except AWAY:
        return False
    await pool.aclose(close_connection_pool=True)
    return True


def _worker(pool: ArqRedis, work: Work, at_once: int, longest_seconds: float) -> Worker:
    async def deliver(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:  # noqa: ARG001 - the names that arq wants
        tenant_id, job_id = args
        await work(UUID(tenant_id), UUID(job_id))

    return Worker(
        functions=[func(deliver, name=DELIVER, timeout=longest_seconds, max_tries=100)],
        queue_name=QUEUE,
        redis_pool=pool,
        handle_signals=False,
        max_jobs=at_once,
        keep_result=NOTHING_KEPT,
        poll_delay=POLL_SECONDS,
        # What a killed worker left behind stays at the head for a while: look past it.
        queue_read_limit=1000,
        health_check_interval=10,
        job_serializer=_dumps,
        job_deserializer=orjson.loads,
        log_results=False,
    )


async def _consume(stopped: asyncio.Event, worker: Worker) -> None:
    """Run arq's worker until it ends or is to end, then let the work under way finish and cancel what does not."""
    running = asyncio.create_task(worker.async_run())
    stop = asyncio.create_task(stopped.wait())
    await asyncio.wait({running, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    running.cancel()
    if worker.main_task is not None:
        worker.main_task.cancel()
    ended = (await asyncio.gather(running, return_exceptions=True))[0]
    if isinstance(ended, BaseException) and not isinstance(ended, asyncio.CancelledError):
        log.warning("queue worker ended: %s", type(ended).__name__)
    under_way = set(worker.tasks.values())
    if under_way:
        _, late = await asyncio.wait(under_way, timeout=FINISH_SECONDS)
        for task in late:
            task.cancel()
        # Their ends are read here, or asyncio would complain: each failure was logged, or Redis is away.
        await asyncio.gather(*under_way, return_exceptions=True)


async def _pool(settings: RedisSettings) -> ArqRedis:
    return await create_pool(settings, job_serializer=_dumps, job_deserializer=orjson.loads, default_queue_name=QUEUE)


def _dumps(value: object) -> bytes:
    # arq packs an exception as a result even where none is kept: its name is enough.
    return orjson.dumps(value, default=lambda each: type(each).__name__)


async def _quietly(closing: Awaitable[None]) -> None:
    try:
        await closing
    except AWAY:
        log.debug("closing a lost connection")
