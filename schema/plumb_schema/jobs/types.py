"""GraphQL type of a background job."""

import strawberry

from plumb_platform.queue.resources import JOB
from plumb_platform.queue.service import JobState
from plumb_schema.ground.ids import Node
from plumb_schema.reads.classes import of

strawberry.enum(JobState, description="任务状态 / Where a job stands.")


@of(JOB)
class Job(Node):
    pass
