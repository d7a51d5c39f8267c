"""Queries of approvals: one's tasks, what one applied for, who would be asked, how long flows take."""

from datetime import datetime

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.approvals.types import (
    Approval,
    ApprovalDelegation,
    ApprovalTask,
    ApprovalTimes,
    ForeseenStep,
    step_of,
    times_of,
)
from plumb_schema.formulas.types import FormulaValueInput, value_of
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_schema.reads.classes import connection, single
from plumb_tenants.approvals import service

_READ = Permission.APPROVAL_READ


@strawberry.type
class ApprovalQuery:
    approvals = connection(Approval, description="审批列表 / The approvals that the caller may read, newest first.")
    approval = single(Approval, description="审批 / One approval.")
    approval_tasks = connection(
        ApprovalTask, description="审批任务列表 / One's own tasks and those one decides for others, newest first."
    )
    approval_task = single(ApprovalTask, description="审批任务 / One task, with its approval.")
    approval_delegations = connection(ApprovalDelegation, description="审批委派列表 / Delegations by and to the caller.")

    @field(needs=Permission.DEFINITION_READ, description="预览审批人 / Who would be asked for a request of somebody; dry.")
    async def foresee_approval(
        self, info: Info, flow_key: str, applicant_id: strawberry.ID, fields: list[FormulaValueInput]
    ) -> list[ForeseenStep]:
        found = await service.foresee(
            info.context.caller,
            flow_key=flow_key,
            applicant_id=decode_id(applicant_id, "Person", field="applicantId"),
            fields={each.name: value_of(each) for each in fields},
        )
        return [step_of(each) for each in found]

    @field(needs=_READ, description="审批用时 / The average of a flow's approvals that ended in a time.")
    async def approval_times(self, info: Info, flow_key: str, since: datetime, until: datetime) -> ApprovalTimes:
        return times_of(await service.average_times(info.context.caller, flow_key=flow_key, since=since, until=until))
