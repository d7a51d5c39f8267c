"""Conservation over random trees: split, held, ramped, tuned, balanced, credited, every level accounts for its total (N1)."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest

from plumb_platform.numbers.allocation import allocate
from plumb_platform.numbers.periods import FiscalPattern
from plumb_tenants.attribution.rules import HUNDRED, SplitType, credited, default_percents, weights_of
from plumb_tenants.decomposition.given import Given, frame_of
from plumb_tenants.decomposition.reconciliation import Fault, NodeFigures, PlanFigures, reconcile
from plumb_tenants.decomposition.rules import CENT, decompose
from plumb_tenants.decomposition.seasons import Cut, cut_of, spread_by_month, spread_by_week
from plumb_tenants.decomposition.splitting import padded
from plumb_tenants.decomposition.steps import StepKind, Terms
from plumb_tenants.decomposition.tuning import BalanceRule, Part, balanced, band_of
from plumb_tenants.decomposition.weighing import WeightedFactor
from support.splits import equal_template

TREES = 10_000
LIMIT = Decimal(100)


def a_plan(source: random.Random, depth: int, total: Decimal, origin: Decimal | None) -> PlanFigures:
    """Split a padded total over one to four children by two factors and terms, tune some, and spread each over a season."""
    size = source.randint(1, 4)
    weight = source.randint(1, 99)
    columns = [[Decimal(source.randint(0, 10**6)) / 100 for _ in range(size)] for _ in range(2)]
    for column in columns:
        column[source.randrange(size)] += 1
    factors = [
        WeightedFactor("a", "a", Decimal(weight), columns[0]),
        WeightedFactor("b", "b", Decimal(100 - weight), columns[1]),
    ]
    pool = padded(total, Decimal(source.choice((0, 0, 5, 12))), unit=CENT)
    terms = [some_terms(source, pool, size, first=place == 0) for place in range(size)]
    suggestions = decompose(pool, [str(place) for place in range(size)], factors, terms=terms, days=248)
    rule = source.choice(list(BalanceRule))
    free = 0 if rule is BalanceRule.REBALANCE_SIBLINGS and size == 1 else source.randint(0, size - 1)
    parts = [Part(each.value, each.value, own.held is not None) for each, own in zip(suggestions, terms, strict=True)]
    tuned = set()
    for place in source.sample(range(size), free):
        low, high = band_of(parts[place].suggested, Decimal(5))
        value = low + CENT * source.randint(0, int((high - low) / CENT))
        parts[place] = Part(parts[place].suggested, value, tuned=True)
        tuned.add(place)
    if rule is BalanceRule.REBALANCE_SIBLINGS and sum(part.value - part.suggested for part in parts if part.tuned) > 0:
        rule = BalanceRule.KEEP_GAP
    if rule is BalanceRule.REBALANCE_SIBLINGS and not any(part.suggested for part in parts if not part.tuned):
        rule = BalanceRule.KEEP_GAP
    values = balanced(rule, total, parts, unit=CENT, limit=LIMIT)
    season = some_season(source)
    assert season.weeks(values[0]) == values[0]
    nodes = [
        NodeFigures(
            UUID(int=source.getrandbits(128)),
            part.suggested,
            value,
            place in tuned,
            (*suggestion.contributions, *suggestion.moved.values()),
            value,
            season.months(value) if place == 0 else tuple(allocate(value, season.given.season, unit=CENT)),
            suggestion.moved.get(StepKind.RAMP, Decimal("0.00")),
            own.held is not None,
        )
        for place, (part, value, suggestion, own) in enumerate(zip(parts, values, suggestions, terms, strict=True))
    ]
    return PlanFigures(UUID(int=source.getrandbits(128)), depth, total, origin, rule, nodes, pool - total)


@dataclass(frozen=True)
class Season:
    """Twelve factors in a cycle that a calendar cuts, of all children of a plan."""

    given: Given
    cut: Cut

    def months(self, value: Decimal) -> tuple[Decimal, ...]:
        """Return the months of a value."""
        return tuple(spread_by_month(value, TEMPLATE, self.given, self.cut.frame, self.cut))

    def weeks(self, value: Decimal) -> Decimal:
        """Return what the weeks of a value make together."""
        return CENT * sum(spread_by_week(value, TEMPLATE, self.given, self.cut))


TEMPLATE = equal_template()


def cuts() -> Iterator[Cut]:
    """Yield the cycles of 2026 by months and by weeks, from January and from April, whole and in part."""
    for pattern in FiscalPattern:
        for first in (1, 4):
            template = equal_template(calendar={"pattern": pattern, "first_month": first})
            for starts_on, ends_on in ((date(2026, 1, 1), date(2026, 12, 31)), (date(2026, 3, 17), date(2026, 6, 4))):
                yield cut_of(template, frame_of(template, starts_on, ends_on, as_of=starts_on))


CUTS = list(cuts())


def some_season(source: random.Random) -> Season:
    """Give a plan's children twelve factors, some of them zero, in one of the cycles."""
    factors = [Decimal(source.choice((0, source.randint(1, 300)))) / 100 for _ in range(12)]
    factors[source.randrange(12)] += 1
    # Measures are kept by what they are made of: ten thousand seasons in one cut would be kept until the end.
    return Season(Given(season=tuple(factors)), replace(source.choice(CUTS), known={}))


