"""The words for where a ticket stands and for the three answers to it."""

from enum import StrEnum

from plumb_platform.words import Word


class TicketState(Word):
    """Where a ticket stands; COUNTERED waits for its owner's word about another number, CLOSED ended with its goal."""

    OPEN = "OPEN", "待答复"
    COUNTERED = "COUNTERED", "已还价"
    ACCEPTED = "ACCEPTED", "已接受"
    REJECTED = "REJECTED", "已拒绝"
    WITHDRAWN = "WITHDRAWN", "已撤回"
    CLOSED = "CLOSED", "已关闭"


HELD_BY_OWNER = frozenset({TicketState.OPEN, TicketState.COUNTERED})
"""Where nobody has settled a ticket: its owner may take it back."""


class Answer(StrEnum):
    """What a superior says to a ticket."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    COUNTER = "COUNTER"
