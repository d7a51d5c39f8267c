"""What became of a metric: its value over a period before and one after, and the change between them (C28)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput
from plumb_platform.permissions import Permission, require
from plumb_tenants.formulas.service import Reason
from plumb_tenants.metrics.definition import Direction
from plumb_tenants.metrics.library import get_metric
from plumb_tenants.metrics.reading import read_value
from plumb_tenants.metrics.subjects import Reference
from plumb_tenants.metrics.values import EXACT, MetricValue, check_period

PERCENT = Decimal("0.01")
Window = tuple[date, date]
"""A first and a last day, both included."""


class WindowsOverlap(InvalidInput):
    """What was before ends before what came after begins."""

    code = "METRIC_WINDOWS_OVERLAP"
    zh = "前一时段须在后一时段开始之前结束。"
    en = "The period before ends before the period after begins."


@dataclass(frozen=True, slots=True)
class Change:
    """What moved between two values: the difference in the metric's unit, and in percent of the value before, to two places.

    None with a reason: NO_INPUT where a value is missing, DIVISION_BY_ZERO for a percent of zero, which is not infinite.
    `better` says whether it went the metric's way; None where it stood still, or the metric is to be kept.
    """

    difference: Decimal | None
    percent: Decimal | None
    reason: Reason | None
    better: bool | None


@dataclass(frozen=True, slots=True)
class MetricChange:
    """The values of two periods, and the change between them."""

    earlier: MetricValue
    later: MetricValue
    change: Change


def change_between(before: Decimal | None, after: Decimal | None, direction: Direction) -> Change:
    """Return what moved from one value to another; percents are of the size of the value before."""
    if before is None or after is None:
        return Change(None, None, Reason.NO_INPUT, None)
    difference = EXACT.subtract(after, before)
    better = None if not difference or direction is Direction.MAINTAIN else (difference > 0) == (direction is Direction.HIGHER)
    if not before:
        return Change(difference, None, Reason.DIVISION_BY_ZERO, better)
    percent = EXACT.divide(EXACT.multiply(difference, Decimal(100)), abs(before))
    return Change(difference, percent.quantize(PERCENT, context=EXACT), None, better)


async def read_change(actor: Actor, *, metric_key: str, subject: Reference, earlier: Window, later: Window) -> MetricChange:
    """Return what became of a metric for a subject within the caller's reach; raises as `read_value`, METRIC_WINDOWS_OVERLAP."""
    await require(actor, Permission.OBSERVATION_READ)
    for period in (earlier, later):
        check_period(*period)
    if earlier[1] >= later[0]:
        raise WindowsOverlap(field="later")
    first, second = [
        await read_value(actor, metric_key=metric_key, subject=subject, starts_on=starts_on, ends_on=ends_on)
        for starts_on, ends_on in (earlier, later)
    ]
    direction = (await get_metric(actor, metric_key)).body.direction
    return MetricChange(first, second, change_between(first.value, second.value, direction))
