from hypothesis import given
from hypothesis import strategies as st

from plumb_tenants.people.tree import cycles, depths


def test_a_cycle_is_named_in_the_order_of_going_up() -> None:
    assert cycles({"c": "a", "a": "b", "b": "a", "d": None}) == [["a", "b", "a"]]


def test_a_node_above_itself_is_a_cycle_of_one() -> None:
    assert cycles({"a": "a", "b": "a"}) == [["a", "a"]]


def test_two_cycles_are_both_named() -> None:
    assert cycles({"a": "b", "b": "a", "x": "y", "y": "x"}) == [["a", "b", "a"], ["x", "y", "x"]]


def test_a_chain_of_a_hundred_thousand_is_walked_without_recursion() -> None:
    chain = {str(number): str(number - 1) if number else None for number in range(100_000)}
    assert cycles(chain) == []
    assert max(depths(chain).values()) == 99_999


@given(st.lists(st.integers(0, 30), max_size=30))
def test_a_map_has_a_cycle_exactly_when_some_node_reaches_itself(parents: list[int]) -> None:
    parent_of = {str(node): str(parent) for node, parent in enumerate(parents)}

    def reaches_itself(node: str) -> bool:
        at = parent_of.get(node)
        for _ in parent_of:
            if at == node:
                return True
            at = parent_of.get(at or "")
        return False

    in_cycles = {node for members in cycles(parent_of) for node in members}
    assert in_cycles == {node for node in parent_of if reaches_itself(node)}


@given(st.lists(st.floats(0, 1, exclude_max=True), max_size=40))
def test_depth_counts_the_steps_to_the_root(draws: list[float]) -> None:
    parent_of = {str(node): str(int(draw * node)) if node else None for node, draw in enumerate(draws)}

    def steps(node: str) -> int:
        parent = parent_of[node]
        return 0 if parent is None else 1 + steps(parent)

    assert depths(parent_of) == {node: steps(node) for node in parent_of}
