"""Bounds of time at every door to the database, set as its connections begin: nothing waits or works there without an end.

PostgreSQL itself has none. A statement without one holds its connection and its locks for hours, one that waits for a lock
keeps all who come behind it waiting, and a transaction that its owner forgot keeps both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import asyncpg

from plumb_platform.errors import DomainError, Refused, Unavailable
from plumb_platform.outages import causes, state_of
from plumb_platform.settings import Settings

Door = Literal["read", "change", "job"]
"""Who stands at a door: a read, a change that somebody waits for, or a job that nobody waits for."""
JOB_PATIENCE = 6
"""A job may wait so many times longer for a lock, and be silent so many times longer, than what somebody waits for."""
_STOPPED, _LOCKED, _SILENT, _ENDED = "57014", "55P03", "25P03", "25P04"
TRANSACTIONS_ARE_BOUND = 17
"""The first PostgreSQL that ends a transaction for its age."""


class TimeOver(Refused):
    """PostgreSQL stopped a statement, because it took longer than its door allows or an operator had it stopped."""

    code = "TIME_OVER"
    zh = "查询或变更超过允许的时长，已停止，未作任何更改。请缩小范围后重试，例如减少条数或增加筛选条件。"
    en = (
        "This took longer than is allowed and was stopped; nothing was changed. Ask for less, by fewer rows or a narrower filter."
    )


class BusyElsewhere(Unavailable):
    """What a change needs is held by another that has not ended in time."""

    code = "BUSY_ELSEWHERE"
    zh = "所需数据正被另一项操作占用，未作任何更改，请稍后重试。"
    en = "Something that this needs is in use by another change; nothing was changed. Try again soon."


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many seconds a statement may take, wait for a lock, and how long a transaction may be silent."""

    statement: float
    lock: float
    silent: float

    def settings(self) -> dict[str, str]:
        """Return them as PostgreSQL's own settings of a connection."""
        named = {
            "statement_timeout": self.statement,
            "lock_timeout": self.lock,
            "idle_in_transaction_session_timeout": self.silent,
        }
        return {name: str(round(seconds * 1000)) for name, seconds in named.items()}


def bounds_of(settings: Settings, door: Door) -> Bounds:
    """Return the bounds of a door as the operator set them."""
    if door == "job":
        return Bounds(settings.job_seconds, JOB_PATIENCE * settings.lock_seconds, JOB_PATIENCE * settings.silent_seconds)
    statement = settings.read_seconds if door == "read" else settings.change_seconds
    return Bounds(statement, settings.lock_seconds, settings.silent_seconds)


async def bound_transactions(connection: asyncpg.Connection, settings: Mapping[str, str]) -> None:
    """End this connection's transactions when they are older than a statement and a silence together may be.

    A client that stands still between preparing a statement and running it is neither silent nor running one for PostgreSQL,
    which keeps its locks for ever. What knows no such bound (before 17) is a setting that the server refuses at the start.
    """
    longest = sum(int(settings.get(name, 0)) for name in ("statement_timeout", "idle_in_transaction_session_timeout"))
    if longest and connection.get_server_version().major >= TRANSACTIONS_ARE_BOUND:
        await connection.execute(f"set transaction_timeout to {longest}")


def bound_passed(error: BaseException | None) -> DomainError | None:
    """Return what to tell of an error that is, or was caused by, a bound that was passed; None of any other."""
    for state in map(state_of, causes(error)):
        if state == _STOPPED:
            return TimeOver()
        if state in (_LOCKED, _SILENT, _ENDED):
            return BusyElsewhere()
    return None
