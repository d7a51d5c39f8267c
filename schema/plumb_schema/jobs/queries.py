"""Queries of background jobs."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from plumb_platform.permissions import Permission
from plumb_platform.queue import service
from plumb_schema.ground.connections import Connection, page
from plumb_schema.ground.context import Info
from plumb_schema.ground.cursors import Key
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_schema.jobs.types import Job, job_of


@strawberry.type
class JobQuery:
    @field(needs=Permission.JOB_READ, description="任务列表 / Background jobs, newest first; one's own, or all of the company.")
    async def jobs(
        self, info: Info, topic: str | None = None, first: int | None = None, after: str | None = None
    ) -> Connection[Job]:
        async def read(behind: tuple[Key, ...] | None, limit: int) -> Sequence[service.Outbox]:
            last = behind[0] if behind else None
            return await service.list_jobs(
                info.context.caller, topic=topic, after=last if isinstance(last, UUID) else None, limit=limit
            )

        return await page(
            info.context, read, place=f"jobs:{topic}", key=lambda row: (row.id,), node=job_of, first=first, after=after
        )

    @field(needs=Permission.JOB_READ, description="任务 / One job.")
    async def job(self, info: Info, job_id: Annotated[strawberry.ID, strawberry.argument(name="id")]) -> Job:
        return job_of(await service.access_job(info.context.caller, decode_id(job_id, "Job")))
