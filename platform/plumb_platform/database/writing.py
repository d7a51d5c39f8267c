"""Changes of several tables by one statement: what is written together takes one round trip, whoever each change belongs to."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from plumb_platform.database.statements import fetch

_PLACE = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Write:
    """A change as parts of a WITH, `name as (...), ...`; no part of one may need the rows that another writes.

    Its placeholders count from `$1`, its names are used by no other change of the statement, and `told` is an expression of
    what the change answers.
    """

    parts: str
    values: tuple[Any, ...]
    told: str = "null"


async def write_together(*writes: Write) -> tuple[Any, ...]:
    """Make changes by one statement and return what each tells, in their order."""
    sql = _statement(tuple((write.parts, write.told, len(write.values)) for write in writes))
    (row,) = await fetch(sql, *(value for write in writes for value in write.values))
    return tuple(row.values())


@lru_cache(maxsize=256)
def _statement(writes: tuple[tuple[str, str, int], ...]) -> str:
    parts, told, first = [], [], 0
    for place, (text, answer, values) in enumerate(writes):
        parts.append(_moved(text, first))
        told.append(f"{answer} as told_{place}")
        first += values
    return f"with {', '.join(parts)} select {', '.join(told)}"


def _moved(text: str, by: int) -> str:
    return _PLACE.sub(lambda found: f"${int(found[1]) + by}", text)
