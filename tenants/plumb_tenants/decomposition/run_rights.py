"""What a run needs at each of its steps: that whoever set it going may still split, and publish where it is to be published."""

from plumb_platform.actor import Actor
from plumb_platform.errors import Forbidden, NotFound, Refused
from plumb_platform.identity.members import acting_for
from plumb_platform.permissions import Permission
from plumb_tenants.decomposition.access import access_run
from plumb_tenants.decomposition.models import PlanRun
from plumb_tenants.goals.service import check_bypass


class RunRightLost(Refused):
    """Plans and goals of a run are the act of whoever set it going, and made while they may make them."""

    code = "PLAN_RUN_RIGHT_LOST"
    zh = "发起或最近一次继续全层级拆解的成员已不再有权拆解或发布该部门的目标，或不再有权越过目标锁定。"
    en = "Whoever started or last continued the run may not split or publish the unit's goals any more, or pass a lock of goals."


async def refuse_lost(actor: Actor, run: PlanRun) -> None:
    """Raise RunRightLost where the member whose act a run is lost a right that it asks for; the system keeps its own."""
    if run.created_by is None:
        return
    member = await acting_for(actor, run.created_by)
    if member is None:
        raise RunRightLost(field="runId")
    needed = (Permission.PLAN_WRITE, *([Permission.PLAN_PUBLISH] if run.request["publish"] else []))
    try:
        for permission in needed:
            await access_run(member, run.id, permission)
        if run.request.get("bypass") is not None:
            await check_bypass(member, run.request["bypass"])
    except (Forbidden, NotFound) as lost:
        raise RunRightLost(field="runId") from lost
