"""What a person may hold that somebody must take over when they leave: each domain declares its own (C96)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from uuid import UUID

from plumb_platform.actor import Actor

MODULES = (
    "plumb_tenants.actions.handing_over",
    "plumb_tenants.goals.handing_over",
    "plumb_tenants.revisions.handing_over",
)
"""The modules that register a holding: one line for each."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Something that people hold: how many of it, and how it passes to a successor; what is closed stays with the leaver.

    `open_of` returns the ids that are open today and locks them, so that what somebody else is closing or giving away by then is
    waited for and left alone; `pass_on` moves those ids from one person to another, in the open
    transaction, and raises nothing: whether it may be done was decided before.
    """

    key: str
    open_of: Callable[[Actor, UUID], Awaitable[list[UUID]]]
    pass_on: Callable[[Actor, list[UUID], UUID], Awaitable[None]]


_HOLDINGS: dict[str, Holding] = {}


def register(holding: Holding) -> Holding:
    """Make a holding known; a key registered twice is a TypeError."""
    if _HOLDINGS.setdefault(holding.key, holding) is not holding:
        raise TypeError(f"the holding {holding.key} is registered twice")
    return holding


def registered_holdings() -> list[Holding]:
    """Return all holdings by key; the modules that are listed above are imported on the way."""
    for module in MODULES:
        import_module(module)
    return [holding for _, holding in sorted(_HOLDINGS.items())]
