"""The words for where a revision and a root-cause ticket stand, and how a goal is touched."""

from datetime import timedelta
from enum import StrEnum

from plumb_platform.words import Word

REACHES_WITHIN = timedelta(hours=24)
"""How long after its approval a revision is to have reached everybody whom it touches (C73)."""


class RevisionState(Word):
    """Where a revision stands; a RETURNED one is changed and submitted anew."""

    DRAFT = "DRAFT", "草稿"
    SUBMITTED = "SUBMITTED", "审批中"
    RETURNED = "RETURNED", "已退回"
    APPROVED = "APPROVED", "已通过"
    REJECTED = "REJECTED", "已驳回"
    WITHDRAWN = "WITHDRAWN", "已撤回"


class Direction(StrEnum):
    """Where a touched goal stands: the revised one, one that it is a part of, a part of it, a sibling whose weight changed."""

    SELF = "SELF"
    UP = "UP"
    DOWN = "DOWN"
    BESIDE = "BESIDE"


class PropagationState(Word):
    """Where a goal below a revised one stands: not carried yet, waiting for its owner, waiting for a decision, or done."""

    PENDING = "PENDING", "待下达"
    PROPOSED = "PROPOSED", "待责任人确认"
    BY_HAND = "BY_HAND", "待人工处理"
    DONE = "DONE", "已完成"


class RootCauseState(StrEnum):
    """Whether a root-cause ticket still asks."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
