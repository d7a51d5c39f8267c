"""What may keep a goal from being confirmed, and what follows once it is: each domain declares its own (C25, N3)."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from uuid import UUID

from plumb_platform.actor import Actor

MODULES = ("plumb_tenants.alignment.confirming", "plumb_tenants.letters.addenda")
"""The modules that register a guard or a follower: one line for each."""

Guard = Callable[[Actor, UUID], Awaitable[None]]
Follower = Callable[[Actor, UUID], Awaitable[None]]
_GUARDS: list[Guard] = []
_FOLLOWERS: list[Follower] = []


def on_confirming(guard: Guard) -> Guard:
    """Have a domain asked before a goal is confirmed; it raises why not."""
    _GUARDS.append(guard)
    return guard


def on_confirmed(follower: Follower) -> Follower:
    """Have a domain told that a goal was confirmed, in the same transaction; it refuses nothing any more."""
    _FOLLOWERS.append(follower)
    return follower


def confirming_guards() -> tuple[Guard, ...]:
    """Return all guards."""
    _import_all()
    return tuple(_GUARDS)


def confirmed_followers() -> tuple[Follower, ...]:
    """Return all followers."""
    _import_all()
    return tuple(_FOLLOWERS)


def _import_all() -> None:
    for module in MODULES:
        import_module(module)
