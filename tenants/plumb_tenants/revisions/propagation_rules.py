"""Rules of propagation: what the goals below a revised one come to, each keeping its share of the goal above; pure (C73)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from uuid import UUID

from plumb_platform.numbers.allocation import allocate
from plumb_platform.telling import Sentence
from plumb_tenants.goals.rules import CENT, LARGEST

EXACT = Context(prec=60)
HUNDRED = Decimal(100)


class Rule(StrEnum):
    """How a goal below follows: by its share, or by hand: it counts something else, or its share says nothing or too much."""

    SHARE = "SHARE"
    OTHER_METRIC = "OTHER_METRIC"
    NO_SHARE = "NO_SHARE"
    OUT_OF_RANGE = "OUT_OF_RANGE"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a goal is measured by, and its target."""

    target: Decimal
    metric: str
    unit_of_measure: str
    metric_key: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A goal below, as it stands; one `is_padded` whose plan assigned more than its total."""

    id: UUID
    parent_id: UUID
    figures: Figures
    is_padded: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """What becomes of a goal below when the one above goes from one target to another; `after` is None where people decide."""

    rule: Rule
    above: Figures
    above_after: Figures
    before: Figures
    after: Figures | None
    is_padded: bool = False

    @property
    def numbers(self) -> dict[str, str]:
        """Return the numbers that the explanation rests on.

        Among those of a padded part is none of the goal above: nobody can infer what was assigned beyond it (A6).
        """
        found = {"rule": self.rule.value, "before": f"{self.before.target:.2f}"}
        if not self.is_padded:
            found |= {"above_before": f"{self.above.target:.2f}", "above_after": f"{self.above_after.target:.2f}"}
        if self.after is not None:
            found |= {"after": f"{self.after.target:.2f}"} | ({} if self.is_padded else {"share": self._share})
        return found

    def said(self, part: UUID) -> Sentence:
        """Return the explanation, for who may see the figures of the part itself: by each other number one knows them."""
        if self.after is None:
            return Sentence(zh=_BY_HAND[self.rule]["zh-CN"], en=_BY_HAND[self.rule]["en"])
        before, after = _said(self.before), _said(self.after)
        if self.is_padded:
            return Sentence(
                zh="上级目标已修订；本目标原为 {before}，按原占比应为 {after}。",
                en="The goal above was revised; this one was {before} and keeps its share: {after}.",
                tells={
                    "before": "Goal.target Goal.metric Goal.unitOfMeasure",
                    "after": "Goal.target Goal.metric Goal.unitOfMeasure",
                },
                row=part,
                before=before,
                after=after,
            )
        return Sentence(
            zh="上级目标由 {above} 改为 {above_after}；本目标原为 {before}，占 {share}%，按原占比应为 {after}。",
            en="The goal above went from {above} to {above_after}; this one was {before}, {share}% of it, "
            "and keeps its share: {after}.",
            tells={
                "above": "Goal.target Goal.metric Goal.unitOfMeasure",
                "above_after": "Goal.target Goal.metric Goal.unitOfMeasure",
                "before": "Goal.target Goal.metric Goal.unitOfMeasure",
                "share": "Goal.target",
                "after": "Goal.target Goal.metric Goal.unitOfMeasure",
            },
            row=part,
            above=_said(self.above),
            above_after=_said(self.above_after),
            before=before,
            share=self._share,
            after=after,
        )

    @property
    def _share(self) -> str:
        return f"{EXACT.divide(self.before.target * HUNDRED, self.above.target).quantize(CENT, ROUND_HALF_UP):.2f}"


_BY_HAND = {
    Rule.OTHER_METRIC: {
        "zh-CN": "本目标的指标或单位与上级原目标不同，无法按占比推算，请人工确认是否调整。",
        "en": "This goal counts something else than the one above did, so no share can be kept: decide by hand.",
    },
    Rule.NO_SHARE: {
        "zh-CN": "上级原目标或同级目标合计不大于 0，没有可沿用的占比，请人工确认是否调整。",
        "en": "The goal above or its parts together were not above zero, so there is no share to keep: decide by hand.",
    },
    Rule.OUT_OF_RANGE: {
        "zh-CN": "按原占比推算的数值超出目标值的范围，请人工确认是否调整。",
        "en": "By its share the goal would come to more than a target can be: decide by hand.",
    },
}
ABOVE_STAYS = {
    "zh-CN": "上级目标未按本次修订调整，本目标暂不变动，请人工确认是否调整。",
    "en": "The goal above did not follow the revision, so this one stays for now: decide by hand.",
}
"""What is told of a goal whose own parent waits for people."""


def carry(revised: UUID, before: Figures, after: Figures, below: Sequence[Part]) -> dict[UUID, Carried]:
    """Return what becomes of each goal below that has to change or be looked at; `below` names parents before their parts.

    The parts of a goal keep their proportions and, together, their share of it, to the cent. Where a goal stays or waits for
    people, what is below it stays.
    """
    groups: dict[UUID, list[Part]] = defaultdict(list)
    for part in below:
        groups[part.parent_id].append(part)
    moved, found = {revised: (before, after)}, {}
    for parent_id, parts in groups.items():
        if parent_id not in moved:
            continue
        for part, carried in zip(parts, _level(*moved[parent_id], parts), strict=True):
            if carried.after != part.figures:
                found[part.id] = carried
            if carried.after not in (None, part.figures):
                moved[part.id] = (part.figures, carried.after)
    return found


def _level(above: Figures, above_after: Figures, parts: Sequence[Part]) -> list[Carried]:
    counted = {part.id: part.figures.target for part in parts if _counts(part.figures, above, above_after)}
    rule, shares = _shares(above.target, above_after.target, counted)
    found = []
    for part in parts:
        own = rule if part.id in counted else Rule.OTHER_METRIC
        after = _after(part.figures, above, above_after, shares[part.id]) if part.id in shares else None
        found.append(Carried(own, above, above_after, part.figures, after, part.is_padded))
    return found


def _shares(above: Decimal, above_after: Decimal, targets: Mapping[UUID, Decimal]) -> tuple[Rule, dict[UUID, Decimal]]:
    """Return what parts come to, together in the same proportion to the goal above as before, or why they come to nothing."""
    total = sum(targets.values(), Decimal(0))
    if above <= 0 or above_after < 0 or total <= 0 or min(targets.values()) < 0:
        return Rule.NO_SHARE, {}
    whole = EXACT.divide(EXACT.multiply(total, above_after), above)
    if whole >= LARGEST:
        return Rule.OUT_OF_RANGE, {}
    shared = allocate(whole.quantize(CENT, ROUND_HALF_UP), list(targets.values()), unit=CENT)
    return Rule.SHARE, dict(zip(targets, shared, strict=True))


def _counts(part: Figures, above: Figures, above_after: Figures) -> bool:
    """Tell whether a part counts what the goal above counted; a metric takes another's place only where it stood."""
    swapped = (above.metric, above.unit_of_measure) != (above_after.metric, above_after.unit_of_measure)
    return part.unit_of_measure == above.unit_of_measure and (not swapped or part.metric == above.metric)


def _after(part: Figures, above: Figures, above_after: Figures, target: Decimal) -> Figures:
    if (above.metric, above.unit_of_measure) == (above_after.metric, above_after.unit_of_measure):
        return replace(part, target=target)
    return replace(above_after, target=target)


def _said(figures: Figures) -> str:
    return f"{figures.metric} {figures.target:.2f} {figures.unit_of_measure}"
