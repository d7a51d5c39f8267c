"""Goals of somebody who leaves: the open ones pass to a successor, who confirms them anew; what was signed stays (C96, C8)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_tenants.definitions.service import company_today
from plumb_tenants.goals.alerting import tell_of_waiting
from plumb_tenants.people.holdings import Holding, register

_OPEN = """
select g.id from goal g join cycle c on c.tenant_id = g.tenant_id and c.id = g.cycle_id
where g.owner_id = $1 and g.state in ('DRAFT', 'PROPOSED', 'CONFIRMED') and c.ends_on >= $2 order by g.id
for no key update of g
"""
# A version says whose it was: the successor gets a new one with the same numbers to confirm, and a draft changes hands as it is.
# It replaces no metric, even where the one before it did: what was reported since then counts on.
_PASS_ON = """
with passed as (
  select g.id, g.current_number, g.state from goal g where g.id = any($1::uuid[])
), offered as (
  insert into goal_version (tenant_id, goal_id, id, created_at, number, target, weight, months, derivation, created_by, baseline,
    share, unit_id, owner_id, metric, unit_of_measure)
  select v.tenant_id, v.goal_id, gen_random_uuid(), $3, v.number + 1, v.target, v.weight, v.months,
    v.derivation - 'metric_replaced', $4, v.baseline, v.share, g.unit_id, $2, g.metric, g.unit_of_measure
  from passed p join goal g on g.id = p.id join goal_version v on v.goal_id = p.id and v.number = p.current_number
  where p.state <> 'DRAFT'
), redrafted as (
  update goal_version v set owner_id = $2 from passed p
  where p.state = 'DRAFT' and v.goal_id = p.id and v.number = p.current_number
)
update goal g set owner_id = $2, version = g.version + 1,
  state = case when g.state = 'CONFIRMED' then 'PROPOSED' else g.state end,
  current_number = g.current_number + case when g.state = 'DRAFT' then 0 else 1 end
from passed p where p.id = g.id
"""


async def open_of(actor: Actor, person_id: UUID) -> list[UUID]:
    """Lock and return the goals of a person in cycles that have not ended, except withdrawn ones."""
    return [row["id"] for row in await fetch(_OPEN, person_id, await company_today(actor))]


async def pass_on(actor: Actor, goal_ids: list[UUID], successor_id: UUID) -> None:
    """Give goals to a successor, who is told of the alerts that wait; a confirmed one waits for their word, with its numbers."""
    await execute(_PASS_ON, goal_ids, successor_id, now(), actor.membership_id)
    await tell_of_waiting(actor, goal_ids, successor_id)


register(Holding("goals", open_of, pass_on))
