"""Mutations of background jobs."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_platform.queue import service
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.jobs.types import Job
from plumb_schema.reads.completion import row_of


@strawberry.input(description="重试任务 / Queue a failed job again, after its cause is mended.")
class RetryJobInput:
    job_id: strawberry.ID


@strawberry.type
class JobMutation:
    @mutation(needs=Permission.JOB_RETRY, description="重试任务 / Queue a failed job again.")
    async def retry_job(self, info: Info, input: RetryJobInput) -> Job:
        job = await service.retry_job(info.context.caller, decode_id(input.job_id, "Job", field="jobId"))
        return row_of(Job, job.id)
