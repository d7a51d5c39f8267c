"""Mutations of approvals: what approvers and applicants do, and delegating."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.approvals.types import (
    AddSignerInput,
    Approval,
    ApprovalDelegation,
    ApprovalTask,
    DecideApprovalInput,
    DelegateApprovalsInput,
    ReturnApprovalInput,
    RevokeApprovalDelegationInput,
    TransferTaskInput,
    UndoDecisionInput,
    UrgeApprovalInput,
    WithdrawApprovalInput,
)
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.approvals import service

_ACT = Permission.APPROVAL_ACT


@strawberry.type
class ApprovalMutation:
    @mutation(needs=_ACT, description="审批 / Say yes or no in one's task.")
    async def decide_approval(self, info: Info, input: DecideApprovalInput) -> ApprovalTask:
        done = await service.decide(
            info.context.caller,
            task_id=decode_id(input.task_id, "ApprovalTask", field="taskId"),
            decision=input.decision,
            object_version=input.object_version,
            comment=input.comment,
        )
        return row_of(ApprovalTask, done)

    @mutation(needs=_ACT, description="撤销意见 / Take one's word back, as an act of its own.")
    async def undo_decision(self, info: Info, input: UndoDecisionInput) -> ApprovalTask:
        task_id = decode_id(input.task_id, "ApprovalTask", field="taskId")
        return row_of(ApprovalTask, await service.undo_decision(info.context.caller, task_id=task_id, comment=input.comment))

    @mutation(needs=_ACT, description="加签 / Ask one more person.")
    async def add_signer(self, info: Info, input: AddSignerInput) -> ApprovalTask:
        done = await service.add_signer(
            info.context.caller,
            task_id=decode_id(input.task_id, "ApprovalTask", field="taskId"),
            person_id=decode_id(input.person_id, "Person", field="personId"),
            comment=input.comment,
        )
        return row_of(ApprovalTask, done)

    @mutation(needs=_ACT, description="转办 / Give one's task to somebody else.")
    async def transfer_task(self, info: Info, input: TransferTaskInput) -> ApprovalTask:
        done = await service.transfer_task(
            info.context.caller,
            task_id=decode_id(input.task_id, "ApprovalTask", field="taskId"),
            person_id=decode_id(input.person_id, "Person", field="personId"),
            comment=input.comment,
        )
        return row_of(ApprovalTask, done)

    @mutation(needs=_ACT, description="退回 / Return to a step that was passed, or to the applicant.")
    async def return_approval(self, info: Info, input: ReturnApprovalInput) -> ApprovalTask:
        done = await service.return_approval(
            info.context.caller,
            task_id=decode_id(input.task_id, "ApprovalTask", field="taskId"),
            to_step=input.to_step,
            object_version=input.object_version,
            comment=input.comment,
        )
        return row_of(ApprovalTask, done)

    @mutation(needs=_ACT, description="撤回 / End one's own request.")
    async def withdraw_approval(self, info: Info, input: WithdrawApprovalInput) -> Approval:
        approval_id = decode_id(input.approval_id, "Approval", field="approvalId")
        done = await service.withdraw_approval(info.context.caller, approval_id=approval_id, comment=input.comment)
        return row_of(Approval, done)

    @mutation(needs=_ACT, description="催办 / Remind those who are asked.")
    async def urge_approval(self, info: Info, input: UrgeApprovalInput) -> Approval:
        approval_id = decode_id(input.approval_id, "Approval", field="approvalId")
        return row_of(Approval, await service.urge_approval(info.context.caller, approval_id=approval_id))

    @mutation(needs=_ACT, description="委派 / Let a colleague decide between two days.")
    async def delegate_approvals(self, info: Info, input: DelegateApprovalsInput) -> ApprovalDelegation:
        made = await service.delegate_approvals(
            info.context.caller,
            person_id=decode_id(input.person_id, "Person", field="personId"),
            starts_on=input.starts_on,
            ends_on=input.ends_on,
        )
        return row_of(ApprovalDelegation, made)

    @mutation(needs=_ACT, description="撤销委派 / End one's own delegation.")
    async def revoke_approval_delegation(self, info: Info, input: RevokeApprovalDelegationInput) -> ApprovalDelegation:
        delegation_id = decode_id(input.delegation_id, "ApprovalDelegation", field="delegationId")
        done = await service.revoke_approval_delegation(info.context.caller, delegation_id=delegation_id)
        return row_of(ApprovalDelegation, done)
