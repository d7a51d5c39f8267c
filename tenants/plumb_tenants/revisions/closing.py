"""What becomes of the revision of a goal that is withdrawn: it ends with the goal, and who asked for it is told (C70)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch, fetch_value
from plumb_platform.telling import Sentence
from plumb_tenants.approvals.service import hold_approval, withdraw_with_its_object
from plumb_tenants.goals.service import on_withdrawing, on_withdrawn
from plumb_tenants.notifications.service import notify
from plumb_tenants.revisions.models import Revision
from plumb_tenants.revisions.states import RevisionState

_OPEN = """
select id, approval_id from revision where goal_id = $1 and state in ('DRAFT', 'SUBMITTED', 'RETURNED') order by id
"""


@on_withdrawing
async def hold_revision(actor: Actor, goal_id: UUID) -> None:  # noqa: ARG001 - actor first, always
    """Lock what is on its way about a goal: the approval, then the revision."""
    for row in await fetch(_OPEN, goal_id):
        await hold_approval(row["approval_id"])
        await Revision.filter(id=row["id"]).select_for_update(no_key=True).first()


@on_withdrawn
async def close_revision(actor: Actor, goal_id: UUID, reason: str) -> None:
    """End what is on its way, by its approval where there is one, and tell who asked for it and did not end it themselves."""
    for row in await fetch(_OPEN, goal_id):
        if row["approval_id"] is not None:
            await withdraw_with_its_object(actor, row["approval_id"], comment=reason)
        else:
            await _close_draft(actor, row["id"])
        await _tell(actor, row["id"], goal_id, reason)


async def _close_draft(actor: Actor, revision_id: UUID) -> None:
    row = await Revision.get(id=revision_id)
    row.state, row.version = RevisionState.WITHDRAWN.value, row.version + 1
    await row.save(update_fields=["state", "version"])
    before, after = {"state": RevisionState.DRAFT.value}, {"state": row.state}
    await record(actor, "revision.outcome", "revision", row.id, before=before, after=after)


async def _tell(actor: Actor, revision_id: UUID, goal_id: UUID, reason: str) -> None:
    title = await fetch_value("select title from goal where id = $1", goal_id)
    row = await Revision.get(id=revision_id)
    if row.opened_by == actor.person_id:
        return
    await notify(
        actor,
        people=[row.opened_by],
        kind="revision.closed",
        object_type="Goal",
        object_id=goal_id,
        said=Sentence(
            zh="目标“{title}”已被撤回，其修订申请随之关闭。原因：{reason}",
            en="The goal {title} was withdrawn, and its revision was closed with it. Why: {reason}",
            tells={"title": "Goal.title"},
            row=goal_id,
            title=title,
            reason=reason,
        ),
        once=f"revision.closed:{row.id}",
    )
