"""Orders: what a caller asks for decides, both ways, what has no value stands last, and the id decides between equals."""

from random import Random

import pytest

from plumb_schema.reads.classes import Listing, read_of
from support.naive.world import Asked

LISTS = ("goals", "people", "units", "letters", "plans", "definitions", "snapshots", "auditEntries", "members", "jobs", "cycles")


def orders(asked: Asked, name: str) -> list[str]:
    """Return every field that a list can be ordered by."""
    query = asked.world.oracle.schema.query_type
    assert query is not None
    read = read_of(query.fields[name])
    assert isinstance(read, Listing)
    order = asked.world.oracle.schema.type_map[f"{read.resource.type_name}OrderField"]
    return list(order.values)  # type: ignore[attr-defined] # it is an enumeration


@pytest.mark.parametrize("name", LISTS)
async def test_every_order_both_ways_is_that_of_the_rows(asked: Asked, name: str) -> None:
    actor, grants = asked.callers["admin"]
    for word in orders(asked, name):
        for direction in ("ASC", "DESC"):
            document = (
                f"{{ {name}(first: 100, orderBy: [{{field: {word}, direction: {direction}}}]) {{ edges {{ node {{ id }} }} }} }}"
            )
            assert not await asked.world.differs(actor, grants, document)


@pytest.mark.parametrize("name", ["goals", "people", "letters"])
async def test_orders_of_several_fields_given_by_a_variable(asked: Asked, name: str) -> None:
    source, (actor, grants) = Random(3), asked.callers["auditor"]
    kind = {"goals": "Goal", "people": "Person", "letters": "Letter"}[name]
    document = f"query ($o: [{kind}Order!]) {{ {name}(first: 100, orderBy: $o) {{ edges {{ node {{ id }} }} }} }}"
    for _ in range(20):
        wanted = [
            {"field": word, "direction": source.choice(["ASC", "DESC"])}
            for word in source.sample(orders(asked, name), source.randint(1, 4))
        ]
        assert not await asked.world.differs(actor, grants, document, {"o": wanted})
