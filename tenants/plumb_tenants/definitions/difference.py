"""What changed between two bodies: added, removed, changed and moved values, each with its path (A1).

Lists whose items all carry a unique text `key` are compared by that key (`factors[potential].weight`), others by place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = Any
_PLAIN_STEP = re.compile(r"\w+")


class Change(StrEnum):
    """What happened to a value; MOVED is of a keyed list and carries the keys in their old and new order."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"
    MOVED = "MOVED"


@dataclass(frozen=True, slots=True)
class ItemKey:
    """A step into a keyed list."""

    key: str


Step = str | int | ItemKey


@dataclass(frozen=True, slots=True)
class Difference:
    """One change; `old` is None where something was added, `new` where it was removed."""

    change: Change
    steps: tuple[Step, ...]
    old: Json = None
    new: Json = None

    @property
    def path(self) -> str:
        """Return the steps as people write them; empty for the body as a whole."""
        return written_path(self.steps)


def written_path(steps: tuple[Step, ...]) -> str:
    """Return steps as people write them: `factors[potential].weight`."""
    return "".join(map(_step_text, steps)).removeprefix(".")


def diff(old: Json, new: Json) -> list[Difference]:
    """Return all differences that turn `old` into `new`, outermost first; empty when they are the same JSON."""
    return list(_compare((), old, new))


def _compare(steps: tuple[Step, ...], old: Json, new: Json) -> Iterator[Difference]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _compare_members(steps, old, new, _as_is)
    elif isinstance(old, list) and isinstance(new, list):
        old_keyed, new_keyed = _by_key(old), _by_key(new)
        if old_keyed is not None and new_keyed is not None:
            yield from _compare_members(steps, old_keyed, new_keyed, ItemKey)
            yield from _compare_order(steps, list(old_keyed), list(new_keyed))
        else:
            yield from _compare_members(steps, dict(enumerate(old)), dict(enumerate(new)), _as_is)
    elif type(old) is not type(new) or old != new:
        yield Difference(Change.CHANGED, steps, old, new)


def _compare_members(steps: tuple[Step, ...], old: dict[Any, Json], new: dict[Any, Json], step: Any) -> Iterator[Difference]:
    for key, value in old.items():
        inner = (*steps, step(key))
        if key not in new:
            yield Difference(Change.REMOVED, inner, old=value)
        else:
            yield from _compare(inner, value, new[key])
    yield from (Difference(Change.ADDED, (*steps, step(key)), new=new[key]) for key in new if key not in old)


def _compare_order(steps: tuple[Step, ...], old: list[str], new: list[str]) -> Iterator[Difference]:
    kept_then_added = [key for key in old if key in new] + [key for key in new if key not in old]
    if kept_then_added != new:
        yield Difference(Change.MOVED, steps, old=kept_then_added, new=new)


def _by_key(items: list[Json]) -> dict[str, Json] | None:
    keyed = {item["key"]: item for item in items if isinstance(item, dict) and isinstance(item.get("key"), str)}
    return keyed if len(keyed) == len(items) else None


def _as_is(step: Step) -> Step:
    return step


def _step_text(step: Step) -> str:
    match step:
        case int():
            return f"[{step}]"
        case ItemKey():
            return f"[{step.key}]"
    return f".{step}" if _PLAIN_STEP.fullmatch(step) else f'["{step}"]'
