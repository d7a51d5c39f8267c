"""The goal rules that hold in a company today, and the ones that a goal was made under."""

from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.definitions.service import effective_version, pinned_version
from plumb_tenants.goals.definition import DEFAULT_KEY, KIND, SHIPPED, GoalRules


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """Rules with the version that they stand in, None for the shipped ones."""

    version_id: UUID | None
    body: GoalRules


async def rules_in_force(actor: Actor) -> RulesInForce:
    """Return the rules that the company published last and that are effective, or the shipped ones."""
    found = await effective_version(actor, kind=KIND, key=DEFAULT_KEY)
    return RulesInForce(found.id, found.body) if found else RulesInForce(None, SHIPPED)


async def rules_of(actor: Actor, version_id: UUID | None) -> GoalRules:
    """Return the rules that a goal was made under."""
    if version_id is None:
        return SHIPPED
    body: GoalRules = (await pinned_version(actor, version_id, kind=KIND)).body
    return body
