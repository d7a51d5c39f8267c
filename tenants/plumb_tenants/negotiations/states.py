"""The words for where a ticket stands and for the three answers to it."""

from enum import StrEnum

from plumb_platform.errors import Locale


class TicketState(StrEnum):
    """Where a ticket stands; COUNTERED waits for its owner's word about another number."""

    OPEN = "OPEN"
    COUNTERED = "COUNTERED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"

    def text(self, locale: Locale) -> str:
        """Name the state for a person."""
        return _STATES_ZH[self] if locale == "zh-CN" else self.value


_STATES_ZH = {
    TicketState.OPEN: "待答复",
    TicketState.COUNTERED: "已还价",
    TicketState.ACCEPTED: "已接受",
    TicketState.REJECTED: "已拒绝",
    TicketState.WITHDRAWN: "已撤回",
}


class Answer(StrEnum):
    """What a superior says to a ticket."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    COUNTER = "COUNTER"
