"""Weekly plans that became no task when they were due: why, kept with each, and told to whoever published the plan."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.errors import DomainError
from plumb_platform.telling import Sentence
from plumb_tenants.notifications.service import notify

# Texts tell numbers that move while the fault stays, so a reason is the same as long as its code is.
_NOTE = """
update plan_week w set refused_code = c.code, refused_zh = c.zh, refused_en = c.en,
  refused_at = case when w.refused_code = c.code then w.refused_at else $2 end
from unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) as c (id, code, zh, en)
where w.tenant_id = $1 and w.id = c.id and (w.refused_code, w.refused_zh) is distinct from (c.code, c.zh)
"""
_MENDED = """
update plan_week set (refused_code, refused_zh, refused_en, refused_at) = (null, null, null, null)
where tenant_id = $1 and week = $2 and refused_code is not null and not id = any($3::uuid[])
"""
_PUBLISHERS = """
select p.id, p.title, m.id as member, w.refused_code as code, count(*) as weeks, min(w.refused_zh) as zh, min(w.refused_en) as en
from plan_week w join plan_node n on n.tenant_id = w.tenant_id and n.id = w.node_id
join plan p on p.tenant_id = n.tenant_id and p.id = n.plan_id
join membership m on m.tenant_id = p.tenant_id and m.id = coalesce(p.published_by, p.created_by) and m.active
where w.id = any($1::uuid[])
group by p.tenant_id, p.id, m.id, w.refused_code order by p.id, code
"""


async def note_refused_weeks(actor: Actor, week: date, refused: Mapping[UUID, DomainError]) -> None:
    """Say of the weekly plans of a week which were refused and why, and of all others that nothing is wrong with them.

    Who published a plan is told once for each week and reason.
    """
    ids = list(refused)
    said = [(error.code, error.text("zh-CN"), error.text("en")) for error in refused.values()]
    await execute(_MENDED, actor.tenant_id, week, ids)
    if not ids:
        return
    await execute(_NOTE, actor.tenant_id, now(), ids, *([each[place] for each in said] for place in range(3)))
    for row in await fetch(_PUBLISHERS, ids):
        await notify(
            actor,
            members=[row["member"]],
            kind="plan.week_refused",
            object_type="Plan",
            object_id=row["id"],
            said=Sentence(
                zh="方案“{title}”{week} 当周有 {weeks} 项周计划未能派发为任务，修正后每小时自动重试：{why_zh}",
                en="{weeks} weekly plans of {title} from {week} became no task; "
                "mended, they are tried again every hour: {why_en}",
                tells={"title": "Plan.title"},
                row=row["id"],
                title=row["title"],
                week=week,
                weeks=row["weeks"],
                why_zh=row["zh"],
                why_en=row["en"],
            ),
            once=f"plan-week-refused:{row['id']}/{week}/{row['code']}",
        )
