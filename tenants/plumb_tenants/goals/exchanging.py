"""Parts in another currency: their money in that of the goal that adds them up, by the rate of the day; pure (A11)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import orjson

from plumb_platform.numbers.money import CURRENCIES
from plumb_tenants.goals.attainment import Part
from plumb_tenants.metrics.service import Rates, convert

YUAN = "元"


@dataclass(frozen=True, slots=True, order=True)
class UsedRate:
    """What one unit of `base` was in `quote` on a day; `rate` is None where the company's rates have none of that day."""

    base: str
    quote: str
    day: date
    rate: Decimal | None


def currency_of(unit_of_measure: str) -> str | None:
    """Return the currency that a unit of measure is, None for what is no money."""
    code = "CNY" if unit_of_measure == YUAN else unit_of_measure
    return code if code in CURRENCIES else None


def can_be_added(part: str, whole: str) -> bool:
    """Return whether a part in one unit of measure can be added up in another: the same, or both money."""
    return part == whole or (currency_of(part) is not None and currency_of(whole) is not None)


def exchanged(
    parts: Sequence[Part], unit_of_measure: str, days: Sequence[date | None], rates: Rates
) -> tuple[list[Part], tuple[UsedRate, ...]]:
    """Return parts in the unit of measure of their sum, and the rates that took them there, each once.

    An actual goes by the day that it is of, the target of a part that nobody reported by the newest day of all. A part
    without a rate on its day stays as it is, and cannot be added.
    """
    if all(part.aimed.unit_of_measure == unit_of_measure for part in parts):
        return list(parts), ()
    newest = max((day for day in days if day is not None), default=None)
    found: list[Part] = []
    used: set[UsedRate] = set()
    for part, day in zip(parts, days, strict=True):
        rate = _rate_of(part.aimed.unit_of_measure, unit_of_measure, day or newest, rates)
        used |= {rate} if rate else set()
        found.append(_exchanged(part, unit_of_measure, rate, rates) if rate and rate.rate is not None else part)
    return found, tuple(sorted(used, key=lambda each: (each.base, each.quote, each.day)))


def _rate_of(part: str, whole: str, day: date | None, rates: Rates) -> UsedRate | None:
    if part == whole or day is None:
        return None
    base, quote = currency_of(part), currency_of(whole)
    if base is None or quote is None:
        return None
    return UsedRate(base, quote, day, rates.rate(base, quote, day))


def _exchanged(part: Part, unit_of_measure: str, by: UsedRate, rates: Rates) -> Part:
    def money(amount: Decimal) -> Decimal:
        return convert(rates, amount, base=by.base, quote=by.quote, day=by.day)

    aimed = replace(part.aimed, target=money(part.aimed.target), unit_of_measure=unit_of_measure)
    actual = None if part.actual is None else money(part.actual)
    return replace(part, aimed=aimed, actual=actual, excluded=money(part.excluded))


def rates_to_json(rates: Sequence[UsedRate]) -> str | None:
    """Return rates as they are kept with a goal's progress, None without any."""
    said = [{"base": each.base, "quote": each.quote, "day": each.day, "rate": each.rate} for each in rates]
    return orjson.dumps(said, default=str).decode() if said else None


def rates_from_json(kept: str | None) -> tuple[UsedRate, ...]:
    """Return rates that were kept so."""
    said = orjson.loads(kept) if kept else ()
    return tuple(
        UsedRate(each["base"], each["quote"], date.fromisoformat(each["day"]), each["rate"] and Decimal(each["rate"]))
        for each in said
    )
