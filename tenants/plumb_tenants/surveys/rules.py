"""The figures of a survey over its answers, and when they may be told; pure (C64, C90)."""

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from enum import StrEnum
from typing import Any

from plumb_platform.words import Word

EXACT = Context(prec=60)
TENTH = Decimal("0.1")
LEAST_SCORE, MOST_SCORE = Decimal(0), Decimal(10)
Answer = Mapping[str, Any]


class SurveyKind(StrEnum):
    """What a survey finds out."""

    PENETRATION = "PENETRATION"
    FAIRNESS = "FAIRNESS"
    TRANSPARENCY = "TRANSPARENCY"
    WEIGHTS = "WEIGHTS"


class SurveyState(Word):
    """Where a survey stands; a SUPPRESSED one had too few answers to tell anything."""

    OPEN = "OPEN", "进行中"
    TOLD = "TOLD", "已公布"
    SUPPRESSED = "SUPPRESSED", "人数不足"


def penetration(answers: Sequence[Answer], correct: Mapping[str, Sequence[Any]]) -> tuple[int, Decimal | None]:
    """Return how many answered, and how many percent of them gave a right answer to every asked field (C64)."""
    right = sum(all(answer.get(key) in accepted for key, accepted in correct.items()) for answer in answers)
    return len(answers), _tenths(EXACT.divide(Decimal(100 * right), Decimal(len(answers)))) if answers else None


def mean_score(answers: Sequence[Answer], field: str) -> tuple[int, Decimal | None]:
    """Return how many gave a score, and their mean to one decimal (C90)."""
    scores = [Decimal(str(answer[field])) for answer in answers if answer.get(field) is not None]
    return len(scores), _tenths(EXACT.divide(sum(scores, Decimal(0)), Decimal(len(scores)))) if scores else None


def told(count: int, value: Decimal | None, *, minimum: int) -> Decimal | None:
    """Return a figure over at least `minimum` answers, None for one over fewer."""
    return value if count >= minimum else None


def _tenths(value: Decimal) -> Decimal:
    return value.quantize(TENTH)
