"""The words for where a revision and a root-cause ticket stand, and how a goal is touched."""

from datetime import timedelta
from enum import StrEnum

from plumb_platform.errors import Locale

REACHES_WITHIN = timedelta(hours=24)
"""How long after its approval a revision is to have reached everybody whom it touches (C73)."""


class RevisionState(StrEnum):
    """Where a revision stands; a RETURNED one is changed and submitted anew."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    RETURNED = "RETURNED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"

    def text(self, locale: Locale) -> str:
        """Name the state for a person."""
        return _STATES_ZH[self] if locale == "zh-CN" else self.value


_STATES_ZH = {
    RevisionState.DRAFT: "草稿",
    RevisionState.SUBMITTED: "审批中",
    RevisionState.RETURNED: "已退回",
    RevisionState.APPROVED: "已通过",
    RevisionState.REJECTED: "已驳回",
    RevisionState.WITHDRAWN: "已撤回",
}


class Direction(StrEnum):
    """Where a touched goal stands: the revised one, one that it is a part of, a part of it, a sibling whose weight changed."""

    SELF = "SELF"
    UP = "UP"
    DOWN = "DOWN"
    BESIDE = "BESIDE"


class PropagationState(StrEnum):
    """Where a goal below a revised one stands: not carried yet, waiting for its owner, waiting for a decision, or done."""

    PENDING = "PENDING"
    PROPOSED = "PROPOSED"
    BY_HAND = "BY_HAND"
    DONE = "DONE"

    def text(self, locale: Locale) -> str:
        """Name the state for a person."""
        return _PROPAGATION_ZH[self] if locale == "zh-CN" else self.value


_PROPAGATION_ZH = {
    PropagationState.PENDING: "待下达",
    PropagationState.PROPOSED: "待责任人确认",
    PropagationState.BY_HAND: "待人工处理",
    PropagationState.DONE: "已完成",
}


class RootCauseState(StrEnum):
    """Whether a root-cause ticket still asks."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
