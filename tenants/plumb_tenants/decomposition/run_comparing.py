"""Reconciling two runs of one goal, such as from the top and from the bottom: the difference of every child and level."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput
from plumb_tenants.decomposition.access import access_run

ZERO = Decimal("0.00")
_NODES = """
select p.depth, coalesce(n.person_id, n.unit_id) as child_id, n.person_id is not null as is_person,
  coalesce(max(h.name), max(u.name)) as name, max(n.value) filter (where p.run_id = $1) as first,
  max(n.value) filter (where p.run_id = $2) as second
from plan p join plan_node n on n.tenant_id = p.tenant_id and n.plan_id = p.id
join org_unit u on u.tenant_id = n.tenant_id and u.id = n.unit_id
left join person h on h.tenant_id = n.tenant_id and h.id = n.person_id
where p.run_id in ($1, $2) group by 1, 2, 3, n.unit_id order by p.depth, max(u.code), max(h.number) nulls first
"""


class RunsDiffer(InvalidInput):
    """What is compared splits the same metric of the same unit in the same cycle."""

    code = "RUNS_DIFFER"
    zh = "两次拆解的部门、周期或指标不同，无法对账。"
    en = "The two runs are of different units, cycles or metrics and cannot be compared."


@dataclass(frozen=True, slots=True)
class ComparedLevel:
    """One level of two runs; the difference is the second less the first."""

    depth: int
    first: Decimal
    second: Decimal

    @property
    def difference(self) -> Decimal:
        """Return the second less the first."""
        return self.second - self.first


@dataclass(frozen=True, slots=True)
class ComparedChild:
    """What two runs give a child; None where a run has nothing for it."""

    depth: int
    child_id: UUID
    is_person: bool
    name: str
    first: Decimal | None
    second: Decimal | None

    @property
    def difference(self) -> Decimal:
        """Return the second less the first; what is not there counts as zero."""
        return (self.second or ZERO) - (self.first or ZERO)


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two runs side by side, from the top down."""

    levels: Sequence[ComparedLevel]
    children: Sequence[ComparedChild]


async def compare_runs(actor: Actor, *, first_id: UUID, second_id: UUID) -> RunComparison:
    """Return what two runs of one goal give each child, and the sums of each level."""
    first = await access_run(actor, first_id, field="firstId")
    second = await access_run(actor, second_id, field="secondId")
    if (first.unit_id, first.cycle_id, first.metric) != (second.unit_id, second.cycle_id, second.metric):
        raise RunsDiffer(field="secondId")
    children = [ComparedChild(**row) for row in await fetch(_NODES, first.id, second.id)]
    return RunComparison([_level(depth, list(group)) for depth, group in groupby(children, lambda each: each.depth)], children)


def _level(depth: int, children: Sequence[ComparedChild]) -> ComparedLevel:
    first = sum((each.first or ZERO for each in children), ZERO)
    second = sum((each.second or ZERO for each in children), ZERO)
    return ComparedLevel(depth, first, second)
