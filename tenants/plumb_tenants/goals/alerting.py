"""Alerts of goals that lag: raised once, told to owner and superior, and ended when they are behind no more (C53, D3)."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.queue.service import enqueue
from plumb_platform.telling import Sentence
from plumb_tenants.definitions.service import company_today
from plumb_tenants.goals.expected import EXPECTED_ATTAINMENT_SQL, LAG_POINTS
from plumb_tenants.goals.progress import expected_parts
from plumb_tenants.goals.readers import CURRENT
from plumb_tenants.notifications.service import notify

MOST_AT_ONCE = 500
"""So many are told of in one transaction; a job goes on with the others."""
WATCH_TOPIC = "goals.watch"

# A goal counts while it stands in a cycle of today and is somebody's; in a year without a calendar nothing is expected of it.
_LAGS = f"""
with parts as (select * from unnest($1::uuid[], $2::text[], $3::numeric[]) as e (cycle_id, months, part)),
counted as (
  select g.id, g.title, g.owner_id,
    {EXPECTED_ATTAINMENT_SQL.format(part="e.part", aim="g.aim")} - p.attainment as lag
  from goal g join {CURRENT} join cycle c on c.tenant_id = g.tenant_id and c.id = g.cycle_id
  left join goal_progress p on p.tenant_id = g.tenant_id and p.goal_id = g.id
  left join parts e on e.cycle_id = g.cycle_id and e.months = case when $4::boolean then v.months::text else '[]' end
  where g.owner_id is not null and g.state in ('PROPOSED', 'CONFIRMED') and $5 between c.starts_on and c.ends_on
)
"""
_END = f"""{_LAGS}
update goal_alert a set ended_at = $6, version = a.version + 1
where a.ended_at is null and not exists (select from counted k where k.id = a.goal_id and (k.lag is null or k.lag > $7))
returning a.id
"""
_RAISE = f"""{_LAGS},
raised as (
  insert into goal_alert (tenant_id, id, created_at, goal_id, version)
  select $6, gen_random_uuid(), $8, k.id, 1 from counted k
  where k.lag > $7 and not exists (select from goal_alert a where a.goal_id = k.id and a.ended_at is null)
  order by k.id limit {MOST_AT_ONCE}
  on conflict do nothing returning id, goal_id
)
select r.id, r.goal_id, k.title, k.lag, o.id as owner_id, m.id as manager_id
from raised r join counted k on k.id = r.goal_id
left join person o on o.id = k.owner_id and o.active
left join person m on m.id = (select p.manager_id from person p where p.id = k.owner_id) and m.active
order by k.id
"""
_WAITING = f"""{_LAGS}
select a.id, k.id as goal_id, k.title, k.lag from goal_alert a join counted k on k.id = a.goal_id
where a.goal_id = any($6::uuid[]) and a.ended_at is null and a.answered_at is null and k.lag > $7 order by k.id
"""


async def watch_progress(actor: Actor) -> int:
    """End the alerts of goals that lag no more, raise one for each that does and has none, and return how many were raised.

    A goal that lags on is not told of again; one that lags anew after it had caught up is. Where there may be more than are
    told of at once, a job is left that goes on.
    """
    given = await _expected(actor)
    await execute(_END, *given, now(), LAG_POINTS)
    raised = await fetch(_RAISE, *given, actor.tenant_id, LAG_POINTS, now())
    for row in raised:
        await _tell(actor, row, [each for each in (row["owner_id"], row["manager_id"]) if each is not None])
    if len(raised) == MOST_AT_ONCE:
        await enqueue(actor, WATCH_TOPIC, {})
    return len(raised)


async def tell_of_waiting(actor: Actor, goal_ids: Collection[UUID], person_id: UUID) -> None:
    """Tell a person who took goals over of their alerts that nobody answered; who was told of one as superior is not again."""
    for row in await fetch(_WAITING, *await _expected(actor), list(goal_ids), LAG_POINTS):
        await _tell(actor, row, [person_id])


async def _tell(actor: Actor, row: Mapping[str, Any], people: Collection[UUID]) -> None:
    await notify(
        actor,
        people=people,
        kind="goal.behind",
        object_type="GoalAlert",
        object_id=row["id"],
        said=Sentence(
            zh="目标“{title}”的完成率落后预期 {lag} 个百分点，请查看并说明应对措施。",
            en="The goal {title} is {lag} percentage points behind what is expected by now; say what will be done.",
            tells={"title": "Goal.title", "lag": "Goal.attainment"},
            row=row["goal_id"],
            title=row["title"],
            lag=row["lag"],
        ),
        once=f"goal.behind:{row['id']}",
    )


async def _expected(actor: Actor) -> tuple[object, ...]:
    """Return the first five values of _LAGS: what is expected today in the cycles of today, and the day."""
    day = await company_today(actor)
    parts = await expected_parts(actor, running_on=day)
    return list(parts.cycle_ids), list(parts.months), list(parts.parts), parts.by_months, day
