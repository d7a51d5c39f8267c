"""The words for what a goal is: its kind, which way it aims, where its progress comes from."""

from enum import StrEnum


class GoalKind(StrEnum):
    """What sort of goal it is; a QUOTA is a part of a total that a plan split."""

    OBJECTIVE = "OBJECTIVE"
    KEY_RESULT = "KEY_RESULT"
    KPI = "KPI"
    QUOTA = "QUOTA"


class Aim(StrEnum):
    """Which way a target lies: to be reached from below, to be kept at or above, to be come down to."""

    REACH = "REACH"
    MAINTAIN = "MAINTAIN"
    REDUCE = "REDUCE"


class RollUp(StrEnum):
    """How the progress of a goal follows from its parts; NONE leaves it to check-ins whatever parts there are."""

    NONE = "NONE"
    SUM = "SUM"
    WEIGHTED = "WEIGHTED"
    FORMULA = "FORMULA"


class ProgressSource(StrEnum):
    """Where a goal's actual comes from."""

    CHECK_IN = "CHECK_IN"
    METRIC = "METRIC"
    PARTS = "PARTS"


class Curve(StrEnum):
    """How much of a target is expected by a day: even over working days, or as the months of the goal say."""

    LINEAR = "LINEAR"
    MONTHLY = "MONTHLY"
