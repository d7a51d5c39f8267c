"""The bars of a battle map: how high each part of a target stands, and what has been reached by its end."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from plumb_platform.documents.letter_data import LetterGoal, LetterSplit

TALLEST = Decimal("13.0")
"""Millimetres of the longest bar."""
SHORTEST = Decimal("0.3")
CHARACTERS, FEWEST = 168, 4
"""Characters of all figures of a row, which has room for them at four fifths of their size or more, and its fewest parts.

195 mm less 1.2 a part, at 7 points and 0.53 em a character.
"""


def fronts(goals: Sequence[LetterGoal]) -> list[dict[str, Any]]:
    """Return each goal as plain data with its `bars`, and how many of them stand in a row (`per_row`)."""
    drawn = [(goal.model_dump(), bars(goal.splits)) for goal in goals]
    return [goal | {"bars": each, "per_row": per_row([bar["value"] for bar in each])} for goal, each in drawn]


def per_row(values: Sequence[str]) -> int:
    """Return how many parts stand side by side: long figures take rows, as many in each, before they become too small to read."""
    longest = max(map(len, values), default=0)
    rows = max(1, -(-len(values) * longest // CHARACTERS))
    return max(FEWEST, -(-len(values) // rows))


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
