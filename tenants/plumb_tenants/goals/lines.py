"""Lines of goals: what a goal is a part of, kept in it, because its owner is told and may not read the goals above (C29, C54)."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from plumb_platform.database import execute, fetch_one
from plumb_tenants.goals.readers import CURRENT
from plumb_tenants.goals.rules import CENT, LARGEST

_SUMMARY = "jsonb_build_object('id', {0}.id, 'kind', {0}.kind, 'level', {0}.level, 'title', {0}.title)"
_ABOVE = f"""
select (coalesce(g.line, '[]') || {_SUMMARY.format("g")})::text as line, v.target, g.unit_of_measure
from goal g join {CURRENT} where g.id = $1
"""
_RETELL = f"""
with recursive told as (
  select g.id, case when p.id is null then '[]'::jsonb else coalesce(p.line, '[]') || {_SUMMARY.format("p")} end as line,
         0 as depth
  from goal g left join goal p on p.id = g.parent_id where g.id = any($1::uuid[])
  union all
  select g.id, t.line || {_SUMMARY.format("p")}, t.depth + 1
  from told t join goal p on p.id = t.id join goal g on g.parent_id = p.id where t.depth < 64
)
update goal g set line = t.line from told t where g.id = t.id and g.line is distinct from t.line
"""


@dataclass(frozen=True, slots=True)
class Above:
    """What a goal's parts are told of it: their line as JSON, and its target."""

    line: str = "[]"
    target: Decimal | None = None
    unit_of_measure: str = ""

    def share(self, target: Decimal, unit_of_measure: str) -> Decimal | None:
        """Return how much of the parent's target a part brings, in percent; None without a parent of its unit of measure."""
        if not self.target or unit_of_measure != self.unit_of_measure:
            return None
        share = target / self.target * 100
        return share.quantize(CENT, ROUND_HALF_UP) if abs(share) < LARGEST else None


async def above_of(parent_id: UUID | None) -> Above:
    """Return what the parts of a goal are told; nothing for those of none. The caller has checked the parent."""
    row = await fetch_one(_ABOVE, parent_id) if parent_id else None
    return Above(**row) if row else Above()


async def retell(goal_ids: Collection[UUID]) -> None:
    """Write the lines of goals, and of all below them, anew: after another title, level or parent."""
    await execute(_RETELL, list(goal_ids))
