"""Rules of attribution: default and manual shares, the amounts that they give to the cent, and what an adjustment adds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import TypeVar

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.allocation import EXACT, allocate_units, amount_of, is_modest, units_of, whole_weights
from plumb_platform.words import Word

Key = TypeVar("Key")
CENT = Decimal("0.01")
HUNDRED = Decimal("100.00")
LARGEST_PERCENT = Decimal("1000.00")
MOST_SHARES = 50
UNATTRIBUTED = "unattributed"
"""The role of the part of an order that nobody gets."""


class SplitType(Word):
    """What the shares of an order may add up to (A19)."""

    REVENUE = "REVENUE", "收入拆分"
    OVERLAY = "OVERLAY", "叠加拆分"
    CUSTOM = "CUSTOM", "自定义拆分"


class SharesEmpty(InvalidInput):
    """An order is split over somebody."""

    code = "SHARES_EMPTY"
    zh = "须有 1 到 {most} 个贡献方。"
    en = "There are 1 to {most} parties."


class ShareTwice(InvalidInput):
    """A person has one share in one role."""

    code = "SHARE_TWICE"
    zh = "同一人员以同一角色（{role}）重复出现。"
    en = "One person stands there twice in the role {role}."


class ShareBelowZero(InvalidInput):
    """Nobody's share is less than nothing."""

    code = "SHARE_BELOW_ZERO"
    zh = "份额 {percent}% 小于 0。"
    en = "The share of {percent}% is below 0."


class ShareInvalid(InvalidInput):
    """A share is a percent with two places."""

    code = "SHARE_INVALID"
    zh = "份额 {percent} 无效：须为不超过 {largest} 的百分数，最多两位小数。"
    en = "The share {percent} is not valid: a percent of at most {largest} with at most two decimals."


class SharesNot100(InvalidInput):
    """REVENUE shares hand out the whole order and no more (C60)."""

    code = "SHARES_NOT_100"
    zh = "份额合计为 {total}%，收入拆分须恰为 100.00%。"
    en = "The shares total {total}%; a REVENUE split totals exactly 100.00%."


class SharesAboveMaximum(InvalidInput):
    """A CUSTOM split has a maximum of its own (A19)."""

    code = "SHARES_ABOVE_MAXIMUM"
    zh = "份额合计为 {total}%，超过该模板的上限 {maximum}%。"
    en = "The shares total {total}%, above the template's maximum of {maximum}%."


class UnattributedTooLarge(InvalidInput):
    """Only what the template leaves open may stay with nobody (D1)."""

    code = "UNATTRIBUTED_TOO_LARGE"
    zh = "未归属份额 {percent}% 超过模板允许的 {maximum}%。"
    en = "{percent}% unattributed is more than the {maximum}% that the template allows."


def default_percents(
    roles: Sequence[str], percent_of: Mapping[str, Decimal | None], kind: SplitType, unattributed: Decimal
) -> tuple[list[Decimal], list[int]]:
    """Return percents and weights of parties in these roles, the unattributed part last when there is one (C60, D1).

    Percents are what people read, weights the exact proportion that amounts are made of: thirds are 33.34, 33.33 and 33.33.
    A role's percent is divided equally among those who hold it. Under REVENUE the roles that nobody holds leave their
    part to the others in proportion; under OVERLAY and CUSTOM it is simply not given. None means an equal part.
    """
    held = Counter(roles)
    parts = [Fraction(1 if (given := percent_of[role]) is None else given) / held[role] for role in roles]
    whole = sum(parts, Fraction(0))
    if kind is SplitType.REVENUE:
        if not whole:
            raise SharesNot100(field="parties", total="0.00")
        parts = [part * Fraction(HUNDRED - unattributed) / whole for part in parts]
        whole = Fraction(HUNDRED - unattributed)
    percents = allocated(_percent(whole), _whole(parts), CENT)
    if kind is SplitType.REVENUE and unattributed:
        parts, percents = [*parts, Fraction(unattributed)], [*percents, unattributed]
    return percents, _whole(parts)


