"""Answers kept until a table behind them changes: bounded in bytes, checked by version inside every read."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from plumb_platform.numbers.canonical import sha256_hex


@dataclass(slots=True)
class KeptAnswer:
    """The bytes of an answer and the data version that they are of."""

    version: int
    data: bytes
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
        answer = KeptAnswer(version, data)
        if len(data) > self._most // 8:
            return answer
        replaced = self._kept.pop(key, None)
        self.bytes += len(data) - (len(replaced.data) if replaced else 0)
        self._kept[key] = answer
        while self.bytes > self._most:
            _, old = self._kept.popitem(last=False)
            self.bytes -= len(old.data)
        return answer
