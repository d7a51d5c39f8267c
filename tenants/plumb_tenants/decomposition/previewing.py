"""Previews: what a plan or a scenario would be, by a draft of a template too, months included; nothing is written (A4, C51)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.decomposition.given import Given, frame_of
from plumb_tenants.decomposition.planning import ProposedPlan, propose
from plumb_tenants.decomposition.requests import PlanRequest
from plumb_tenants.decomposition.resources import PLAN_NODE
from plumb_tenants.decomposition.scenarios import ScenarioChanges, access_origin, computed_anew
from plumb_tenants.decomposition.seasons import cut_of, monthly, stored_seasons
from plumb_tenants.decomposition.storage import stored_nodes

Months: TypeAlias = list[tuple[date, Decimal]]
"""The parts of a value by the first days of their months."""


def node_months(value: Decimal, given: Mapping[str, Any], season: Mapping[str, Any], cycle: tuple[date, date]) -> Months:
    """Return the months of a stored node as its goal has them, or will have them: from its value, what it was given, those
    fields of its template's body that say the season, and the first and the last day of its cycle."""
    seasons, (starts_on, ends_on) = stored_seasons(season), cycle
    return monthly(value, seasons, Given.from_json(given), frame_of(seasons, starts_on, ends_on, as_of=starts_on))


@dataclass(frozen=True, slots=True)
class ScenarioPreview:
    """What a scenario would be; `values` are those of the plan's children now, in the order of the proposed ones."""

    plan_id: UUID
    proposed: ProposedPlan
    values: Sequence[Decimal]

    @property
    def deltas(self) -> list[Decimal]:
        """Return by how much each child would get more; negative where it would get less."""
        return [each.value - now for each, now in zip(self.proposed.suggestions, self.values, strict=True)]


async def preview_plan(actor: Actor, request: PlanRequest) -> ProposedPlan:
    """Return what `create_plan` would write, with the equal split beside each value (C98)."""
    return await propose(actor, request, trial=True)


async def preview_scenario(actor: Actor, *, plan_id: UUID, changes: ScenarioChanges) -> ScenarioPreview:
    """Return what `branch_plan` would compute, beside what each child has now; refused as it is (SCENARIO_OF_SCENARIO).

    The plan may be published already.
    """
    origin = await access_origin(actor, plan_id)
    await refuse_hidden(actor, PLAN_NODE, ["value"])
    proposed = await computed_anew(actor, origin, changes, trial=True)
    return ScenarioPreview(origin.id, proposed, [node.value for node in await stored_nodes([origin.id])])


def proposed_months(proposed: ProposedPlan, places: range) -> list[Months]:
    """Return the months of what is suggested for some of the children, by their first days, as their goals would have them."""
    template, frame = proposed.template, proposed.frame
    cut, values = cut_of(template, frame), proposed.suggestions.values
    return [monthly(values[place], template, proposed.given[place], frame, cut) for place in places]
