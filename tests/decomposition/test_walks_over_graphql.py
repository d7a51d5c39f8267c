"""Random walks over the API: whatever a planner does, in whatever order, every number adds up to the cent and is explained.

Rows N1, N2, A7, A9, D6, C34, C51.
"""

import pytest

from support.asking import Ask
from support.country import Country
from support.walking import SHAPES, make_walker

STEPS = 10


@pytest.mark.parametrize("seed", range(len(SHAPES)))
async def test_whatever_is_done_with_plans_every_number_adds_up_and_is_explained(country: Country, ask: Ask, seed: int) -> None:
    walker = await make_walker(country, ask, seed)
    for _ in range(STEPS):
        await walker.step()
    assert {"createPlan", "startRun"} <= walker.done.keys(), walker.refusals
    assert len(walker.done) >= 3, "a walk that is only refused proves nothing"
