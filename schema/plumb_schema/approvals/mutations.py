"""Mutations of approvals: what approvers and applicants do, and delegating."""

from typing import Annotated

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
from plumb_schema.ground.permission import field
from plumb_schema.ground.problems import Problems
from plumb_schema.reads.completion import row_of
from plumb_tenants.approvals import service

DecideApprovalResult = Annotated[ApprovalTask | Problems, strawberry.union("DecideApprovalResult")]
UndoDecisionResult = Annotated[ApprovalTask | Problems, strawberry.union("UndoDecisionResult")]
AddSignerResult = Annotated[ApprovalTask | Problems, strawberry.union("AddSignerResult")]
TransferTaskResult = Annotated[ApprovalTask | Problems, strawberry.union("TransferTaskResult")]
ReturnApprovalResult = Annotated[ApprovalTask | Problems, strawberry.union("ReturnApprovalResult")]
WithdrawApprovalResult = Annotated[Approval | Problems, strawberry.union("WithdrawApprovalResult")]
UrgeApprovalResult = Annotated[Approval | Problems, strawberry.union("UrgeApprovalResult")]
DelegateApprovalsResult = Annotated[ApprovalDelegation | Problems, strawberry.union("DelegateApprovalsResult")]
RevokeApprovalDelegationResult = Annotated[ApprovalDelegation | Problems, strawberry.union("RevokeApprovalDelegationResult")]
_ACT = Permission.APPROVAL_ACT


@strawberry.type
class ApprovalMutation:
    @field(needs=_ACT, description="审批 / Say yes or no in one's task.")
    async def decide_approval(self, info: Info, input: DecideApprovalInput) -> DecideApprovalResult:
        done = await service.decide(
            info.context.caller,
            task_id=decode_id(input.task_id, "ApprovalTask", field="taskId"),
            decision=input.decision,
            object_version=input.object_version,
            comment=input.comment,
        )
        return row_of(ApprovalTask, done)

    @field(needs=_ACT, description="撤销意见 / Take one's word back, as an act of its own.")
    async def undo_decision(self, info: Info, input: UndoDecisionInput) -> UndoDecisionResult:
        task_id = decode_id(input.task_id, "ApprovalTask", field="taskId")
        return row_of(ApprovalTask, await service.undo_decision(info.context.caller, task_id=task_id, comment=input.comment))

    @field(needs=_ACT, description="加签 / Ask one more person.")
    async def add_signer(self, info: Info, input: AddSignerInput) -> AddSignerResult:
        done = await service.add_signer(
            info.context.caller,
            task_id=decode_id(input.task_id, "ApprovalTask", field="taskId"),
            person_id=decode_id(input.person_id, "Person", field="personId"),
            comment=input.comment,
        )
        return row_of(ApprovalTask, done)

    @field(needs=_ACT, description="转办 / Give one's task to somebody else.")
    async def transfer_task(self, info: Info, input: TransferTaskInput) -> TransferTaskResult:
        done = await service.transfer_task(
            info.context.caller,
            task_id=decode_id(input.task_id, "ApprovalTask", field="taskId"),
            person_id=decode_id(input.person_id, "Person", field="personId"),
            comment=input.comment,
        )
        return row_of(ApprovalTask, done)

    @field(needs=_ACT, description="退回 / Return to a step that was passed, or to the applicant.")
    async def return_approval(self, info: Info, input: ReturnApprovalInput) -> ReturnApprovalResult:
        done = await service.return_approval(
            info.context.caller,
            task_id=decode_id(input.task_id, "ApprovalTask", field="taskId"),
            to_step=input.to_step,
            object_version=input.object_version,
            comment=input.comment,
        )
        return row_of(ApprovalTask, done)

    @field(needs=_ACT, description="撤回 / End one's own request.")
    async def withdraw_approval(self, info: Info, input: WithdrawApprovalInput) -> WithdrawApprovalResult:
        approval_id = decode_id(input.approval_id, "Approval", field="approvalId")
        done = await service.withdraw_approval(info.context.caller, approval_id=approval_id, comment=input.comment)
        return row_of(Approval, done)

    @field(needs=_ACT, description="催办 / Remind those who are asked.")
    async def urge_approval(self, info: Info, input: UrgeApprovalInput) -> UrgeApprovalResult:
        approval_id = decode_id(input.approval_id, "Approval", field="approvalId")
        return row_of(Approval, await service.urge_approval(info.context.caller, approval_id=approval_id))

    @field(needs=_ACT, description="委派 / Let a colleague decide between two days.")
    async def delegate_approvals(self, info: Info, input: DelegateApprovalsInput) -> DelegateApprovalsResult:
        made = await service.delegate_approvals(
            info.context.caller,
            person_id=decode_id(input.person_id, "Person", field="personId"),
            starts_on=input.starts_on,
            ends_on=input.ends_on,
        )
        return row_of(ApprovalDelegation, made)

    @field(needs=_ACT, description="撤销委派 / End one's own delegation.")
    async def revoke_approval_delegation(
        self, info: Info, input: RevokeApprovalDelegationInput
    ) -> RevokeApprovalDelegationResult:
        delegation_id = decode_id(input.delegation_id, "ApprovalDelegation", field="delegationId")
        done = await service.revoke_approval_delegation(info.context.caller, delegation_id=delegation_id)
        return row_of(ApprovalDelegation, done)
