"""The kind `rates`: exchange rates with the days that they hold for, and the conversion of money by them; pure (A11)."""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.money import CURRENCIES, InvalidNumber, UnknownCurrency, get_currency
from plumb_platform.permissions import Permission, reaches_whole
from plumb_tenants.definitions.kinds import Body, Finding, Kind, Step, register
from plumb_tenants.definitions.service import effective_version
from plumb_tenants.metrics.announcing import announce_rates

KIND, KEY = "rates", "default"
LARGEST = Decimal(10) ** 18
EXACT = Context(prec=34, rounding=ROUND_HALF_UP)

Code = Annotated[str, Field(min_length=3, max_length=3)]


class RateDaysInvalid(InvalidInput):
    """A rate begins before it ends."""

    code = "RATE_DAYS_INVALID"
    zh = "汇率的起始日 {starts_on} 晚于结束日 {ends_on}。"
    en = "The rate begins on {starts_on}, after it ends on {ends_on}."


class RateOfOneCurrency(InvalidInput):
    """A rate leads from one currency to another."""

    code = "RATE_OF_ONE_CURRENCY"
    zh = "汇率的两种货币相同：{currency}。"
    en = "The rate leads from {currency} to itself."


class RatesOverlap(InvalidInput):
    """A day has one rate of a pair."""

    code = "RATES_OVERLAP"
    zh = "{pair} 在 {day} 有两个汇率。"
    en = "There are two rates of {pair} on {day}."


class RateMissing(InvalidInput):
    """Money is converted by a rate of its own day, never by a neighbour's."""

    code = "RATE_MISSING"
    zh = "缺少 {day} 的汇率 {pair}，请在汇率表中补充。"
    en = "There is no rate of {pair} on {day}; add it to the rates."


class Rate(Body):
    """汇率 / What one unit of `base` is in `quote`, from a day to another, both included; without an end until further notice."""

    base: Code
    quote: Code
    starts_on: date
    ends_on: date | None = None
    rate: Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=10)]

    @property
    def pair(self) -> str:
        """Return the pair as people write it."""
        return f"{self.base}/{self.quote}"

    def holds(self, base: str, quote: str, day: date) -> bool:
        """Tell whether this is the rate of a pair on a day."""
        return (self.base, self.quote) == (base, quote) and self.starts_on <= day <= (self.ends_on or date.max)


class Rates(Body):
    """Exchange rates of a company; a change is a new version, and what was converted under the old one keeps it."""

    rates: Annotated[tuple[Rate, ...], Field(max_length=5000)] = ()

    def rate(self, base: str, quote: str, day: date) -> Decimal | None:
        """Return what one unit of `base` is in `quote` on a day, by the pair or by its inverse, or None; of itself it is one."""
        if base == quote:
            return Decimal(1)
        for each in self.rates:
            if each.holds(base, quote, day):
                return each.rate
        for each in self.rates:
            if each.holds(quote, base, day):
                return EXACT.divide(Decimal(1), each.rate)
        return None


def convert(rates: Rates, amount: Decimal, *, base: str, quote: str, day: date, field: str | None = None) -> Decimal:
    """Return an amount of `base` in `quote` by the rate of the day, rounded half up to the minor unit.

    Raises UnknownCurrency and RateMissing, which names the day and the pair.
    """
    get_currency(base)
    unit = get_currency(quote).unit
    if not amount.is_finite() or abs(amount) >= LARGEST:
        raise InvalidNumber(field="amount", text=f"{amount!s:.40}")
    rate = rates.rate(base, quote, day)
    if rate is None:
        raise RateMissing(field=field, day=day.isoformat(), pair=f"{base}/{quote}")
    return EXACT.multiply(amount, rate).quantize(unit, context=EXACT)


async def rates_of(actor: Actor) -> Rates:
    """Return the company's rates in effect today; none when it has published none."""
    version = await effective_version(actor, kind=KIND, key=KEY)
    return version.body if version else Rates()


async def convert_money(actor: Actor, amount: Decimal, *, base: str, quote: str, day: date) -> Decimal | None:
    """Return an amount in another currency to who may read metrics, None without the reach; raises as `convert` does."""
    if not await reaches_whole(actor, Permission.METRIC_READ):
        return None
    return convert(await rates_of(actor), amount, base=base, quote=quote, day=day, field="on")


def lint(body: Rates) -> list[Finding]:
    """Return what stands against publishing: unknown currencies, days that overlap or end before they begin."""
    return [Finding(error) for error in (*_rate_faults(body), *_overlaps(body))]


def _rate_faults(body: Rates) -> Iterator[InvalidInput]:
    for place, each in enumerate(body.rates):
        for side in ("base", "quote"):
            if getattr(each, side) not in CURRENCIES:
                yield UnknownCurrency(field=f"rates[{place}].{side}", currency=f"{getattr(each, side):.40}")
        if each.base == each.quote:
            yield RateOfOneCurrency(field=f"rates[{place}]", currency=each.base)
        if each.ends_on is not None and each.ends_on < each.starts_on:
            yield RateDaysInvalid(field=f"rates[{place}].ends_on", starts_on=each.starts_on, ends_on=each.ends_on)


def _overlaps(body: Rates) -> Iterator[InvalidInput]:
    ordered = sorted(enumerate(body.rates), key=lambda item: (item[1].pair, item[1].starts_on))
    for (_, before), (place, each) in pairwise(ordered):
        if before.pair == each.pair and each.starts_on <= (before.ends_on or date.max):
            yield RatesOverlap(field=f"rates[{place}]", pair=each.pair, day=each.starts_on)


async def _after_step(actor: Actor, step: Step) -> None:
    """Have what was added up by dated rates counted anew."""
    if step.state == "PUBLISHED":
        await announce_rates(actor)


register(Kind(name=KIND, zh="汇率", en="Exchange rates", body=Rates, lint=lint, after_step=_after_step, pilots=False))
