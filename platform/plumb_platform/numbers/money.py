"""Money: the currencies with their minor units and signs, and amounts in whole minor units."""

from dataclasses import dataclass
from decimal import Decimal

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.allocation import EXACT, units_of


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency of ISO 4217: `unit` is its minor unit (0.01 for CNY), `sign` is what stands before an amount."""

    code: str
    unit: Decimal
    sign: str


def _currencies(unit: str, **signs: str) -> dict[str, Currency]:
    return {code: Currency(code, Decimal(unit), sign) for code, sign in signs.items()}


CURRENCIES = {
    **_currencies("0.01", CNY="¥", HKD="HK$", MOP="MOP$", TWD="NT$", USD="US$", EUR="€", GBP="£", SGD="S$", MYR="RM"),
    **_currencies("0.01", AUD="A$", CAD="C$", CHF="CHF ", INR="₹", THB="฿", PHP="₱", IDR="Rp", BRL="R$", MXN="MX$"),
    **_currencies("1", JPY="JP¥", KRW="₩", VND="₫"),
    **_currencies("0.001", KWD="KWD ", BHD="BHD ", JOD="JOD "),
}
"""The currencies that a company may keep its goals in, with the minor units of ISO 4217."""


class UnknownCurrency(InvalidInput):
    """No such currency, or not one that goals are kept in."""

    code = "UNKNOWN_CURRENCY"
    zh = "不支持的货币代码：{currency}。"
    en = "The currency {currency} is not supported."


class InvalidNumber(InvalidInput):
    """A number is a finite decimal of at most 18 digits."""

    code = "INVALID_NUMBER"
    zh = "“{text}”不是有效的数字：请写成如 11,385,000.00 的十进制数，总位数不超过 18 位。"
    en = "“{text}” is no valid number: write a decimal such as 11,385,000.00 with at most 18 digits."


class InexactAmount(InvalidInput):
    """The amount has more places than the currency knows."""

    code = "INEXACT_AMOUNT"
    zh = "{currency} 金额 {amount} 不是最小单位 {unit} 的整数倍。"
    en = "The {currency} amount {amount} is not a whole multiple of {unit}."


def get_currency(code: str) -> Currency:
    """Return the currency of an ISO 4217 code, or raise UnknownCurrency."""
    try:
        return CURRENCIES[code]
    except KeyError:
        raise UnknownCurrency(field="currency", currency=f"{code:.40}") from None


def in_units(amount: Decimal, currency: Currency, *, field: str | None = None) -> Decimal:
    """Give an amount the places of its currency, and refuse one that would need rounding."""
    try:
        units_of(amount, currency.unit)
    except InvalidInput:
        raise InexactAmount(field=field, currency=currency.code, amount=amount, unit=currency.unit) from None
    return EXACT.add(EXACT.quantize(amount, currency.unit), 0)  # adding 0 takes the sign off -0.00
