"""The words for where a handover stands."""

from enum import StrEnum


class HandoverState(StrEnum):
    """An open handover waits for a successor."""

    OPEN = "OPEN"
    DONE = "DONE"
