"""The graph of metrics: which is made of which, what depends on one, and the cycle that none may close; pure (C30)."""

from collections.abc import Iterable, Mapping

Graph = Mapping[str, Iterable[str]]
"""The keys that each key is made of."""


def cycle_through(graph: Graph, start: str) -> list[str]:
    """Return the shortest cycle that leads from a key back to it (`[a, b, a]`), or nothing."""
    before: dict[str, str] = {}
    waiting = [start]
    for key in waiting:
        for needed in sorted(graph.get(key, ())):
            if needed == start:
                return [*_path(before, start, key), start]
            if needed not in before:
                before[needed] = key
                waiting.append(needed)
    return []


def _path(before: Mapping[str, str], start: str, key: str) -> list[str]:
    path = [key]
    while path[-1] != start:
        path.append(before[path[-1]])
    return path[::-1]


def dependants(graph: Graph, key: str) -> dict[str, int]:
    """Return every key that is made of a key, directly (1) or through others (2 and more), nearest first."""
    users: dict[str, set[str]] = {}
    for user, needs in graph.items():
        for needed in needs:
            users.setdefault(needed, set()).add(user)
    return _levels(users, key)


def ingredients(graph: Graph, key: str) -> dict[str, int]:
    """Return every key that a key is made of, with its distance, nearest first."""
    return _levels(graph, key)


def _levels(graph: Graph, start: str) -> dict[str, int]:
    found = {start: 0}
    waiting = [start]
    for key in waiting:
        for near in sorted(graph.get(key, ())):
            if near not in found:
                found[near] = found[key] + 1
                waiting.append(near)
    del found[start]
    return found
