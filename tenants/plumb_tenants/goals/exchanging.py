"""Parts in another currency: their money in that of the goal that adds them up, by the rate of the day; pure (A11)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from plumb_platform.errors import DomainError
from plumb_platform.numbers.money import CURRENCIES
from plumb_tenants.goals.attainment import Part
from plumb_tenants.metrics.service import Rates, convert

Exchange = Callable[[Decimal, str, str, date], Decimal | None]
"""Gives an amount of one currency in another on a day, None without a rate."""
YUAN = "元"


def currency_of(unit_of_measure: str) -> str | None:
    """Return the currency that a unit of measure is, None for what is no money."""
    code = "CNY" if unit_of_measure == YUAN else unit_of_measure
    return code if code in CURRENCIES else None


def can_be_added(part: str, whole: str) -> bool:
    """Return whether a part in one unit of measure can be added up in another: the same, or both money."""
    return part == whole or (currency_of(part) is not None and currency_of(whole) is not None)


def exchange_by(rates: Rates) -> Exchange:
    """Return the exchange by a company's rates."""

    def exchange(amount: Decimal, base: str, quote: str, day: date) -> Decimal | None:
        try:
            return convert(rates, amount, base=base, quote=quote, day=day)
        except DomainError:
            return None

    return exchange


def exchanged(parts: Sequence[Part], unit_of_measure: str, days: Sequence[date | None], exchange: Exchange) -> list[Part]:
    """Return parts in the unit of measure of their sum; one without a rate on its day stays as it is, and cannot be added.

    An actual goes by the day that it is of, the target of a part that nobody reported by the newest day of all.
    """
    newest = max((day for day in days if day is not None), default=None)
    return [_exchanged(part, unit_of_measure, day or newest, exchange) for part, day in zip(parts, days, strict=True)]


def _exchanged(part: Part, unit_of_measure: str, day: date | None, exchange: Exchange) -> Part:
    base, quote = currency_of(part.aimed.unit_of_measure), currency_of(unit_of_measure)
    if part.aimed.unit_of_measure == unit_of_measure or base is None or quote is None or day is None:
        return part
    target = exchange(part.aimed.target, base, quote, day)
    actual = None if part.actual is None else exchange(part.actual, base, quote, day)
    if target is None or (part.actual is not None and actual is None):
        return part
    return replace(part, aimed=replace(part.aimed, target=target, unit_of_measure=unit_of_measure), actual=actual)
