"""Changes of several tables by one statement: what is written together takes one round trip, whoever each change belongs to."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from plumb_platform.database.at_hand import open_transaction
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


async def write_alone(write: Write) -> Any:
    """Make a change that is all its transaction does, and return what it tells.

    In a mutation that is `at_once` it takes one round trip, in which the transaction begins, proves its caller and commits:
    what is refused must change nothing by the statement's own conditions, and nothing may follow. Elsewhere it is a statement
    like any other.
    """
    return await open_transaction().write_alone(write.parts, write.told, write.values)


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