def some_terms(source: random.Random, pool: Decimal, size: int, *, first: bool) -> Terms:
    """Give a child a coefficient, days, a ramp or a hold, as chance will; the first is never held, so that one is free."""
    held = None
    if not first and source.random() < 0.35:
        held = (pool / (size + 1)).quantize(CENT)
    return Terms(
        coefficient=Decimal(source.choice((10, 10, 13, 18))) / 10,
        presence=source.choice((None, None, source.randint(1, 248))),
        held=held,
        ramp=Fraction(source.randint(0, 100), 100) if source.random() < 0.2 else None,
    )


def a_tree(source: random.Random, *, deepest: int = 2) -> Iterator[PlanFigures]:
    """Split a random total, then some of its parts again."""
    total = Decimal(source.randint(0, 10**11)) / 100
    waiting = [a_plan(source, 0, total, None)]
    while waiting:
        plan = waiting.pop()
        yield plan
        if plan.depth < deepest:
            further = [node for node in plan.nodes if source.random() < 0.3]
            waiting += [a_plan(source, plan.depth + 1, node.value, node.value) for node in further]


def split_on(source: random.Random, amount: Decimal) -> tuple[Decimal, Decimal]:
    """Return what an order of this amount gives by default shares, then by shares given by hand, each over one to four."""
    roles = [source.choice("abc") for _ in range(source.randint(1, 4))]
    percent_of: dict[str, Decimal | None] = {role: Decimal(source.randint(1, 9999)) / 100 for role in "abc"}
    open_part = Decimal(source.choice((0, 0, 5)))
    percents, weights = default_percents(roles, percent_of, SplitType.REVENUE, open_part)
    by_hand = allocate(HUNDRED, [Decimal(source.randint(1, 100)) for _ in roles], unit=CENT)
    shares = ((percents, weights), (by_hand, weights_of(by_hand)))
    default, given = (sum(credited(amount, *each, CENT), Decimal(0)) for each in shares)
    return default, given


def one_node(**changes: object) -> PlanFigures:
    """Return a plan of one node that holds, but for the changes."""
    amount = Decimal("100.00")
    figures = {"suggested": amount, "value": amount, "tuned": False, "contributions": (amount,)}
    goal = {"goal_target": amount, "goal_months": (amount,)}
    node = NodeFigures(UUID(int=1), **{**figures, **goal, **changes})  # type: ignore[arg-type]  # mixed by design
    return PlanFigures(UUID(int=2), 0, amount, None, BalanceRule.KEEP_GAP, [node])


def test_a_value_changed_behind_our_back_leaves_a_residual() -> None:
    tampered = reconcile([one_node(value=Decimal("100.01"), goal_target=None)])
    assert (tampered.holds, tampered.plans[0].residual, tampered.levels[0].residual) == (
        False,
        Decimal("-0.01"),
        Decimal("-0.01"),
    )


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"contributions": (Decimal("99.99"),)}, Fault("CONTRIBUTIONS", UUID(int=1), Decimal("-0.01"))),
        (
            {"goal_target": Decimal("90.00"), "goal_months": (Decimal("90.00"),)},
            Fault("GOAL_TARGET", UUID(int=1), Decimal("-10.00")),
        ),
        ({"goal_months": (Decimal("50.00"), Decimal("50.01"))}, Fault("GOAL_MONTHS", UUID(int=1), Decimal("0.01"))),
    ],
)
def test_a_sum_that_does_not_hold_is_named(changes: dict[str, object], fault: Fault) -> None:
    found = reconcile([one_node(**changes)])
    assert (found.holds, found.plans[0].residual, found.plans[0].faults) == (False, Decimal("0.00"), (fault,))


def test_a_plan_that_splits_another_amount_than_its_goal_is_named() -> None:
    whole = one_node()
    moved = PlanFigures(whole.plan_id, 1, whole.total, Decimal("120.00"), whole.rule, whole.nodes)
    assert reconcile([whole, moved]).plans[1].faults == (Fault("PLAN_TOTAL", UUID(int=2), Decimal("-20.00")),)


def test_a_sound_plan_holds() -> None:
    assert reconcile([one_node()]).holds


def test_ten_thousand_random_trees_leave_no_residual() -> None:
    source = random.Random(20260131)
    plans = tuned = held = 0
    for _ in range(TREES):
        tree = list(a_tree(source))
        found = reconcile(tree)
        assert found.holds, found
        assert all(level.assigned + level.gap == level.total for level in found.levels)
        amount = source.choice((1, -1)) * source.choice(tree).total
        assert split_on(source, amount) == (amount, amount), amount
        plans += len(tree)
        tuned += sum(node.tuned for plan in tree for node in plan.nodes)
        held += sum(node.held for plan in tree for node in plan.nodes)
    assert min(plans, tuned, held) > TREES, "each plan has a season of its own, each tree a split order"
