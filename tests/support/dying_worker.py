"""A worker killed at a chosen step: `python -m support.dying_worker`, which is told by lines what to do and where.

A line is JSON: `environment`, `tenant` and `work`, a list of STEP=JOB+JOB...; a topic stands for its open job.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import plumb_platform.documents.letter_print
import plumb_platform.documents.seal
from plumb_platform.actor import system_actor
from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.queue import worker_side
from plumb_platform.queue.models import Outbox
from plumb_platform.settings import Settings
from plumb_platform.storage import Storage
from plumb_tenants.decomposition import runs
from plumb_tenants.letters import sealing
from plumb_tenants.letters.models import Letter
from plumb_tenants.retention import running
from plumb_tenants.tables import MODELS
from plumb_workers.jobs import work_with
from plumb_workers.run import tools_of

STEPS: dict[str, tuple[Any, str]] = {
    "begun": (worker_side, "_do"),
    "locked": (sealing, "active_signing_key"),
    "drawing": (plumb_platform.documents.letter_print, "print_letter"),
    "sealing": (plumb_platform.documents.seal, "seal_pdf"),
    "storing": (Storage, "put"),
    "saving": (Letter, "save"),
    "recording": (sealing, "record"),
    "marking": (Outbox, "save"),
    "healthy": (os, ""),
}
"""Where the process dies: right before the call. What a step wrote before it must be undone or found again."""
RUN_STEPS: dict[str, tuple[Any, str]] = {
    "level-begun": (runs, "propose_level"),
    "plans-stored": (runs, "store_weeks"),
    "level-marking": (Outbox, "save"),
}
"""The same for the job of one level of a run (C34)."""
RETENTION_STEPS: dict[str, tuple[Any, str]] = {
    "rows-emptied": (running, "record"),
}
"""The same for the steps of a run of retention."""
AFTER: dict[str, tuple[Any, str]] = {
    "stored": (Storage, "put"),
    "file-gone": (Storage, "delete"),
    "report-stored": (Storage, "put"),
}
"""Where it dies right after the call."""
OPEN = "select id from outbox where topic = $1 and done_at is null"


def die_before(place: Any, name: str) -> None:
    """Make a call kill its process, as the kernel would."""

    def killed(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(place, name, killed)


def die_after(place: Any, name: str) -> None:
    """Make a call kill its process once it is done."""
    real: Callable[..., Any] = getattr(place, name)

    async def killed(*values: object, **named: object) -> None:
        await real(*values, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(place, name, killed)


async def work(settings: Settings, tenant_id: UUID, job_ids: list[str]) -> None:
    """Do jobs as the worker does."""
    async with Database(settings, models=MODELS), Renderer(font_cache=settings.home / "fonts") as renderer:
        for job_id in job_ids:
            known = UUID(job_id) if "." not in job_id else await open_job(tenant_id, job_id)
            await worker_side.work_on(tenant_id, known, work_with(tools_of(settings, renderer)))


async def open_job(tenant_id: UUID, topic: str) -> UUID:
    """Return the one job of a topic that is not done."""
    async with tenant_transaction(system_actor(tenant_id, channel="job")):
        found: UUID = await fetch_value(OPEN, topic)
        return found


def main() -> None:
    """Fork one process for each piece of work, the imports being done; print how each ended."""
    for line in sys.stdin:
        asked = json.loads(line)
        os.environ |= asked["environment"]
        settings, tenant_id = Settings(), UUID(asked["tenant"])
        for each in asked["work"]:
            step, jobs = each.split("=")
            sys.stdout.write(f"{step} {ended(settings, tenant_id, step, jobs.split('+'))}\n")
            sys.stdout.flush()


def ended(settings: Settings, tenant_id: UUID, step: str, jobs: list[str]) -> int:
    """Do jobs in a process of their own that dies at a step; return its exit code, or the negative number of its signal."""
    child = os.fork()
    if child == 0:
        if step in AFTER:
            die_after(*AFTER[step])
        elif step != "healthy":
            die_before(*(STEPS | RUN_STEPS | RETENTION_STEPS)[step])
        asyncio.run(work(settings, tenant_id, jobs))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1])]
    main()
