"""Reconciling two runs of one goal, such as from the top and from the bottom: the difference of every child and level."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.decomposition.access import access_run
from plumb_tenants.decomposition.resources import PLAN, PLAN_NODE

ZERO = Decimal("0.00")
_NODES = """
with compared as (
select p.depth, coalesce(n.person_id, n.unit_id) as child_id, n.person_id is not null as is_person,
  coalesce(max(h.name), max(u.name)) as name, max(u.code) as code, max(h.number) as number,
  max(n.value) filter (where p.run_id = $1) as first,
  max(n.value) filter (where p.run_id = $2) as second
from plan p join plan_node n on n.tenant_id = p.tenant_id and n.plan_id = p.id
join org_unit u on u.tenant_id = n.tenant_id and u.id = n.unit_id
left join person h on h.tenant_id = n.tenant_id and h.id = n.person_id
where p.run_id in ($1, $2) group by 1, 2, 3, n.unit_id
)
"""
_LEVELS = (
    _NODES
    + """
select depth, coalesce(sum(first), 0) as first, coalesce(sum(second), 0) as second from compared group by depth order by depth
"""
)
_CHILDREN = (
    _NODES
    + """
select depth, child_id, is_person, name, first, second from compared where $3::int is null or depth = $3
order by depth, code, number nulls first, child_id offset $4 limit $5
"""
)


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
    """Two runs side by side, from the top down: all levels, and a page of the children."""

    levels: Sequence[ComparedLevel]
    children: Sequence[ComparedChild]


async def compare_runs(
    actor: Actor, *, first_id: UUID, second_id: UUID, depth: int | None = None, skip: int = 0, limit: int = 100
) -> RunComparison:
    """Return the sums of each level of two runs of one goal, and what they give the children of all levels, or of one."""
    first = await access_run(actor, first_id, field="firstId")
    second = await access_run(actor, second_id, field="secondId")
    await refuse_hidden(actor, PLAN_NODE, ["value"])
    await refuse_hidden(actor, PLAN, ["depth"])
    if (first.unit_id, first.cycle_id, first.metric) != (second.unit_id, second.cycle_id, second.metric):
        raise RunsDiffer(field="secondId")
    levels = [ComparedLevel(**row) for row in await fetch(_LEVELS, first.id, second.id)]
    rows = await fetch(_CHILDREN, first.id, second.id, depth, skip, limit)
    return RunComparison(levels, [ComparedChild(**row) for row in rows])
