"""Weekly plans: begun late, spread anew, taken over by a promoted scenario, and those of people that a week is due for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch
from plumb_tenants.calendars.service import company_calendar
from plumb_tenants.decomposition.models import Plan
from plumb_tenants.decomposition.replaying import frame_of_plan
from plumb_tenants.decomposition.run_standing import run_of
from plumb_tenants.decomposition.run_storage import insert_weeks
from plumb_tenants.decomposition.seasons import cut_of, spread_by_week, spread_rest
from plumb_tenants.decomposition.storage import StoredNode, stored_nodes
from plumb_tenants.decomposition.template import DecompositionTemplate
from plumb_tenants.definitions.service import company_today
from plumb_tenants.goals.service import cycles_by_id
from plumb_tenants.people.service import people_within, units_within

_OFF = """
select n.id from plan_node n join plan_week w on w.tenant_id = n.tenant_id and w.node_id = n.id
where n.plan_id = $1 group by n.tenant_id, n.id, n.value having sum(w.target) <> n.value
"""
_RESPREAD = """
update plan_week w set target = c.cents * 0.01
from unnest($2::uuid[], $3::date[], $4::bigint[]) as c (node_id, week, cents)
where w.tenant_id = $1 and w.node_id = c.node_id and w.week = c.week
"""


_BEGUN = """
select node_id, sum(target) as kept from plan_week where tenant_id = $1 and node_id = any($2::uuid[]) and week < $3 group by 1
"""


async def respread_weeks(actor: Actor, plan: Plan, template: DecompositionTemplate, *, since: date = date.min) -> None:
    """Spread the values of a plan's nodes over their weeks anew, where they have weeks that do not add up to it.

    Weeks that began before `since` stay as they are; those from then on share the rest as a fresh spread would, to the cent.
    Where none is left, the last week takes the difference.
    """
    off: set[UUID] = {row["id"] for row in await fetch(_OFF, plan.id)}
    if not off:
        return
    cycle = (await cycles_by_id(actor, [plan.cycle_id]))[plan.cycle_id]
    frame, calendar = frame_of_plan(template, plan, cycle), await company_calendar(actor)
    cut = cut_of(template, frame, calendar.is_working_day)
    weeks = [week for week in cut.weeks if week >= since] or cut.weeks[-1:]
    nodes = [node for node in await stored_nodes([plan.id]) if node.id in off]
    begun = await fetch(_BEGUN, actor.tenant_id, [node.id for node in nodes], weeks[0])
    kept: dict[UUID, Decimal] = {row["node_id"]: row["kept"] for row in begun}
    cents: list[int] = []
    for node in nodes:
        fresh = spread_by_week(node.value, template, node.given, cut)
        cents += spread_rest(node.value - kept.get(node.id, Decimal(0)), fresh, len(weeks))
    await execute(_RESPREAD, actor.tenant_id, [node.id for node in nodes for _ in weeks], weeks * len(nodes), cents)


_TAKEN_OVER = """
update plan_week w set node_id = s.id from plan_node o join plan_node s on s.tenant_id = o.tenant_id and s.ordinal = o.ordinal
where w.tenant_id = o.tenant_id and w.node_id = o.id and o.plan_id = $1 and s.plan_id = $2
"""


async def take_over_weeks(actor: Actor, origin: Plan, plan: Plan, template: DecompositionTemplate) -> None:
    """Give a plan the weekly plans of the one whose place it takes: under their ids, so that no week becomes two tasks.

    A week that has begun was handed out as a task; it keeps what it was, and the weeks to come take what is left.
    """
    await execute(_TAKEN_OVER, origin.id, plan.id)
    await respread_weeks(actor, plan, template, since=await company_today(actor) + timedelta(days=1))


async def begin_weeks(actor: Actor, plan: Plan, template: DecompositionTemplate, nodes: Sequence[StoredNode]) -> None:
    """Give nodes that got their part late weekly plans, where a run would have given them."""
    if not nodes or await run_of(plan.id) is None:
        return
    cycle = (await cycles_by_id(actor, [plan.cycle_id]))[plan.cycle_id]
    cut = cut_of(template, frame_of_plan(template, plan, cycle), (await company_calendar(actor)).is_working_day)
    lowest = [node for node in nodes if node.person_id is not None or await _is_lowest(actor, node.unit_id)]
    cents = [part for node in lowest for part in spread_by_week(node.value, template, node.given, cut)]
    await insert_weeks(actor, [node.id for node in lowest], cut.weeks, cents)


async def _is_lowest(actor: Actor, unit_id: UUID) -> bool:
    return len(await units_within(actor, unit_id)) == 1 and not await people_within(actor, unit_id)


_DUE = """
select w.id, n.goal_id, p.metric, w.target,
  (select coalesce(sum(b.target), 0) from plan_week b where b.tenant_id = w.tenant_id and b.node_id = n.id and b.week < w.week)
    as before
from plan_week w join plan_node n on n.tenant_id = w.tenant_id and n.id = w.node_id
join plan p on p.tenant_id = n.tenant_id and p.id = n.plan_id
where w.week = $1 and p.state = 'PUBLISHED' and n.person_id is not null and n.goal_id is not null order by w.id
"""


@dataclass(frozen=True, slots=True)
class DueWeek:
    """A person's part of a published plan in one week; `before` is what the weeks before it hold."""

    id: UUID
    goal_id: UUID
    metric: str
    target: Decimal
    before: Decimal


async def due_weeks(week: date) -> list[DueWeek]:
    """Return the weekly plans of people for the week from a Monday on; the caller acts as the system."""
    return [DueWeek(**row) for row in await fetch(_DUE, week)]
