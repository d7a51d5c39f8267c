"""Letters of one run as `benchmarks/letters.py` makes them."""

import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from plumb_platform.documents.letter_data import LetterDocument, LetterGoal, LetterParty
from plumb_platform.ids import JOINED


def letters_of_a_benchmark(count: int, *, rare: bool) -> Iterator[LetterDocument]:
    """Letters of one run: names, figures, numbers, codes and times are each one's own, goals and articles the template's."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from support.letter_samples import sample_letter

    template = sample_letter()
    surnames = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
    for number in range(count):
        name = f"{surnames[number % len(surnames)]}{'𠮷㐂' if rare else '明华'}"
        signed_at = f"2026-01-05 {8 + number % 10:02}:{number * 7 % 60:02}:{number * 13 % 60:02} (UTC+08:00)"
        signed = tuple(each.model_copy(update={"signed_at": signed_at}) for each in template.signatures)
        digest = sha256(f"letter {number}".encode())
        code = _code(digest.digest())
        yield sample_letter(
            party_b=LetterParty(name=name, details=(("工号", f"HK{number:04}"), ("岗位", "省区经理"))),
            goals=tuple(_figures(goal, number) for goal in template.goals),
            signatures=tuple(each.model_copy(update={"name": name}) if each.role == "employee" else each for each in signed),
            number=f"B-{number:05}",
            verify_url=f"https://plumb.example.com/verify?code={code}",
            verify_code=code,
            goals_sha256=digest.hexdigest(),
        )


def _code(digest: bytes) -> str:
    """Return a code of the kind that the product draws, always the same for a letter."""
    while JOINED.search(code := urlsafe_b64encode(digest).decode()[:22]):
        digest = sha256(digest).digest()
    return code


def _figures(goal: LetterGoal, number: int) -> LetterGoal:
    """The goal with the figures of one person: another target, split into as many parts."""
    parts = [Decimal((number + 3) * (place + 7) * 1237 % 90_000_000) / 100 for place in range(len(goal.splits))]
    splits = tuple(each.model_copy(update={"value": f"{part:,}"}) for each, part in zip(goal.splits, parts, strict=True))
    return goal.model_copy(update={"target": f"{sum(parts):,}" if parts else goal.target, "splits": splits})
