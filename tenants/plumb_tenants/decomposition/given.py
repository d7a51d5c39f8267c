"""What is given for one child of a split besides its figures, kept with the node so that its value can be computed again (N2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import repeat
from operator import is_
from typing import Any

from plumb_platform.numbers.periods import PERIODS, Period, periods_between
from plumb_tenants.decomposition.figures import Origin
from plumb_tenants.decomposition.steps import ONE, Terms
from plumb_tenants.decomposition.template import DecompositionTemplate
from plumb_tenants.decomposition.template_parts import Coefficient, CoefficientBasis, RampStep, Seasonal
from plumb_tenants.forms.service import ReportGap, ReportState
from plumb_tenants.people.service import Spell

FactValue = Decimal | str
FULL = Decimal(100)


@dataclass(frozen=True, slots=True)
class Given:
    """Facts for conditions; code, grade and hire date from the directory; working days present; a held value; a season.

    `spells` are the days that `presence` counts the working days of; `season` has twelve factors in the place of the
    template's own. What a template does not ask for stays empty. `origins` tell where figures come from that a template took
    from somewhere, by their names. With a `blocked` the child's part stays open until its
    report is there; who came `late` is left out of what siblings take over.
    """

    facts: Mapping[str, FactValue] = field(default_factory=dict)
    code: str = ""
    grade: str = ""
    hired_on: date | None = None
    presence: int | None = None
    spells: tuple[Spell, ...] = ()
    held: Decimal | None = None
    season: tuple[Decimal, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    blocked: ReportGap | None = None
    late: bool = False

    def is_always_there(self, frame: "Frame") -> bool:
        """Return whether a child is there for all of the cycle, or nobody asked."""
        return self.spells in ((), (Spell(frame.starts_on, frame.ends_on),))

    def to_json(self) -> dict[str, Any]:
        """Return what is not empty as plain JSON: numbers and days as strings, a text fact as `{"text": ...}`."""
        written = {
            "facts": {key: written_fact(value) for key, value in self.facts.items()},
            "code": self.code,
            "grade": self.grade,
            "hired_on": self.hired_on and self.hired_on.isoformat(),
            "presence": self.presence,
            "spells": [[each.first.isoformat(), each.last.isoformat()] for each in self.spells],
            "held": None if self.held is None else str(self.held),
            "season": [str(factor) for factor in self.season],
            "origins": {name: origin.to_json() for name, origin in self.origins.items()},
            "blocked": self.blocked and {"state": self.blocked.state.value, "missing": list(self.blocked.missing)},
            "late": self.late or None,
        }
        return {key: value for key, value in written.items() if value not in ({}, "", None, [])}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Given":
        """Return what `to_json` wrote."""
        facts = data.get("facts", {})
        return cls(
            facts={key: read_fact(value) for key, value in facts.items()},
            code=data.get("code", ""),
            grade=data.get("grade", ""),
            hired_on=date.fromisoformat(data["hired_on"]) if "hired_on" in data else None,
            presence=data.get("presence"),
            spells=tuple(Spell(*map(date.fromisoformat, each)) for each in data.get("spells", ())),
            held=Decimal(data["held"]) if "held" in data else None,
            season=tuple(map(Decimal, data.get("season", ()))),
            origins={name: Origin.from_json(each) for name, each in data.get("origins", {}).items()},
            blocked=_read_gap(data["blocked"]) if "blocked" in data else None,
            late=data.get("late", False),
        )


def _read_gap(data: Mapping[str, Any]) -> ReportGap:
    return ReportGap(ReportState(data["state"]), tuple(data["missing"]))


def written_fact(value: FactValue) -> object:
    """Return a fact as plain JSON; a text is told from a number."""
    return {"text": value} if isinstance(value, str) else str(value)


def read_fact(data: Any) -> FactValue:
    """Return the fact that `written_fact` wrote."""
    return str(data["text"]) if isinstance(data, dict) else Decimal(data)


NOTHING = Given()


def nothing_given(given: Sequence[Given]) -> bool:
    """Return whether nothing is given of any child."""
    return all(map(is_, given, repeat(NOTHING)))


@dataclass(frozen=True, slots=True)
class Frame:
    """What all children of a split have in common: the cycle's days, its fiscal periods, its working days, and the day
    that coefficients are of."""

    starts_on: date
    ends_on: date
    periods: tuple[Period, ...]
    days: int
    as_of: date


def frame_of(template: Seasonal, starts_on: date, ends_on: date, *, days: int = 0, as_of: date) -> Frame:
    """Return the frame of a cycle under a template's calendar."""
    periods = periods_between(template.calendar.fiscal, starts_on, ends_on)
    return Frame(starts_on, ends_on, tuple(periods), days, as_of)


