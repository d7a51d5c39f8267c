"""Goals as they stood on a day: target, weight, owner and unit of the version that was the newest then, and their state (A3)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.people.access import access_unit
from plumb_tenants.people.as_of import TREE
from plumb_tenants.people.service import known_day

# What was proposed or withdrawn, and when, is in the audit chain, which never ends; versions say what was confirmed.
_MOVE = """
  select e.at, e.before ->> 'state' as before, e.after ->> 'state' as after from audit_entry e
  where e.tenant_id = g.tenant_id and e.object_type = 'goal' and e.object_id = g.id
    and e.action in ('goal.propose', 'goal.withdraw') and e.at {side} night.ends_at order by e.number {order} limit 1
"""
# A goal is as old as its first version, and most stand in their unit for ever: who moved is looked for by the units of versions.
_STOOD = """(
  select g.id, v.id as version_id from night, goal g join lateral (
    select n.id, n.unit_id from goal_version n
    where n.tenant_id = g.tenant_id and n.goal_id = g.id and n.created_at < night.ends_at order by n.number desc limit 1
  ) v on true
  where g.created_at < night.ends_at and {side} and coalesce(v.unit_id, g.unit_id) in (select unit_id from tree) and {{reached}}
  order by g.id limit $3::bigint + $4::bigint
)"""
_IN_TREE = "(g.unit_id in (select unit_id from tree)) is true"
_MOVED_AWAY = f"""not ({_IN_TREE})
    and (g.id in (select n.goal_id from goal_version n where n.unit_id in (select unit_id from tree))) is true"""
_GOALS = f"""{TREE},
night as materialized (select ($1 + 1)::timestamp at time zone time_zone as ends_at from company),
stood as (select * from ({_STOOD.format(side=_IN_TREE)} union all {_STOOD.format(side=_MOVED_AWAY)}) s
  order by id offset $3 limit $4)
select g.id, g.title, g.kind, g.parent_id,
  case when coalesce(last.after, next.before, g.state) not in ('PROPOSED', 'CONFIRMED')
       then coalesce(last.after, next.before, g.state)
       when v.confirmed_at < night.ends_at then 'CONFIRMED' else 'PROPOSED' end as state,
  case when last.after = 'WITHDRAWN' then last.at end as withdrawn_at, v.number, v.target, v.baseline, v.weight,
  coalesce(v.unit_id, g.unit_id) as unit_id, case when v.unit_id is null then g.owner_id else v.owner_id end as owner_id,
  coalesce(v.metric, g.metric) as metric, coalesce(v.unit_of_measure, g.unit_of_measure) as unit_of_measure,
  v.created_at as since, case when v.confirmed_at < night.ends_at then v.confirmed_at end as confirmed_at
from night, stood s join goal g on g.id = s.id
join goal_version v on v.tenant_id = g.tenant_id and v.id = s.version_id
left join lateral ({_MOVE.format(side="<", order="desc")}) last on true
left join lateral ({_MOVE.format(side=">=", order="asc")}) next on true
order by g.id
"""
_SHOWN = (
    *("title", "target", "weight", "baseline", "metric", "unitOfMeasure", "confirmedAt"),
    *("unit", "unitId", "owner", "ownerId", "parent", "parentId"),
)


@dataclass(frozen=True, slots=True)
class GoalThen:
    """A goal as its version of a day said; `since` is when that version was made, `confirmed_at` None before its owner's word.

    `state` is that of the day; `withdrawn_at` None unless it had been withdrawn by its end.
    """

    id: UUID
    title: str
    kind: str
    state: str
    parent_id: UUID | None
    number: int
    target: Decimal
    baseline: Decimal | None
    weight: Decimal
    unit_id: UUID
    owner_id: UUID | None
    metric: str
    unit_of_measure: str
    since: datetime
    confirmed_at: datetime | None
    withdrawn_at: datetime | None


async def goals_as_of(actor: Actor, *, as_of: date, unit_id: UUID, skip: int = 0, limit: int = 100) -> list[GoalThen]:
    """Return the goals that stood in a unit, or in one that was below it, by the end of a day; of those read today.

    Title, kind and parent are today's. One that had been withdrawn by then is told with when; one that was withdrawn later
    has the state that it had.
    Raises FieldHidden for somebody who may not see all of what is told here.
    """
    await refuse_hidden(actor, GOAL, _SHOWN)
    day = await known_day(actor, as_of, field="asOf")
    unit = await access_unit(actor, unit_id, Permission.UNIT_READ, field="unitId")
    reached, values = await sql_scope(actor, Permission.GOAL_READ, GOAL, alias="g", first=5)
    rows = await fetch(_GOALS.format(reached=reached), day, unit.id, skip, limit, *values)
    return [GoalThen(**row) for row in rows]
