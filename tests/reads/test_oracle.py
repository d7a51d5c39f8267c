"""Generated documents: the product's answers against plain graphql-core execution over the same rows."""

import os
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from support.naive.documents import Generated
from support.naive.matrices import random_grants, resources_of
from support.naive.world import Asked

DOCUMENTS = int(os.environ.get("PLUMB_ORACLE_DOCUMENTS", "400"))
"""How many documents are generated; a longer run is a matter of this variable and of the seed."""
SEED = int(os.environ.get("PLUMB_ORACLE_SEED", "1"))


async def test_generated_documents_are_answered_as_plain_execution_answers_them(asked: Asked) -> None:
    source, world = Random(SEED), asked.world
    for place in range(DOCUMENTS):
        actor, grants = source.choice(list(asked.callers.values()))
        made = world.document(source, grants)
        assert not await world.differs(actor, grants, made.text, made.variables), place


async def test_generated_documents_under_random_matrices_are_answered_likewise(asked: Asked) -> None:
    source, world, resources = Random(SEED + 1), asked.world, resources_of(asked.world.facts)
    for place in range(DOCUMENTS // 2):
        actor, _ = source.choice(list(asked.callers.values()))
        grants = random_grants(source, actor, world.facts, world.version, resources)
        made = world.document(source, grants, python=place % 2 == 0)
        assert not await world.differs(actor, grants, made.text, made.variables), (place, grants.pairs)


async def test_documents_that_mix_in_fields_of_python_are_answered_likewise(asked: Asked) -> None:
    source, world = Random(SEED + 2), asked.world
    mixed = 0
    while mixed < DOCUMENTS // 5:
        actor, grants = source.choice(list(asked.callers.values()))
        made = world.document(source, grants, python=True)
        if any(name in made.text for name in ("body", "lint", "downloadPath")):
            mixed += 1
            assert not await world.differs(actor, grants, made.text, made.variables), mixed


def varied(source: Random, made: Generated, ids: Sequence[str]) -> dict[str, Any]:
    """Return other variables for the same document: left out, turned round, or of another object."""
    found: dict[str, Any] = {}
    for name, value in made.variables.items():
        if name in made.optional and source.random() < 0.2:
            continue
        found[name] = value
        if isinstance(value, bool):
            found[name] = source.random() < 0.5
        elif isinstance(value, int):
            found[name] = source.randint(0, 6)
        elif isinstance(value, list):
            found[name] = value[::-1][: source.randint(0, 3)]
        elif value in ids and source.random() < 0.7:
            found[name] = source.choice(ids)
    return found


async def test_a_document_asked_again_with_other_variables_is_answered_by_them_alone(asked: Asked) -> None:
    source, world, again = Random(SEED + 3), asked.world, 0
    for place in range(DOCUMENTS // 5):
        actor, grants = source.choice(list(asked.callers.values()))
        made = world.document(source, grants)
        for _ in range(4 if made.variables else 0):
            again += 1
            assert not await world.differs(actor, grants, made.text, varied(source, made, world.ids)), place
    assert again > DOCUMENTS // 5
    actor, grants = asked.callers["manager"]
    text = "query ($id: ID!) { node(id: $id) { __typename id ... on Goal { title } ... on Person { name } } }"
    for global_id in source.sample(world.ids, 100):
        assert not await world.differs(actor, grants, text, {"id": global_id})


MIXED = (
    "{ definitions { edges { cursor node { key versions { number body { __typename } lint { code severity } } "
    "current { number } } } } }",
    "{ letters { edges { node { downloadPath signatures { role name } sealJob { state } } } totalCount } company { name } }",
    '{ letters { totalCount edges { node { downloadPath } } } goals(first: 0) { totalCount } people(after: "x") { totalCount } }',
    "{ a: letters { edges { node { downloadPath ... on Node { id } } } } b: members { totalCount } }",
)


@pytest.mark.parametrize("document", MIXED)
async def test_mixed_documents_of_every_caller(asked: Asked, document: str) -> None:
    for actor, grants in asked.callers.values():
        assert not await asked.world.differs(actor, grants, document)
