"""GraphQL types of approvals."""

from datetime import date
from decimal import Decimal

import strawberry

import plumb_schema.definitions.types
import plumb_schema.people.types  # noqa: F401 - relations and references lead to both
from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import tenant_type
from plumb_schema.reads.classes import of
from plumb_tenants.approvals import service
from plumb_tenants.approvals.resources import APPROVAL, APPROVAL_DELEGATION, APPROVAL_TASK
from plumb_tenants.approvals.states import ActKind, Origin, TaskState

_READ = Permission.APPROVAL_READ
strawberry.enum(service.ApprovalState, description="审批状态 / RETURNED waits for its applicant, with its clock paused.")
strawberry.enum(TaskState, name="ApprovalTaskState", description="任务状态 / PASSED by a rule, WAITING for its turn.")
strawberry.enum(Origin, name="ApprovalTaskOrigin", description="任务来源 / How somebody came to a task.")
strawberry.enum(ActKind, name="ApprovalActKind", description="操作类型 / What was done; undoing is an act of its own.")
strawberry.enum(service.Decision, name="ApprovalDecision", description="审批意见 / Yes or no.")
strawberry.enum(service.Mode, name="ApprovalMode", description="审批方式 / All, the first word, a ratio, one after another.")


@of(APPROVAL)
class Approval(Node):
    pass


@of(APPROVAL_TASK)
class ApprovalTask(Node):
    pass


@of(APPROVAL_DELEGATION)
class ApprovalDelegation(Node):
    pass


@tenant_type(needs=_READ, description="预计审批线 / Who would be asked; nobody leaves the line's vacancy rule.")
class ForeseenLine:
    name: str
    mode: service.Mode
    person_ids: list[strawberry.ID]


@tenant_type(needs=_READ, description="预计步骤 / A step that a request would come to, if everybody agreed.")
class ForeseenStep:
    key: str
    name: str
    skipped: bool
    lines: list[ForeseenLine]


@tenant_type(needs=_READ, description="审批用时 / What the approvals of a flow took on average, without pauses, in seconds.")
class ApprovalTimes:
    ended: int
    clock_seconds: Decimal | None
    working_seconds: Decimal | None


@strawberry.input(description="审批 / Decide in a task, about the version that one has seen.")
class DecideApprovalInput:
    task_id: strawberry.ID
    decision: service.Decision
    object_version: int
    comment: str = ""


@strawberry.input(description="撤销意见 / Take one's word back while nothing has followed.")
class UndoDecisionInput:
    task_id: strawberry.ID
    comment: str = ""


@strawberry.input(description="加签 / Ask one more person who must agree.")
class AddSignerInput:
    task_id: strawberry.ID
    person_id: strawberry.ID
    comment: str = ""


@strawberry.input(description="转办 / Give one's task to somebody else for good.")
class TransferTaskInput:
    task_id: strawberry.ID
    person_id: strawberry.ID
    comment: str = ""


@strawberry.input(description="退回 / Return to a step that was passed; without one, to the applicant.")
class ReturnApprovalInput:
    task_id: strawberry.ID
    object_version: int
    comment: str
    to_step: str | None = None


@strawberry.input(description="撤回 / End one's own request.")
class WithdrawApprovalInput:
    approval_id: strawberry.ID
    comment: str = ""


@strawberry.input(description="催办 / Remind those who are asked, at most once an hour.")
class UrgeApprovalInput:
    approval_id: strawberry.ID


@strawberry.input(description="委派 / Let a colleague decide one's approvals between two days, both included.")
class DelegateApprovalsInput:
    person_id: strawberry.ID
    starts_on: date
    ends_on: date


@strawberry.input(description="撤销委派 / End one's own delegation.")
class RevokeApprovalDelegationInput:
    delegation_id: strawberry.ID


def step_of(found: service.ForeseenStep) -> ForeseenStep:
    """Return the GraphQL object of a step that was foreseen."""
    lines = [
        ForeseenLine(name=line.name, mode=line.mode, person_ids=[encode_id("Person", person) for person in line.people])
        for line in found.lines
    ]
    return ForeseenStep(key=found.key, name=found.name, skipped=found.skipped, lines=lines)


def times_of(found: service.ApprovalTimes) -> ApprovalTimes:
    """Return the GraphQL object of how long approvals took."""
    return ApprovalTimes(ended=found.ended, clock_seconds=found.clock_seconds, working_seconds=found.working_seconds)
