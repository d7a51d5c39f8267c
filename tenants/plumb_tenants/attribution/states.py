"""The words for where a period, a version of shares, a line of credit and a dispute stand."""

from enum import StrEnum

from plumb_platform.words import Word


class PeriodState(Word):
    """An open period takes credit; a closed one never changes."""

    OPEN = "OPEN", "开启"
    CLOSED = "CLOSED", "已关闭"


class ShareSource(StrEnum):
    """Why there is a version of shares: the template's default, a person's word, or another amount of the order."""

    DEFAULT = "DEFAULT"
    MANUAL = "MANUAL"
    AMOUNT = "AMOUNT"


class ExportFormat(StrEnum):
    """The forms of a bonus file."""

    CSV = "CSV"
    XLSX = "XLSX"


class CreditKind(StrEnum):
    """CREDIT is given in the order's own period, ADJUSTMENT later, because that one was closed."""

    CREDIT = "CREDIT"
    ADJUSTMENT = "ADJUSTMENT"


class DisputeState(Word):
    """Where a dispute stands."""

    OPEN = "OPEN", "处理中"
    RESOLVED = "RESOLVED", "已解决"
