"""Previews: what a plan or a scenario would be, by a draft of a template too, months included; nothing is written (A4, C51)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.decomposition.given import Given
from plumb_tenants.decomposition.planning import ProposedPlan, propose
from plumb_tenants.decomposition.requests import PlanRequest
from plumb_tenants.decomposition.resources import PLAN_NODE
from plumb_tenants.decomposition.scenarios import ScenarioChanges, access_origin, computed_anew
from plumb_tenants.decomposition.seasons import cut_of, is_even, spread_by_month
from plumb_tenants.decomposition.storage import stored_nodes
from plumb_tenants.goals.rules import months_of, spread_over_months


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


def proposed_months(proposed: ProposedPlan) -> list[list[tuple[date, Decimal]]]:
    """Return the months of what is suggested for each child, by their first days, as its goal would have them."""
    template, frame = proposed.template, proposed.frame
    months, cut = months_of(frame.starts_on, frame.ends_on), cut_of(template, frame)

    def parts(value: Decimal, given: Given) -> list[Decimal]:
        if is_even(template, given, frame):
            return spread_over_months(value, len(months))
        return spread_by_month(value, template, given, frame, cut)

    spread = [parts(value, given) for value, given in zip(proposed.suggestions.values, proposed.given, strict=True)]
    return [list(zip(months, row, strict=True)) for row in spread]
