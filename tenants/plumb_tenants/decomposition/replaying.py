"""Computing the values of a plan again from what is stored: figures, circumstances, template and tunings (N2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from plumb_tenants.decomposition.given import Frame, frame_of
from plumb_tenants.decomposition.models import Plan
from plumb_tenants.decomposition.splitting import Split, split_total
from plumb_tenants.decomposition.storage import StoredNode, reserved_of
from plumb_tenants.decomposition.template import DecompositionTemplate
from plumb_tenants.decomposition.tuning import Part, balanced
from plumb_tenants.goals.service import Cycle


@dataclass(frozen=True, slots=True)
class Replay:
    """A split computed again, and the value of each node once the tunings stand and the balance rule has had its say."""

    split: Split
    values: Sequence[Decimal]


def frame_of_plan(template: DecompositionTemplate, plan: Plan, cycle: Cycle) -> Frame:
    """Return the frame that a plan was made in."""
    return frame_of(template, cycle.starts_on, cycle.ends_on, days=plan.working_days, as_of=plan.as_of or cycle.starts_on)


def stored_figures(template: DecompositionTemplate, nodes: Sequence[StoredNode]) -> list[dict[str, Decimal | None]]:
    """Return the figures that each node was computed from."""
    stored = [{**node.factors, **node.figures} for node in nodes]
    return [{name: row.get(name) for name in template.input_names} for row in stored]


def replay(plan: Plan, template: DecompositionTemplate, frame: Frame, nodes: Sequence[StoredNode]) -> Replay:
    """Compute all nodes of a plan again; `nodes` are in their order."""
    names = [str(node.ordinal) for node in nodes]
    figures, given = stored_figures(template, nodes), [node.given for node in nodes]
    padding = plan.padding_percent
    split = split_total(template, plan.total, names, figures, given, frame=frame, padding_percent=padding)
    parts = [
        Part(suggested, node.value if node.tuned else suggested, node.part.tuned)
        for suggested, node in zip(split.suggestions.values, nodes, strict=True)
    ]
    if not any(node.tuned for node in nodes):
        return Replay(split, [part.value for part in parts])
    unit, limit = template.rounding_unit, template.over_assign_max_percent
    return Replay(split, balanced(template.balance, plan.total - reserved_of(nodes), parts, unit=unit, limit=limit))
