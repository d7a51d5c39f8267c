"""GraphQL type of a background job."""

from datetime import datetime
from uuid import UUID

import strawberry

from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_platform.queue import service
from plumb_schema.ground.context import Context, Info
from plumb_schema.ground.ids import Node, readable_node
from plumb_schema.ground.permission import field, tenant_type

strawberry.enum(service.JobState, description="任务状态 / Where a job stands.")


@tenant_type(needs=Permission.JOB_READ, description="后台任务 / Work done in the background; a failed one says why.")
class Job(Node):
    topic: str
    state: service.JobState
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    failures: int = strawberry.field(description="失败次数 / How often it failed so far.")
    error_code: str | None
    row: strawberry.Private[service.Outbox]

    @field(description="失败原因 / Why it failed, in the caller's language.")
    def message(self, info: Info) -> str | None:
        return (self.row.error or {}).get(info.context.locale)


def job_of(row: service.Outbox) -> Job:
    """Return the GraphQL object of a job."""
    return Job(
        uuid=row.id,
        row=row,
        topic=row.topic,
        state=service.state_of(row),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.done_at or row.failed_at,
        failures=row.failures,
        error_code=row.error_code,
    )


@readable_node("Job")
async def read_job(context: Context, key: UUID) -> Job | None:
    """Read a job that the caller may read."""
    try:
        return job_of(await service.access_job(context.caller, key))
    except NotFound:
        return None
