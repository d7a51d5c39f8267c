"""The words for where an approval and its tasks stand, how a line decides, and what people and clocks did."""

from enum import StrEnum

from plumb_platform.words import Word


class ApprovalState(Word):
    """Where an approval stands; RETURNED waits for its applicant, with its clock paused."""

    RUNNING = "RUNNING", "审批中"
    RETURNED = "RETURNED", "已退回申请人"
    APPROVED = "APPROVED", "已通过"
    REJECTED = "REJECTED", "已驳回"
    WITHDRAWN = "WITHDRAWN", "已撤回"

    @property
    def is_over(self) -> bool:
        """Return whether nothing more happens to it."""
        return self not in (ApprovalState.RUNNING, ApprovalState.RETURNED)


class TaskState(StrEnum):
    """Where one person's task stands; WAITING for its turn in a sequence, PASSED by a rule and by nobody."""

    WAITING = "WAITING"
    OPEN = "OPEN"
    APPROVED = "APPROVED"
    PASSED = "PASSED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    TRANSFERRED = "TRANSFERRED"
    ESCALATED = "ESCALATED"


LIVE = frozenset({TaskState.WAITING, TaskState.OPEN})
GONE = frozenset({TaskState.CANCELLED, TaskState.TRANSFERRED, TaskState.ESCALATED})


class Origin(StrEnum):
    """How somebody came to a task."""

    FLOW = "FLOW"
    ADDED = "ADDED"
    TRANSFERRED = "TRANSFERRED"
    ESCALATED = "ESCALATED"


class Mode(StrEnum):
    """How a line of approvers decides: 会签, 或签 (the first word decides), a ratio, or one after another (A15)."""

    ALL = "ALL"
    ANY = "ANY"
    RATIO = "RATIO"
    SEQUENCE = "SEQUENCE"


class Verdict(StrEnum):
    """What a line has decided so far."""

    PENDING = "PENDING"
    PASSED = "PASSED"
    REJECTED = "REJECTED"


class Decision(StrEnum):
    """The two words of an approver."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"


class ActKind(StrEnum):
    """What was done in an approval; an act is never changed, undoing one is another act."""

    SUBMIT = "SUBMIT"
    RESUBMIT = "RESUBMIT"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    UNDO = "UNDO"
    ADD_SIGNER = "ADD_SIGNER"
    TRANSFER = "TRANSFER"
    RETURN = "RETURN"
    WITHDRAW = "WITHDRAW"
    URGE = "URGE"
    SKIP = "SKIP"
    VACANT_PASS = "VACANT_PASS"
    VACANT_REJECT = "VACANT_REJECT"
    REMIND = "REMIND"
    TIMED_PASS = "TIMED_PASS"
    TIMED_REJECT = "TIMED_REJECT"
    ESCALATE = "ESCALATE"
    OVERDUE = "OVERDUE"
