"""What may keep a goal from being confirmed: each domain declares its own refusal (C25)."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from uuid import UUID

from plumb_platform.actor import Actor

MODULES = ("plumb_tenants.alignment.confirming",)
"""The modules that register a guard: one line for each."""

Guard = Callable[[Actor, UUID], Awaitable[None]]
_GUARDS: list[Guard] = []


def on_confirming(guard: Guard) -> Guard:
    """Have a domain asked before a goal is confirmed; it raises why not."""
    _GUARDS.append(guard)
    return guard


def confirming_guards() -> tuple[Guard, ...]:
    """Return all guards; the modules that are listed above are imported on the way."""
    for module in MODULES:
        import_module(module)
    return tuple(_GUARDS)
