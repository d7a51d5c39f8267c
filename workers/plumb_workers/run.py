"""The processes of the background: `python -m plumb_workers.run worker` and `... relay`, until SIGTERM or SIGINT."""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from plumb_platform.database import Database
from plumb_platform.documents.key_vault import vault_of
from plumb_platform.documents.renderer import Renderer
from plumb_platform.documents.timestamp_servers import timestamp_servers_of
from plumb_platform.observability import Metrics, traced
from plumb_platform.queue.relay import RelayLimits, relay_until, waiting_jobs
from plumb_platform.queue.worker_side import work_on
from plumb_platform.scanning import scanner_at
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_tenants.access.service import kept_text
from plumb_tenants.letters.service import SealTools
from plumb_tenants.tables import MODELS
from plumb_workers.jobs import Tools, registered_jobs, work_with
from plumb_workers.queue import ArqSender, consume_until
from plumb_workers.schedule import Timers, keep_time, overdue_snapshots

log = logging.getLogger(__name__)
DEPTH_SECONDS, OVERDUE_SECONDS = 5, 60


async def run_worker(settings: Settings, stopped: asyncio.Event) -> None:
    """Do jobs until `stopped` is set; Redis and PostgreSQL may come and go."""
    children = max(1, min(4, os.cpu_count() or 1))
    fonts = settings.home / "fonts"
    async with Database(settings, models=MODELS, door="job"), Renderer(children=children, font_cache=fonts) as renderer:
        find_work, metrics = work_with(tools_of(settings, renderer)), Metrics()
        metrics.serve(settings.metrics_port)

        async def work(tenant_id: UUID, job_id: UUID) -> None:
            started = time.monotonic()
            with traced(tenant_id=tenant_id, job_id=job_id):
                outcome = await work_on(tenant_id, job_id, find_work, keep=kept_text)
            if outcome is not None:
                metrics.observe_job(outcome.topic, outcome.state, time.monotonic() - started)
                if outcome.outage:
                    metrics.outages.labels("worker", outcome.outage).inc()

        longest = max(each.timeout for each in registered_jobs().values())
        log.info("worker ready")
        # As many at once as render at once, and as many again that wait for the database meanwhile.
        await consume_until(
            stopped, settings.redis_url, work, at_once=min(2 * children, settings.pool_size), longest_seconds=longest
        )


async def run_relay(settings: Settings, stopped: asyncio.Event, *, limits: RelayLimits | None = None) -> None:
    """Send due jobs and run the timers beside it until `stopped` is set; Redis and PostgreSQL may come and go."""
    sender, metrics = ArqSender(settings.redis_url), Metrics()
    metrics.serve(settings.metrics_port)

    async def beat() -> None:
        if time.monotonic() - metrics.depth_read_at > DEPTH_SECONDS:
            metrics.set_outbox_depth(await waiting_jobs(), at=time.monotonic())
        if time.monotonic() - metrics.overdue_read_at > OVERDUE_SECONDS:
            metrics.set_snapshots_overdue(await overdue_snapshots(), at=time.monotonic())

    async with Database(settings, models=MODELS, door="job"):
        # Beside the relay, not in it: a round through thousands of companies would keep the jobs of all from their workers.
        timers = asyncio.create_task(keep_time(stopped, Timers()))
        log.info("relay ready")
        await relay_until(stopped, sender, limits or RelayLimits(), beat=beat)
        timers.cancel()
        await asyncio.gather(timers, return_exceptions=True)
        await sender.close()


def tools_of(settings: Settings, renderer: Renderer) -> Tools:
    """Return what the jobs of a process use."""
    storage = open_storage(settings.storage_url, home=settings.home)
    seal = SealTools(
        renderer=renderer,
        storage=storage,
        vault=vault_of(settings),
        public_url=settings.public_url,
        timestamps=timestamp_servers_of(settings),
    )
    scanner = scanner_at(settings.scan_url, seconds=settings.scan_seconds)
    return Tools(settings=settings, seal=seal, scanner=scanner)


def run_until_signal(run: Callable[[Settings, asyncio.Event], Awaitable[None]], settings: Settings) -> None:
    """Run one of the processes above; SIGTERM and SIGINT end it after the work under way."""

    async def main() -> None:
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        await run(settings, stopped)

    asyncio.run(main())


def main() -> None:
    """Run the process that the first argument names."""
    processes = {"worker": run_worker, "relay": run_relay}
    if len(sys.argv) != 2 or sys.argv[1] not in processes:
        raise SystemExit(f"usage: python -m plumb_workers.run {'|'.join(processes)}")
    settings = Settings()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    run_until_signal(processes[sys.argv[1]], settings)


if __name__ == "__main__":
    main()
