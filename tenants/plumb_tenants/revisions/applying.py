"""What becomes of a revision when its approval ends: the goal's new version, what stood before, and the count of revisions."""

from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor, system_actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.errors import Refused
from plumb_platform.permissions import Permission
from plumb_platform.queue.service import enqueue
from plumb_tenants.approvals.service import ApprovalState, Outcome, on_outcome, sent_at
from plumb_tenants.goals.service import NewVersion, get_goal, is_of_now, lock_goal, progress_of, replace_version, write_version
from plumb_tenants.revisions.impact import draw_impact
from plumb_tenants.revisions.models import Revision
from plumb_tenants.revisions.propagating import PROPAGATE_TOPIC
from plumb_tenants.revisions.stability import count_revision
from plumb_tenants.revisions.states import RevisionState


class RevisionOfFormerMetric(Refused):
    """What both lines looked at is about a metric that was replaced after it was sent (C75)."""

    code = "REVISION_OF_FORMER_METRIC"
    zh = "该修订提交之后，目标的指标已被更换，不能批准；请退回，由申请人按现在的指标重新提交。"
    en = "The goal's metric was replaced after this revision was sent: return it, so that it is sent anew by the one of now."


_STATES = {
    ApprovalState.APPROVED: RevisionState.APPROVED,
    ApprovalState.REJECTED: RevisionState.REJECTED,
    ApprovalState.RETURNED: RevisionState.RETURNED,
    ApprovalState.WITHDRAWN: RevisionState.WITHDRAWN,
}


@on_outcome("Revision")
async def take_outcome(actor: Actor, outcome: Outcome) -> None:
    """Move the revision with its approval; an approved one changes its goals in the same transaction."""
    row = await Revision.filter(id=outcome.object_id).select_for_update(no_key=True).get()
    before = row.state
    row.state, row.approval_id = _STATES[outcome.state].value, outcome.approval_id
    row.version += 1
    if outcome.state is ApprovalState.APPROVED:
        # What both lines approved is done by the flow's word, however far the last approver's own reach goes.
        await _apply(system_actor(actor.tenant_id, request_id=actor.request_id), row, outcome.approval_id)
    await row.save()
    await record(actor, "revision.outcome", "revision", row.id, before={"state": before}, after={"state": row.state})


async def _apply(system: Actor, row: Revision, approval_id: UUID) -> None:
    row.approved_at = now()
    standing = (await progress_of(system, [row.goal_id])).get(row.goal_id)
    if standing is not None:
        row.actual_before, row.attainment_before = standing.actual, standing.attainment
    locked = await lock_goal(system, row.goal_id, Permission.GOAL_REVISE, with_tree=True)
    goal = locked.row
    if not await is_of_now(goal.id, await sent_at(approval_id)):
        raise RevisionOfFormerMetric(field="decision")
    others = [await get_goal(system, UUID(each)) for each in row.weights]
    source = {"revision_id": str(row.id), "reason": row.cause}
    await draw_impact(row, goal, others)
    revised = await write_version(
        system,
        locked,
        NewVersion(
            target=row.target,
            weight=row.weight,
            metric=row.metric,
            metric_key=row.metric_key,
            unit_of_measure=row.unit_of_measure,
            source=source,
        ),
    )
    for other in others:
        weight = Decimal(row.weights[str(other.id)])
        if weight != other.weight:
            await replace_version(system, other.id, NewVersion(target=other.target, weight=weight, source=source))
    row.new_version_id = revised.version_id
    row.root_cause_id = await count_revision(system, row)
    await enqueue(system, PROPAGATE_TOPIC, {"revision_id": str(row.id)}, dedupe_key=str(row.id))
