"""The dispatch rules that hold for a unit: the company's own, or those that come along."""

from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.actions.definition import KEY, KIND, SHIPPED, DispatchRules
from plumb_tenants.definitions.service import effective_version, pinned_version


@dataclass(frozen=True, slots=True)
class Settled:
    """Rules and the version that says them; None for the shipped ones."""

    rules: DispatchRules
    version_id: UUID | None


async def rules_for(actor: Actor, unit_id: UUID) -> Settled:
    """Return the rules for tasks of a unit that are dispatched today."""
    version = await effective_version(actor, kind=KIND, key=KEY, unit_id=unit_id)
    return Settled(version.body, version.id) if version else Settled(SHIPPED, None)


async def rules_at(actor: Actor, version_id: UUID | None) -> DispatchRules:
    """Return the rules that a task was dispatched under."""
    if version_id is None:
        return SHIPPED
    body: DispatchRules = (await pinned_version(actor, version_id, kind=KIND)).body
    return body