def terms_of(template: DecompositionTemplate, given: Sequence[Given], frame: Frame) -> list[Terms] | None:
    """Return the terms of each child, or None where nothing but the factors decides."""
    bare = not (template.coefficients or template.ramp)
    if bare and nothing_given(given):
        return None
    if bare and all(each.held is None and each.presence is None and each.blocked is None for each in given):
        return None
    return [
        Terms(
            coefficient=coefficient_of(template.coefficients, each, frame.as_of),
            presence=each.presence,
            held=each.held,
            ramp=ramp_of(template, each, frame),
            blocked=each.blocked is not None,
        )
        for each in given
    ]


def coefficient_of(coefficients: Iterable[Coefficient], given: Given, as_of: date) -> Decimal:
    """Return what a child's score is multiplied by: its unit's coefficient times its grade's, each the newest in force (A3)."""
    names = {CoefficientBasis.UNIT: given.code, CoefficientBasis.GRADE: given.grade}
    found: dict[CoefficientBasis, Coefficient] = {}
    for each in coefficients:
        started = each.effective_from or date.min
        if each.of != names[each.basis] or started > as_of:
            continue
        if each.basis not in found or started >= (found[each.basis].effective_from or date.min):
            found[each.basis] = each
    value = ONE
    for each in found.values():
        value *= each.value
    return value


def period_weights(template: Seasonal, given: Given, frame: Frame) -> list[Fraction]:
    """Return the weight of each period: its season, the ramp of somebody new, and the part of it that is covered.

    A period is covered by the cycle, and by the spells of who is not there for all of it.
    """
    season = given.season or template.seasonality or (ONE,) * PERIODS
    covered = [_covered(period, given, frame) for period in frame.periods]
    plain = [part * Fraction(season[period.number - 1]) for part, period in zip(covered, frame.periods, strict=True)]
    if not any(plain):
        plain = covered
    percents = [Fraction(percent_in(template.ramp, given, period)) / 100 for period in frame.periods]
    return [weight * percent for weight, percent in zip(plain, percents, strict=True)]


def ramp_of(template: DecompositionTemplate, given: Given, frame: Frame) -> Fraction | None:
    """Return the part of a full target that a child carries over the cycle, each period in its season; None for all (A5)."""
    if not template.ramp or given.hired_on is None:
        return None
    full = sum(period_weights(template, replace(given, hired_on=None), frame), Fraction(0))
    share = sum(period_weights(template, given, frame), Fraction(0)) / full
    return share if share != 1 else None


def percent_in(ramp: Sequence[RampStep], given: Given, period: Period) -> Decimal:
    """Return the percent of a full target in a period, by the months since joining in its middle; nothing before joining."""
    if not ramp or given.hired_on is None:
        return FULL
    middle = period.starts_on + (period.ends_on - period.starts_on) / 2
    months = (middle.year - given.hired_on.year) * 12 + middle.month - given.hired_on.month
    if months < 0:
        return Decimal(0)
    return next((step.percent for step in ramp if months < step.below_months), FULL)


def _covered(period: Period, given: Given, frame: Frame) -> Fraction:
    first, last = max(period.starts_on, frame.starts_on), min(period.ends_on, frame.ends_on)
    spells = given.spells or (Spell(first, last),)
    return Fraction(sum(kept.days for each in spells if (kept := each.within(first, last))), period.days)
