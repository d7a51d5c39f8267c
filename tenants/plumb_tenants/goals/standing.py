"""Where goals stand: from what was last reported of each, upward through their parts; pure (A12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from plumb_tenants.goals.attainment import HUNDRED, ZERO, Aimed, Attained, Part, attained, rolled_up
from plumb_tenants.goals.exchanging import Exchange, exchanged
from plumb_tenants.goals.kinds import ProgressSource, RollUp


@dataclass(frozen=True, slots=True)
class Reported:
    """The last word on a goal's actual, and where it came from."""

    actual: Decimal
    as_of: date
    confidence: int | None = None
    source: ProgressSource = ProgressSource.CHECK_IN


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a goal stands; `reported` in percent says how much of it is known, `as_of` is the newest day behind it.

    `excluded` is what approved exclusions took out of its target, its own and, where parts add up, theirs.
    """

    source: ProgressSource
    actual: Decimal | None
    attained: Attained
    reported: Decimal
    confidence: int | None = None
    as_of: date | None = None
    excluded: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Aiming:
    """A goal as roll-up sees it; `formula` is that of the rules it was made under."""

    id: UUID
    parent_id: UUID | None
    aimed: Aimed
    weight: Decimal
    roll_up: RollUp
    formula: str = ""
    is_counted: bool = True
    """Whether it counts as a part: a draft and a withdrawn goal do not."""
    excluded: Decimal = ZERO
    """What was taken out of its target for good."""


def standings(
    goals: Sequence[Aiming],
    reports: Mapping[UUID, Reported],
    known: Mapping[UUID, Standing] | None = None,
    *,
    exchange: Exchange | None = None,
) -> dict[UUID, Standing]:
    """Return where goals stand, each behind all of its parts in `goals`; those in `known` are not computed again.

    With `exchange`, money of other currencies is added up by the rate of the day that it is of (A11).
    """
    found = dict(known or {})
    parts: dict[UUID, list[Part]] = {}
    below: dict[UUID, list[Standing]] = {}
    for goal in goals:
        if goal.id not in found:
            theirs: Sequence[Part] = parts.get(goal.id, ())
            if exchange is not None and goal.roll_up is RollUp.SUM:
                days = [standing.as_of for standing in below.get(goal.id, ())]
                theirs = exchanged(theirs, goal.aimed.unit_of_measure, days, exchange)
            found[goal.id] = _standing(goal, reports.get(goal.id), theirs, below.get(goal.id, ()))
        if goal.parent_id is not None and goal.is_counted:
            standing = found[goal.id]
            part = Part(goal.aimed, goal.weight, standing.actual, standing.attained, standing.reported)
            parts.setdefault(goal.parent_id, []).append(part)
            below.setdefault(goal.parent_id, []).append(standing)
    return found


def _standing(goal: Aiming, report: Reported | None, parts: Sequence[Part], below: Sequence[Standing]) -> Standing:
    if parts and goal.roll_up is not RollUp.NONE:
        theirs = sum((each.excluded for each in below), ZERO) if goal.roll_up is RollUp.SUM else ZERO
        excluded = goal.excluded + theirs
        rolled = rolled_up(goal.roll_up, _less(goal.aimed, excluded), parts, goal.formula)
        confidences = [each.confidence for each in below if each.confidence is not None]
        days = [each.as_of for each in below if each.as_of is not None]
        return Standing(
            ProgressSource.PARTS,
            rolled.actual,
            rolled.attained,
            rolled.reported.quantize(Decimal("0.01")),
            min(confidences, default=None),
            max(days, default=None),
            excluded,
        )
    if report is None:
        return Standing(ProgressSource.CHECK_IN, None, Attained(), ZERO, excluded=goal.excluded)
    reached = attained(_less(goal.aimed, goal.excluded), report.actual)
    return Standing(report.source, report.actual, reached, HUNDRED, report.confidence, report.as_of, goal.excluded)


def _less(aimed: Aimed, excluded: Decimal) -> Aimed:
    # A target that was revised below what had been excluded leaves nothing to attain.
    return replace(aimed, target=max(aimed.target - excluded, ZERO)) if excluded else aimed
