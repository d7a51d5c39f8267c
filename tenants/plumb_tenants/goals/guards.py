"""What may keep a goal from being confirmed, and what follows a confirmation or a withdrawal: each domain declares its own."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from uuid import UUID

from plumb_platform.actor import Actor

MODULES = (
    "plumb_tenants.alignment.confirming",
    "plumb_tenants.letters.addenda",
    "plumb_tenants.negotiations.closing",
    "plumb_tenants.revisions.closing",
)
"""The modules that register a guard or a follower: one line for each (C25, N3, C59, C70). Tickets are held before revisions."""

Guard = Callable[[Actor, UUID], Awaitable[None]]
Follower = Callable[[Actor, UUID], Awaitable[None]]
Closer = Callable[[Actor, UUID, str], Awaitable[None]]
_GUARDS: list[Guard] = []
_HOLDERS: list[Follower] = []
_CLOSERS: list[Closer] = []
_FOLLOWERS: list[Follower] = []


def on_confirming(guard: Guard) -> Guard:
    """Have a domain asked before a goal is confirmed; it raises why not."""
    _GUARDS.append(guard)
    return guard


def on_confirmed(follower: Follower) -> Follower:
    """Have a domain told that a goal was confirmed, in the same transaction; it refuses nothing any more."""
    _FOLLOWERS.append(follower)
    return follower


def on_withdrawing(holder: Follower) -> Follower:
    """Have a domain lock what ends with a goal before the goal itself is locked: acts on it come to the goal last."""
    _HOLDERS.append(holder)
    return holder


def on_withdrawn(closer: Closer) -> Closer:
    """Have a domain told that a goal was withdrawn, and why, in the same transaction; it refuses nothing any more."""
    _CLOSERS.append(closer)
    return closer


def confirming_guards() -> tuple[Guard, ...]:
    """Return all guards."""
    _import_all()
    return tuple(_GUARDS)


def confirmed_followers() -> tuple[Follower, ...]:
    """Return all followers."""
    _import_all()
    return tuple(_FOLLOWERS)


def withdrawing_holders() -> tuple[Follower, ...]:
    """Return all holders."""
    _import_all()
    return tuple(_HOLDERS)


def withdrawn_closers() -> tuple[Closer, ...]:
    """Return all closers."""
    _import_all()
    return tuple(_CLOSERS)


def _import_all() -> None:
    for module in MODULES:
        import_module(module)
