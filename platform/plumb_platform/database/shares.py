"""A company's share of a process's connections: however many of its requests wait for each other, some stay for the others."""

import asyncio
from collections import deque
from contextvars import ContextVar
from uuid import UUID

has_place: ContextVar[bool] = ContextVar("has_place", default=False)
"""Whether what runs here belongs to a request that has a place already: one more would let it wait for itself."""


def share_of(size: int) -> int:
    """Return how many of `size` connections one company, or one sort of work, may have at once: two thirds."""
    return max(1, size * 2 // 3)


class Shares:
    """Lends places to companies, at most `each` to one of them; who comes when all are lent waits in line, at most `seconds`."""

    def __init__(self, each: int, *, seconds: float) -> None:
        self._each = each
        self._seconds = seconds
        self._lent: dict[UUID, int] = {}
        self._waiting: dict[UUID, deque[asyncio.Future[None]]] = {}

    async def take(self, tenant_id: UUID) -> None:
        """Take a place of a company's; raises TimeoutError."""
        lent = self._lent.get(tenant_id, 0)
        if lent < self._each:
            self._lent[tenant_id] = lent + 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(tenant_id, deque())
        waiting.append(turn)
        try:
            async with asyncio.timeout(self._seconds):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.give_back(tenant_id)  # the place came and is not used: it is the next one's
            raise

    def give_back(self, tenant_id: UUID) -> None:
        """Give a place to the next of the company who waits, or back."""
        waiting = self._waiting.get(tenant_id, deque())
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._waiting.pop(tenant_id, None)
        self._lent[tenant_id] -= 1
        if self._lent[tenant_id] == 0:
            del self._lent[tenant_id]

    @property
    def is_idle(self) -> bool:
        """Return whether nobody has or waits for a place."""
        return not self._lent and not self._waiting
