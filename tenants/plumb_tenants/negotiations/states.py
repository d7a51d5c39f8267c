"""The words for where a ticket stands and for the three answers to it."""

from enum import StrEnum

from plumb_platform.words import Word


class TicketState(Word):
    """Where a ticket stands; COUNTERED waits for its owner's word about another number."""

    OPEN = "OPEN", "待答复"
    COUNTERED = "COUNTERED", "已还价"
    ACCEPTED = "ACCEPTED", "已接受"
    REJECTED = "REJECTED", "已拒绝"
    WITHDRAWN = "WITHDRAWN", "已撤回"


class Answer(StrEnum):
    """What a superior says to a ticket."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    COUNTER = "COUNTER"
