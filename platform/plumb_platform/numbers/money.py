"""Money: the minor unit of each currency, exact reading of what people type, and the form that letters print."""

import re
from dataclasses import dataclass
from decimal import Decimal

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.allocation import EXACT, units_of

DIGITS = 18
"""Most digits of an amount that somebody types; the columns (`numeric(20, 2)`) leave room for the sums of many."""
LONGEST_TEXT = 64

_NUMBER = re.compile(r"[+-]?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?", re.ASCII)
_ASCII = str.maketrans("０１２３４５６７８９，．－＋￥", "0123456789,.-+¥")


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
    """The text is no plain decimal number of at most 18 digits."""

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


def parse_number(text: object, *, field: str | None = None) -> Decimal:
    """Read a number that a person typed: exact, at most 18 digits, full-width forms allowed.

    Commas must group by three. Floats, NaN, infinities and exponents are refused with InvalidNumber; whole integers
    and finite Decimals pass when they hold to the same limit.
    """
    if isinstance(text, Decimal) and text.is_finite() and abs(text.adjusted()) <= DIGITS:
        text = format(text, "f")
    elif isinstance(text, int) and not isinstance(text, bool) and abs(text) < 10**DIGITS:
        text = str(text)
    plain = text.strip().translate(_ASCII) if isinstance(text, str) and len(text) <= LONGEST_TEXT else ""
    match = _NUMBER.fullmatch(plain)
    if match is None or _digits(*match.groups()) > DIGITS:
        raise InvalidNumber(field=field, text=f"{text!s:.40}" if isinstance(text, str | float) else type(text).__name__)
    return Decimal(plain.replace(",", ""))


def _digits(whole: str, fraction: str | None) -> int:
    return len(whole.replace(",", "").lstrip("0")) + len(fraction or "")


def parse_amount(text: object, currency: str = "CNY", *, field: str | None = None) -> Decimal:
    """Read an amount of money, with or without its sign in front, in whole minor units.

    The result carries the places of the currency (`"11,385,000"` in CNY gives 11385000.00).
    Raises UnknownCurrency, InvalidNumber, InexactAmount.
    """
    money = get_currency(currency)
    if isinstance(text, str) and len(text) <= LONGEST_TEXT:
        plain = text.strip().translate(_ASCII)
        text = "-" * plain.startswith("-") + plain.removeprefix("-").removeprefix(money.sign)
    return in_units(parse_number(text, field=field), money, field=field)


def in_units(amount: Decimal, currency: Currency, *, field: str | None = None) -> Decimal:
    """Give an amount the places of its currency, and refuse one that would need rounding."""
    try:
        units_of(amount, currency.unit)
    except InvalidInput:
        raise InexactAmount(field=field, currency=currency.code, amount=amount, unit=currency.unit) from None
    return EXACT.add(EXACT.quantize(amount, currency.unit), 0)  # adding 0 takes the sign off -0.00


def format_amount(amount: Decimal, currency: str = "CNY") -> str:
    """Print an amount as letters do: `¥11,385,000.00`; it never rounds (InexactAmount)."""
    money = get_currency(currency)
    exact = in_units(amount, money)
    return f"{'-' if exact < 0 else ''}{money.sign}{abs(exact):,f}"