def check_shares(
    percents: Sequence[Decimal], kind: SplitType, *, unattributed: Decimal, allowed: Decimal, maximum: Decimal
) -> None:
    """Refuse a share below 0 or of too many places, and a total that the type does not allow; fields are `shares[2].percent`."""
    for place, percent in enumerate([*percents, unattributed]):
        field = f"shares[{place}].percent" if place < len(percents) else "unattributed"
        if not is_modest(percent) or percent > LARGEST_PERCENT or percent != percent.quantize(CENT):
            raise ShareInvalid(field=field, percent=f"{percent!s:.40}", largest=LARGEST_PERCENT)
        if percent < 0:
            raise ShareBelowZero(field=field, percent=f"{percent:f}")
    if unattributed > allowed:
        raise UnattributedTooLarge(field="unattributed", percent=unattributed, maximum=allowed)
    total = sum(percents, unattributed).quantize(CENT)
    if kind is SplitType.REVENUE and total != HUNDRED:
        raise SharesNot100(field="shares", total=total)
    if kind is SplitType.CUSTOM and total > maximum:
        raise SharesAboveMaximum(field="shares", total=total, maximum=maximum)


def check_parties(parties: Sequence[tuple[object, str]], *, field: str) -> None:
    """Refuse no parties, too many, and one person twice in one role."""
    if not 1 <= len(parties) <= MOST_SHARES:
        raise SharesEmpty(field=field, most=MOST_SHARES)
    for place, party in enumerate(parties):
        if parties.index(party) != place:
            raise ShareTwice(field=f"{field}[{place}]", role=party[1])


def credited(amount: Decimal, percents: Sequence[Decimal], weights: Sequence[int], unit: Decimal) -> list[Decimal]:
    """Return the credit of each share of an order: to the unit, by largest remainder, adding up to what is given in all.

    For 100.00 percent that is the order's amount itself; else the amount times the percents, a half rounded away from zero.
    """
    total = sum(percents, Decimal(0))
    given = amount if total == HUNDRED else (amount * total / 100).quantize(unit, rounding=ROUND_HALF_UP)
    return allocated(given, weights, unit)


def allocated(total: Decimal, weights: Sequence[int], unit: Decimal) -> list[Decimal]:
    """Divide a total by whole weights; where all weights are zero, everybody gets zero."""
    if not any(weights):
        return [amount_of(0, unit)] * len(weights)
    return [amount_of(share, unit) for share in allocate_units(units_of(total, unit), weights)]


def weights_of(percents: Sequence[Decimal]) -> list[int]:
    """Return the weights of shares that a person gave: in proportion to what they wrote."""
    return whole_weights(percents)


def adjustments(credited_before: Mapping[Key, Decimal], wanted: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    """Return what has to be added to closed credit so that it becomes what is wanted; nothing where nothing changes (A21)."""
    keys = [*wanted, *(key for key in credited_before if key not in wanted)]
    changes = {key: wanted.get(key, Decimal(0)) - credited_before.get(key, Decimal(0)) for key in keys}
    return {key: change for key, change in changes.items() if change}


def once(total: Decimal, through: Decimal) -> Decimal:
    """Return what a manager gets of an order whose credit came through several of their people: the order once (A20)."""
    return min(total, through) if total >= 0 else max(total, through)


def _percent(whole: Fraction) -> Decimal:
    return EXACT.quantize(Decimal(whole.numerator) / Decimal(whole.denominator), CENT)


def _whole(parts: Sequence[Fraction]) -> list[int]:
    scale = lcm(*(part.denominator for part in parts))
    whole = [part.numerator * (scale // part.denominator) for part in parts]
    shared = gcd(*whole)
    return [part // shared for part in whole] if shared else whole
