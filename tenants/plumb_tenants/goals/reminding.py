"""Reminders to check in: by the cadence of the owner's unit, once per term, and none when it is done (A14)."""

from datetime import timedelta

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.telling import Sentence
from plumb_tenants.definitions.service import company_today
from plumb_tenants.goals.company_rules import rules_in_force
from plumb_tenants.notifications.service import notify

# A goal is due when as many days as its unit's cadence have gone by since it was last spoken of; the nearest unit above decides.
_DUE = """
select g.id, g.title, g.owner_id, d.days, s.last
from goal g
join cycle c on c.tenant_id = g.tenant_id and c.id = g.cycle_id
join company k on k.tenant_id = g.tenant_id
cross join lateral (
  select coalesce((
    select r.days from unnest($2::text[], $3::int[]) as r (code, days)
    join org_unit u on u.code = r.code
    join org_unit_closure x on x.ancestor_id = u.id and x.descendant_id = g.unit_id
    order by x.depth limit 1), $4) as days
) d
cross join lateral (
  select greatest(c.starts_on, (greatest(g.created_at, max(i.created_at)) at time zone k.time_zone)::date) as last
  from check_in i where i.tenant_id = g.tenant_id and i.goal_id = g.id
) s
left join goal_progress p on p.tenant_id = g.tenant_id and p.goal_id = g.id
where g.owner_id is not null and g.state in ('PROPOSED', 'CONFIRMED') and g.metric_key is null
  and c.starts_on <= $1 and c.ends_on >= $1 and $1 - s.last >= d.days
  and (g.aim = 'MAINTAIN' or p.met is not true)
  and (g.roll_up = 'NONE' or not exists (
    select from goal t where t.tenant_id = g.tenant_id and t.parent_id = g.id and t.state in ('PROPOSED', 'CONFIRMED')))
order by g.id
"""


async def remind_check_ins(actor: Actor) -> int:
    """Tell the owners of goals that are due, once in each term that goes by, and return how many messages were new."""
    day, rules = await company_today(actor), (await rules_in_force(actor)).body
    codes, days = [each.unit for each in rules.cadences], [each.days for each in rules.cadences]
    sent = 0
    for row in await fetch(_DUE, day, codes, days, rules.cadence_days):
        terms = (day - row["last"]).days // row["days"]
        due = row["last"] + timedelta(row["days"] * terms)
        sent += await notify(
            actor,
            people=[row["owner_id"]],
            kind="goal.check_in_due",
            object_type="Goal",
            object_id=row["id"],
            said=Sentence(
                zh="目标“{title}”已有 {days} 天未更新进度，请更新。",
                en="The goal {title} was last checked in {days} days ago; say where it stands.",
                tells={"title": "Goal.title"},
                row=row["id"],
                title=row["title"],
                days=(day - row["last"]).days,
            ),
            once=f"check_in_due:{row['id']}:{due.isoformat()}",
        )
    return sent
