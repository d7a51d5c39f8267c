"""The jobs of a company done in this process, as the worker does them."""

from typing import Any

from plumb_platform.database import fetch, tenant_transaction
from plumb_platform.queue.worker_side import work_on
from plumb_platform.settings import Settings
from plumb_tenants.letters.service import SealTools
from plumb_workers.jobs import Tools, work_with
from support.letters_made import Office

JOB = "select id, error_code, done_at is not null as done from outbox where topic = $1 order by id"


async def work(office: Office, tools: SealTools, settings: Settings, topic: str) -> list[tuple[bool, Any]]:
    """Do the jobs of a topic that are open; return of each of the topic whether it is done, and its refusal."""
    system = office.company.system
    async with tenant_transaction(system):
        open_ones = [row["id"] for row in await fetch(JOB, topic) if not row["done"] and row["error_code"] is None]
    for job_id in open_ones:
        await work_on(system.tenant_id, job_id, work_with(Tools(settings=settings, seal=tools)))
    async with tenant_transaction(system):
        return [(row["done"], row["error_code"]) for row in await fetch(JOB, topic)]
