"""Rules of the three rounds: which is open, who stands out from the peers, what time it took; pure (C5, C6, C25, D2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal
from enum import IntEnum

from plumb_platform.words import Word

EXACT = Context(prec=60)
HUNDRED = Decimal(100)
_DAY = Decimal(86_400)


class Round(IntEnum):
    """Where an alignment stands."""

    PENDING = 0
    PROPOSING = 1
    LEVELLING = 2
    CONFIRMING = 3
    CLOSED = 4


class Stage(Word):
    """The rounds by name, as people see them."""

    PENDING = "PENDING", "未开始"
    PROPOSING = "PROPOSING", "第一轮（申报）"
    LEVELLING = "LEVELLING", "第二轮（拉通）"
    CONFIRMING = "CONFIRMING", "第三轮（确认）"
    CLOSED = "CLOSED", "已结束"


class Flag(Word):
    """How a proposal stands out from its peers."""

    LOW = "LOW", "过低"
    HIGH = "HIGH", "过高"


def round_on(day: date, starts: Sequence[date]) -> Round:
    """Return the round that the calendar says: `starts` are the first days of rounds 1, 2, 3 and of being closed."""
    return Round(sum(day >= start for start in starts))


@dataclass(frozen=True, slots=True)
class Peers:
    """All the others of a group: their sum and how many they are (D2)."""

    total: Decimal
    count: int

    @property
    def mean(self) -> Decimal | None:
        """Return their mean; None for nobody."""
        return EXACT.divide(self.total, Decimal(self.count)) if self.count else None

    @property
    def tell(self) -> bool:
        """Return whether anybody can stand out from them: not from nobody, and from no mean that is not above zero."""
        return self.count > 0 and self.total > 0


def peers_of(values: Sequence[Decimal]) -> list[Peers]:
    """Return for each value all the others."""
    total = sum(values, Decimal(0))
    return [Peers(total - value, len(values) - 1) for value in values]


def percent_of(value: Decimal, peers: Peers) -> Decimal | None:
    """Return a value in percent of its peers' mean."""
    return EXACT.divide(value * HUNDRED * peers.count, peers.total) if peers.tell else None


def flag_of(value: Decimal, peers: Peers, *, low: Decimal | None, high: Decimal | None) -> Flag | None:
    """Return whether a value is at or below `low` percent of its peers' mean, or at or above `high` percent of it.

    Products are compared, so that no rounding decides at the limit.
    """
    if not peers.tell:
        return None
    scaled = value * HUNDRED * peers.count
    if low is not None and scaled <= low * peers.total:
        return Flag.LOW
    return Flag.HIGH if high is not None and scaled >= high * peers.total else None


def elapsed_days(start: datetime, end: datetime) -> Decimal:
    """Return the days between two instants, to the hundredth."""
    seconds = Decimal(str((end - start).total_seconds()))
    return EXACT.divide(seconds, _DAY).quantize(Decimal("0.01"))


def reduction_percent(before: Decimal, after: Decimal) -> Decimal | None:
    """Return by how many whole percent a figure fell; None from zero (3 days to 1.25 is 58)."""
    if before == 0:
        return None
    return EXACT.divide(EXACT.multiply(before - after, HUNDRED), before).quantize(Decimal(1))
