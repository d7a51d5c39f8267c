"""What becomes of an approval: the domain that owns the thing is told, by one line here and a handler there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.approvals.states import ApprovalState

MODULES = ("plumb_tenants.forms.approving", "plumb_tenants.revisions.applying")
"""The modules that register a handler: one line for each domain whose things run on flows."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an approval stands: RETURNED, or at an end; that it runs again after a resubmission is not told."""

    approval_id: UUID
    object_type: str
    object_id: UUID
    object_version: int
    state: ApprovalState


Handler = Callable[[Actor, Outcome], Awaitable[None]]
_HANDLERS: dict[str, Handler] = {}


def on_outcome(object_type: str) -> Callable[[Handler], Handler]:
    """Register what a domain does when an approval of its things ends or is returned, in the act's own transaction."""

    def wrap(handler: Handler) -> Handler:
        if _HANDLERS.setdefault(object_type, handler) is not handler:
            raise TypeError(f"{object_type} has two handlers")
        return handler

    return wrap


async def tell_owner(actor: Actor, outcome: Outcome) -> None:
    """Tell the domain that owns the thing."""
    for module in MODULES:
        import_module(module)
    await _HANDLERS[outcome.object_type](actor, outcome)
