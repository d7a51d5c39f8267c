"""The bars of a battle map: how high each part of a target stands, and what has been reached by its end."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from plumb_platform.documents.letter_data import LetterGoal, LetterSplit

TALLEST = Decimal("13.0")
"""Millimetres of the longest bar."""
SHORTEST = Decimal("0.3")


def fronts(goals: Sequence[LetterGoal]) -> list[dict[str, Any]]:
    """Return each goal as plain data with its `bars`."""
    return [goal.model_dump() | {"bars": bars(goal.splits)} for goal in goals]


def bars(splits: Sequence[LetterSplit]) -> list[dict[str, str]]:
    """Return label, value, height in millimetres and cumulative share of each part; negative parts lie flat.

    Shares are whole percents of the sum of all parts and are left out where that is not above zero.
    """
    amounts = [Decimal(each.value.replace(",", "")) for each in splits]
    longest, total, reached = max((*amounts, Decimal())), sum(amounts, Decimal()), Decimal()
    # Places that say nothing in any part are left out, so that twelve of them fit side by side; else all keep theirs.
    are_whole = all(amount == amount.to_integral_value() for amount in amounts)
    drawn = []
    for split, amount in zip(splits, amounts, strict=True):
        reached += amount
        height = max(SHORTEST, TALLEST * amount / longest) if longest > 0 else SHORTEST
        share = f"{(reached * 100 / total).quantize(Decimal(1), ROUND_HALF_UP):f}%" if total > 0 else ""
        value = split.value.partition(".")[0] if are_whole else split.value
        drawn.append({"label": split.label, "value": value, "height": f"{height:.1f}", "cumulative": share})
    return drawn
