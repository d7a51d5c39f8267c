"""Queries of actions: customers, tasks, the compliance rate."""

from datetime import date

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.actions.types import ComplianceRate, Customer, Task, compliance_of
from plumb_schema.ground.context import Info
from plumb_schema.ground.permission import field
from plumb_schema.metrics.inputs import SubjectInput
from plumb_schema.reads.classes import connection, single
from plumb_tenants.actions import service


@strawberry.type
class ActionQuery:
    customers = connection(Customer, description="客户列表 / The customers that the caller may read, by code.")
    tasks = connection(Task, description="任务列表 / The tasks that the caller may read, newest period first.")
    task = single(Task, description="任务 / One task.")

    @field(needs=Permission.TASK_READ, description="过程合规率 / Key actions done of those planned, of tasks within a period.")
    async def compliance_rate(self, info: Info, subject: SubjectInput, starts_on: date, ends_on: date) -> ComplianceRate:
        found = await service.compliance_rate(info.context.caller, subject=subject.opened(), starts_on=starts_on, ends_on=ends_on)
        return compliance_of(found)
