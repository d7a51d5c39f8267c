"""What one company may have of a process's connections (A59)."""

import asyncio
from uuid import UUID, uuid4

import pytest

from plumb_platform.database.shares import Shares, share_of

ONE, OTHER = uuid4(), uuid4()


async def waiting(shares: Shares, tenant_id: UUID) -> "asyncio.Task[None]":
    task = asyncio.create_task(shares.take(tenant_id))
    await asyncio.sleep(0)
    assert not task.done()
    return task


@pytest.mark.parametrize(("size", "share"), [(1, 1), (2, 1), (3, 2), (10, 6), (200, 133)])
def test_a_share_is_two_thirds_and_never_nothing(size: int, share: int) -> None:
    assert share_of(size) == share


async def test_who_comes_when_all_are_lent_gets_the_next_one_in_turn() -> None:
    shares = Shares(2, seconds=60)
    for tenant_id in (ONE, ONE, OTHER, OTHER):
        await shares.take(tenant_id)
    first, second = [await waiting(shares, ONE) for _ in range(2)]
    shares.give_back(ONE)
    await asyncio.sleep(0)
    assert (first.done(), second.done()) == (True, False)
    shares.give_back(ONE)
    await second
    for tenant_id in (ONE, ONE, OTHER, OTHER):
        shares.give_back(tenant_id)
    assert shares.is_idle


async def test_who_waits_too_long_or_leaves_takes_no_place() -> None:
    shares = Shares(1, seconds=0.01)
    await shares.take(ONE)
    with pytest.raises(TimeoutError):
        await shares.take(ONE)
    shares.give_back(ONE)
    assert shares.is_idle
    shares = Shares(1, seconds=60)
    await shares.take(ONE)
    left, late = [await waiting(shares, ONE) for _ in range(2)]
    left.cancel()
    shares.give_back(ONE)
    # It leaves at the very moment at which the place is its own.
    late.cancel()
    with pytest.raises(asyncio.CancelledError):
        await late
    assert shares.is_idle
