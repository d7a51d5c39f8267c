"""Trees given as a map from each node to its parent: cycles and depth, in linear time."""

from collections.abc import Mapping


def cycles(parent_of: Mapping[str, str | None]) -> list[list[str]]:
    """Return every cycle once, each as its nodes in the order of going up, the first node again at the end."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in parent_of:
        path: dict[str, None] = {}
        node: str | None = start
        while node is not None and node in parent_of and node not in done and node not in path:
            path[node] = None
            node = parent_of[node]
        if node is not None and node in path:
            members = list(path)
            found.append([*members[members.index(node) :], node])
        done.update(path)
    return found


def depths(parent_of: Mapping[str, str | None]) -> dict[str, int]:
    """Return how many steps each node of an acyclic map stands below its root (a root: 0); a parent outside counts none."""
    known: dict[str, int] = {}
    for start in parent_of:
        path: list[str] = []
        node: str | None = start
        while node is not None and node in parent_of and node not in known:
            path.append(node)
            node = parent_of[node]
        depth = known[node] if node is not None and node in known else -1
        for member in reversed(path):
            depth += 1
            known[member] = depth
    return known
