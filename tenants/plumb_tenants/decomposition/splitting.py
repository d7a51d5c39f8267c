"""One split from figures and circumstances to suggestions, the same for a preview, a plan, a run and a replay; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from plumb_platform.numbers.allocation import amount_of, units_of
from plumb_tenants.decomposition.factors import weighted_factors
from plumb_tenants.decomposition.figures import Figures
from plumb_tenants.decomposition.given import Frame, Given, terms_of
from plumb_tenants.decomposition.report import check_reports
from plumb_tenants.decomposition.rules import Suggestions, decompose
from plumb_tenants.decomposition.template import DecompositionTemplate
from plumb_tenants.decomposition.template_parts import WeightSet
from plumb_tenants.decomposition.weighing import WeightedFactor
from plumb_tenants.decomposition.weight_sets import check_facts, chosen_sets


@dataclass(frozen=True, slots=True)
class Split:
    """What a split gives; the lists are in the order of the children, `chosen` None where the default weights held."""

    pool: Decimal
    factors: Sequence[WeightedFactor]
    chosen: Sequence[WeightSet | None]
    suggestions: Suggestions


def split_total(
    template: DecompositionTemplate,
    total: Decimal,
    children: Sequence[str],
    figures: Sequence[Figures],
    given: Sequence[Given],
    *,
    frame: Frame,
    padding_percent: Decimal = Decimal(0),
) -> Split:
    """Split a total, padded, over children by name; errors as `check_reports`, `weighted_factors` and `decompose`."""
    check_facts(template, children, given)
    check_reports(template, children, figures, given)
    chosen = chosen_sets(template, figures, given)
    factors = weighted_factors(template, children, figures, chosen)
    pool = padded(total, padding_percent, unit=template.rounding_unit)
    terms = terms_of(template, given, frame)
    unit, days = template.rounding_unit, frame.days
    return Split(pool, factors, chosen, decompose(pool, children, factors, unit=unit, terms=terms, days=days))


def padded(total: Decimal, percent: Decimal, *, unit: Decimal) -> Decimal:
    """Return a total, 0 or more as `check_total` has it, with its padding, which is cut to whole units (A6)."""
    if not percent:
        return total
    units = units_of(total, unit)
    return amount_of(units + units * int(percent * 100) // 10_000, unit)
