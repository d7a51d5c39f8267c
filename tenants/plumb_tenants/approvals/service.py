"""What people do with approvals, and the functions that other domains and the API may call."""

from plumb_tenants.approvals.acts import (
    add_signer,
    decide,
    return_approval,
    transfer_task,
    undo_decision,
    urge_approval,
    withdraw_approval,
)
from plumb_tenants.approvals.body import Approver, By, Flow, Line, OnTimeout, OwnRule, Step, Vacancy
from plumb_tenants.approvals.conditions import asked_fields, checked_fields
from plumb_tenants.approvals.delegations import DELEGATED_TODAY, delegate_approvals, delegates_of, revoke_approval_delegation
from plumb_tenants.approvals.expiring import due_approvals, expire_approval, withdraw_at_term, withdraw_with_its_object
from plumb_tenants.approvals.motion import hold_approval, sent_at
from plumb_tenants.approvals.outcomes import Outcome, on_outcome
from plumb_tenants.approvals.resolving import managers_of
from plumb_tenants.approvals.starting import (
    FlowMissing,
    ForeseenLine,
    ForeseenStep,
    Request,
    flow_in_effect,
    flow_of,
    foresee,
    resubmit_approval,
    start_approval,
)
from plumb_tenants.approvals.states import ApprovalState, Decision, Mode
from plumb_tenants.approvals.statistics import ApprovalTimes, approval_times, average_times

__all__ = [
    "DELEGATED_TODAY",
    "ApprovalState",
    "ApprovalTimes",
    "Approver",
    "By",
    "Decision",
    "Flow",
    "FlowMissing",
    "ForeseenLine",
    "ForeseenStep",
    "Line",
    "Mode",
    "OnTimeout",
    "Outcome",
    "OwnRule",
    "Request",
    "Step",
    "Vacancy",
    "add_signer",
    "approval_times",
    "asked_fields",
    "average_times",
    "checked_fields",
    "decide",
    "delegate_approvals",
    "delegates_of",
    "due_approvals",
    "expire_approval",
    "flow_in_effect",
    "flow_of",
    "foresee",
    "hold_approval",
    "managers_of",
    "on_outcome",
    "resubmit_approval",
    "return_approval",
    "revoke_approval_delegation",
    "sent_at",
    "start_approval",
    "transfer_task",
    "undo_decision",
    "urge_approval",
    "withdraw_approval",
    "withdraw_at_term",
    "withdraw_with_its_object",
]
