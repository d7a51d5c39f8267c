"""Answers kept until a table behind them changes: bounded in bytes, checked by version inside every read."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from plumb_platform.numbers.canonical import sha256_hex

_OBJECT = 120
"""Bytes of a small object with its place in a tuple or a dict."""


@dataclass(slots=True)
class KeptAnswer:
    """The bytes of an answer and the data version that they are of."""

    version: int
    data: bytes
    weight: int = 0
    """How many bytes the answer and its key take, about."""
    _tag: str = field(default="")

    @property
    def tag(self) -> str:
        """Return the entity tag of the bytes."""
        self._tag = self._tag or f'"{sha256_hex(self.data)[:32]}"'
        return self._tag


class KeptAnswers:
    """The answers of one process; a key names company, plan and every value that was bound."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[Hashable, KeptAnswer] = OrderedDict()
        self.bytes = 0

    def find(self, key: Hashable) -> KeptAnswer | None:
        """Return the answer kept under a key or None; whether it still holds is for PostgreSQL to say."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def keep(self, key: Hashable, version: int, data: bytes) -> KeptAnswer:
        """Keep an answer in place of an older one; what was used longest ago makes room."""
        answer = KeptAnswer(version, data, len(data) + weight_of(key))
        replaced = self._kept.pop(key, None)
        self.bytes -= replaced.weight if replaced else 0
        if answer.weight > self._most // 8:
            return answer
        self._kept[key] = answer
        self.bytes += answer.weight
        while self.bytes > self._most:
            _, old = self._kept.popitem(last=False)
            self.bytes -= old.weight
        return answer


def weight_of(key: Hashable) -> int:
    """Return about how many bytes a key takes: a caller may bind thousands of values to a question of few words."""
    if isinstance(key, tuple):
        return _OBJECT + sum(weight_of(each) for each in key)
    return _OBJECT + (4 * len(key) if isinstance(key, str) else 0)
