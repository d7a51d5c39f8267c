"""Queries of background jobs."""

import strawberry

from plumb_schema.jobs.types import Job
from plumb_schema.reads.classes import connection, single


@strawberry.type
class JobQuery:
    jobs = connection(Job, description="任务列表 / Background jobs, newest first; one's own, or all of the company.")
    job = single(Job, description="任务 / One job.")
