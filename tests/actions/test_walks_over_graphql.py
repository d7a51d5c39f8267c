"""Random walks over the API: whatever is done and swapped, each customer counts once and each swap by its rule.

Rows C35, C36, C42.
"""

import pytest

from support.asking import Ask
from support.task_walking import make_worker
from support.team import Team

STEPS = 60


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_done_and_swapped_each_customer_counts_once_and_each_swap_by_its_rule(
    team: Team, ask: Ask, seed: int
) -> None:
    worker = await make_worker(team, ask, seed)
    for _ in range(STEPS):
        await worker.step()
    assert {"dispatchTasks", "completeTask", "swapTask"} <= worker.done.keys(), worker.refusals
    assert ("swapTask", "SWAP_OVER_LIMIT") in worker.refusals or ("swapTask", "SWAP_WITHOUT_BASE") in worker.refusals
