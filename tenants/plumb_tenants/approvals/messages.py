"""What the people of an approval are told: that they are asked, that something came back, and how it ended."""

from collections.abc import Sequence
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.telling import Retold, Sentence
from plumb_tenants.approvals.models import Approval, ApprovalTask
from plumb_tenants.approvals.states import ApprovalState
from plumb_tenants.notifications.service import notify


async def tell_people(actor: Actor, row: Approval, *, opened: Sequence[ApprovalTask], was: str | None) -> None:
    """Tell each who is newly asked, and the applicant when the approval came to another state."""
    for task in opened:
        people = [person for person in (task.assignee_id, task.delegate_id) if person is not None]
        await tell(actor, row, people, kind="task", zh="待您审批", en="waits for your decision", once=str(task.id))
    if row.state not in (was, ApprovalState.RUNNING):
        state = ApprovalState(row.state)
        await tell(actor, row, [row.applicant_id], kind="outcome", zh=state.text("zh-CN"), en=f"is {state.value}")


async def tell(
    actor: Actor, row: Approval, people: Sequence[UUID], *, kind: str, zh: str, en: str, once: str | None = None
) -> None:
    """Write one message about an approval to each person."""
    await notify(
        actor,
        people=people,
        kind=f"approval.{kind}",
        object_type="Approval",
        object_id=row.id,
        said=Sentence(
            zh="{object}：{what_zh}",
            en="{object} {what_en}",
            object=Retold(zh=row.zh, en=row.en, told=row.told),
            what_zh=zh,
            what_en=en,
        ),
        once=f"approval.{kind}:{once}" if once else None,
    )
