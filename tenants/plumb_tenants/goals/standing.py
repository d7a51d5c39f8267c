"""Where goals stand: from what was last reported of each, upward through their parts; pure (A12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from plumb_tenants.goals.attainment import HUNDRED, ZERO, Aimed, Attained, Part, RolledUp, Undefined, attained, rolled_up
from plumb_tenants.goals.exchanging import UsedRate, exchanged
from plumb_tenants.goals.kinds import ProgressSource, RollUp
from plumb_tenants.goals.rules import LARGEST
from plumb_tenants.metrics.service import Rates


@dataclass(frozen=True, slots=True)
class Reported:
    """The last word on a goal's actual, and where it came from."""

    actual: Decimal
    as_of: date
    confidence: int | None = None
    source: ProgressSource = ProgressSource.CHECK_IN


@dataclass(slots=True)  # as those of `attainment`
class Standing:
    """Where a goal stands; `reported` in percent says how much of it is known, `as_of` is the newest day behind it.

    `excluded` is what approved exclusions took out of its target, its own and, where parts add up, theirs; `rates` are those
    by which parts of other currencies were, or could not be, converted.
    """

    source: ProgressSource
    actual: Decimal | None
    attained: Attained
    reported: Decimal
    confidence: int | None = None
    as_of: date | None = None
    excluded: Decimal = ZERO
    rates: tuple[UsedRate, ...] = ()


@dataclass(slots=True)  # as those of `attainment`
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


ADDING = (RollUp.SUM, RollUp.FORMULA)
"""The roll-ups that may add up what parts have come to."""


def standings(
    goals: Sequence[Aiming],
    reports: Mapping[UUID, Reported],
    known: Mapping[UUID, Standing] | None = None,
    *,
    rates: Rates | None = None,
) -> dict[UUID, Standing]:
    """Return where goals stand, each behind all of its parts in `goals`; those in `known` are not computed again.

    Money of other currencies is added up by the rate of the day that it is of (A11).
    """
    found = dict(known or {})
    parts: dict[UUID, list[Part]] = {}
    below: dict[UUID, list[Standing]] = {}
    for goal in goals:
        standing = found.get(goal.id)
        if standing is None:
            theirs = parts.get(goal.id, [])
            standing = _standing(goal, reports.get(goal.id), theirs, below.get(goal.id, ()), rates or Rates())
            found[goal.id] = standing
        if goal.parent_id is not None and goal.is_counted:
            part = Part(goal.aimed, goal.weight, standing.actual, standing.attained, standing.reported, standing.excluded)
            parts.setdefault(goal.parent_id, []).append(part)
            below.setdefault(goal.parent_id, []).append(standing)
    return found


def _standing(goal: Aiming, report: Reported | None, parts: Sequence[Part], below: Sequence[Standing], rates: Rates) -> Standing:
    if parts and goal.roll_up is not RollUp.NONE:
        return _of_parts(goal, parts, below, rates)
    if report is None:
        return Standing(ProgressSource.CHECK_IN, None, Attained(), ZERO, excluded=goal.excluded)
    reached = attained(_less(goal.aimed, goal.excluded), report.actual)
    return Standing(report.source, report.actual, reached, HUNDRED, report.confidence, report.as_of, goal.excluded)


def _of_parts(goal: Aiming, parts: Sequence[Part], below: Sequence[Standing], rates: Rates) -> Standing:
    unit = goal.aimed.unit_of_measure
    used: tuple[UsedRate, ...] = ()
    if goal.roll_up in ADDING:
        parts, used = exchanged(parts, unit, [each.as_of for each in below], rates)
    theirs = [part.excluded for part in parts if part.aimed.unit_of_measure == unit] if goal.roll_up is RollUp.SUM else []
    # What rates make of it may be wider than its column; a target is below that, so nothing of it is left either way.
    excluded = min(sum(theirs, goal.excluded), LARGEST)
    rolled = _named(rolled_up(goal.roll_up, _less(goal.aimed, excluded), parts, goal.formula), used)
    return Standing(
        ProgressSource.PARTS,
        rolled.actual,
        rolled.attained,
        rolled.reported.quantize(Decimal("0.01")),
        min((each.confidence for each in below if each.confidence is not None), default=None),
        max((each.as_of for each in below if each.as_of is not None), default=None),
        excluded,
        used,
    )


def _named(rolled: RolledUp, used: Sequence[UsedRate]) -> RolledUp:
    """Say of what has no sum because a rate is missing that it is the rate."""
    without_sum = rolled.attained.undefined in (Undefined.UNITS_MIXED, Undefined.FORMULA_UNDEFINED)
    if without_sum and any(each.rate is None for each in used):
        return replace(rolled, attained=Attained(undefined=Undefined.RATE_MISSING))
    return rolled


def _less(aimed: Aimed, excluded: Decimal) -> Aimed:
    # A target that was revised below what had been excluded leaves nothing to attain.
    return replace(aimed, target=max(aimed.target - excluded, ZERO)) if excluded else aimed
