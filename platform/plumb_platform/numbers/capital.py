"""Chinese capital amounts (人民币大写), the form that cannot be altered by a stroke.

Source: 支付结算办法, annex 1 《正确填写票据和结算凭证的基本规定》 (People's Bank of China, 1997), articles 1 to 4.
Where the rule leaves a choice, the first of its printed forms is taken: 壹仟陆佰捌拾元零叁角贰分 and
壹拾万柒仟元零伍角叁分.
"""

from decimal import Decimal

from plumb_platform.numbers.allocation import units_of
from plumb_platform.numbers.money import InvalidNumber, get_currency, in_units

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("仟", "佰", "拾", "")
LARGEST = 10**16
"""First amount in yuan that is too large: 16 digits before the point, as for goals."""


def capital_amount(amount: Decimal) -> str:
    """Write a yuan amount in capitals, without the leading 人民币 that the letter prints itself.

    11385000.00 gives 壹仟壹佰叁拾捌万伍仟元整. 整 closes an amount that ends at yuan; a negative one begins with 负.
    Raises InexactAmount for fractions of a fen, InvalidNumber from ten quadrillion yuan up.
    """
    money = get_currency("CNY")
    fen = units_of(in_units(amount, money), money.unit)
    yuan, cents = divmod(abs(fen), 100)
    if yuan >= LARGEST:
        raise InvalidNumber(text=amount)
    return ("负" if fen < 0 else "") + _yuan(yuan, cents) + _cents(cents, after_zero=yuan > 0 and yuan % 10 == 0, alone=yuan == 0)


def _yuan(yuan: int, cents: int) -> str:
    if yuan == 0:
        return "" if cents else "零元"
    return _whole(yuan) + "元"


def _cents(cents: int, *, after_zero: bool, alone: bool) -> str:
    """Write jiao and fen; a zero on either side of 元 is spoken once."""
    jiao, fen = divmod(cents, 10)
    if cents == 0:
        return "整"
    zero = "零" if not alone and (jiao == 0 or after_zero) else ""
    return zero + (DIGITS[jiao] + "角" if jiao else "") + (DIGITS[fen] + "分" if fen else "")


def _whole(number: int) -> str:
    """Write a positive whole number: 亿 and 万 split it, four digits are spoken at a time."""
    for size, name in ((10**8, "亿"), (10**4, "万")):
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if 0 < low < size // 10 else ""
            return _whole(high) + name + gap + (_whole(low) if low else "")
    return _four(number)


def _four(number: int) -> str:
    """Write 1 to 9999; inner zeros are spoken once, outer ones not at all."""
    written, gap = "", False
    for digit, place in zip(f"{number:04d}", PLACES, strict=True):
        if digit == "0":
            gap = bool(written)
            continue
        written += ("零" if gap else "") + DIGITS[int(digit)] + place
        gap = False
    return written
