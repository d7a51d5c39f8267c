"""Pages within pages within pages, each under another matrix: the product's answers against plain execution over the same."""

import os
from random import Random
from typing import Any

from support.naive.matrices import random_grants, resources_of
from support.naive.world import Asked

DOCUMENTS = int(os.environ.get("PLUMB_ORACLE_DOCUMENTS", "400")) // 10
MOST = 5 * DOCUMENTS
"""How many are written until enough of them lead to rows at three levels: which do changes with every list of the schema."""
SEED = int(os.environ.get("PLUMB_ORACLE_SEED", "1")) + 11
LEVELS = 4


async def test_pages_within_pages_under_random_matrices_are_answered_as_plain_execution_answers_them(asked: Asked) -> None:
    source, world, resources = Random(SEED), asked.world, resources_of(asked.world.facts)
    before, deepest = world.tally.copy(), 0
    for place in range(MOST):
        if place >= DOCUMENTS and deepest > DOCUMENTS // 10:
            break
        actor, _ = source.choice(list(asked.callers.values()))
        grants = random_grants(source, actor, world.facts, world.version, resources, wide=0.9)
        made = world.writer(source, grants).nested(LEVELS)
        assert not await world.differs(actor, grants, made.text, made.variables), (place, grants.pairs)
        deepest += depth((await world.ask(actor, grants, made.text, made.variables)).body["data"]) >= 3
    told = world.tally - before
    assert told["compared"] >= DOCUMENTS
    assert min(told["refused"], told["hiding"], told["compared"] - told["refused"]) > DOCUMENTS // 10, told
    assert deepest > DOCUMENTS // 10, deepest


def depth(answer: Any) -> int:
    """Return how many pages with rows stand within each other."""
    if isinstance(answer, list):
        return max(map(depth, answer), default=0)
    if not isinstance(answer, dict):
        return 0
    return ("cursor" in answer) + max(map(depth, answer.values()), default=0)
