"""The graph of metrics as pure logic: cycles, dependants and ingredients against a plain search of all paths."""

from collections.abc import Mapping
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from plumb_tenants.metrics.graph import cycle_through, dependants, ingredients

KEYS = "abcdefg"
GRAPHS = st.dictionaries(st.sampled_from(KEYS), st.sets(st.sampled_from(KEYS)))


def reaches(graph: Mapping[str, set[str]], start: str) -> set[str]:
    """Return what can be reached in one step or more, by closing the relation until it no longer grows."""
    pairs = {(user, needed) for user, needs in graph.items() for needed in needs}
    while more := {(a, d) for a, b in pairs for c, d in pairs if b == c} - pairs:
        pairs |= more
    return {needed for user, needed in pairs if user == start}


def test_a_cycle_is_named_from_the_key_back_to_itself() -> None:
    graph = {"conversion": ["orders", "visits"], "orders": ["activity"], "activity": ["conversion"]}
    assert cycle_through(graph, "conversion") == ["conversion", "orders", "activity", "conversion"]
    assert cycle_through(graph, "visits") == []
    assert cycle_through({"a": ["a"]}, "a") == ["a", "a"]


def test_dependants_come_nearest_first_with_their_distance() -> None:
    graph = {"effective": ["visit", "follow_up"], "conversion": ["orders", "effective"], "score": ["conversion"]}
    assert dependants(graph, "visit") == {"effective": 1, "conversion": 2, "score": 3}
    assert ingredients(graph, "conversion") == {"effective": 1, "orders": 1, "follow_up": 2, "visit": 2}


@given(GRAPHS, st.sampled_from(KEYS))
def test_a_cycle_is_found_exactly_when_a_key_reaches_itself(graph: dict[str, set[str]], start: str) -> None:
    cycle = cycle_through(graph, start)
    assert bool(cycle) is (start in reaches(graph, start))
    assert all(needed in graph[key] for key, needed in pairwise(cycle))
    if cycle:
        assert (cycle[0], cycle[-1], len(set(cycle))) == (start, start, len(cycle) - 1)


@given(GRAPHS, st.sampled_from(KEYS))
def test_ingredients_are_all_that_is_reached_and_dependants_all_that_reaches(graph: dict[str, set[str]], key: str) -> None:
    assert set(ingredients(graph, key)) == reaches(graph, key) - {key}
    assert set(dependants(graph, key)) == {each for each in KEYS if key in reaches(graph, each)} - {key}
