"""Mutations of background jobs."""

from typing import Annotated

import strawberry

from plumb_platform.permissions import Permission
from plumb_platform.queue import service
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_schema.ground.problems import Problems
from plumb_schema.jobs.types import Job
from plumb_schema.reads.completion import row_of


@strawberry.input(description="重试任务 / Queue a failed job again, after its cause is mended.")
class RetryJobInput:
    job_id: strawberry.ID


RetryJobResult = Annotated[Job | Problems, strawberry.union("RetryJobResult")]


@strawberry.type
class JobMutation:
    @field(needs=Permission.JOB_RETRY, description="重试任务 / Queue a failed job again.")
    async def retry_job(self, info: Info, input: RetryJobInput) -> RetryJobResult:
        job = await service.retry_job(info.context.caller, decode_id(input.job_id, "Job", field="jobId"))
        return row_of(Job, job.id)
