"""The alarm over a month whose snapshot is late: said to everybody who may take one, once (C67)."""

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.permissions import Permission
from plumb_platform.permissions.members import members_holding
from plumb_platform.telling import Sentence
from plumb_tenants.notifications.service import notify
from plumb_tenants.snapshots.rules import LAST_DAY


async def tell_overdue(actor: Actor, period: str) -> int:
    """Tell those who may take snapshots that a month's is late, and return how many were told now; each is told once."""
    able = await members_holding(actor, Permission.SNAPSHOT_TAKE)
    told = await notify(
        actor,
        members=[member.id for member in able],
        kind="snapshot.overdue",
        object_type="Company",
        object_id=actor.tenant_id,
        said=Sentence(
            zh="{period} 的月度快照在 {day} 日 23:59:59 前未能完成，系统仍在每日重试，请检查后台任务。",
            en="The monthly snapshot of {period} was not complete by the end of day {day}; see the jobs.",
            period=period,
            day=LAST_DAY,
        ),
        once=f"snapshot-overdue:{period}",
    )
    if told:
        await record(actor, "snapshot.overdue", "company", actor.tenant_id, after={"period": period, "told": told})
    return told
