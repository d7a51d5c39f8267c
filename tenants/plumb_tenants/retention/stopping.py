"""What stops an erasure between two of its steps: its person is back, or who confirmed it may not erase any more."""

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch_value
from plumb_platform.identity.members import acting_for
from plumb_platform.permissions import Permission, grants_of
from plumb_platform.permissions.members import members_holding
from plumb_platform.telling import Sentence
from plumb_platform.words import Word
from plumb_tenants.notifications.service import notify
from plumb_tenants.retention.models import RetentionRun

_IS_BACK = "select active from person where id = $1 for share"


class Stop(Word):
    """Why an erasure ended before all of its data was gone."""

    TAKEN_ON_AGAIN = "TAKEN_ON_AGAIN", "该员工已重新入职", "the person was taken on again"
    RIGHT_LOST = "RIGHT_LOST", "确认人已无权删除个人信息", "who confirmed it may not erase any more"


async def stop_of(actor: Actor, run: RetentionRun) -> Stop | None:
    """Return what stops a run now; its person, who may be taken on again, is held until this step is committed."""
    if run.person_id is None:
        return None
    if await fetch_value(_IS_BACK, run.person_id):
        return Stop.TAKEN_ON_AGAIN
    if run.confirmed_by is None:
        return None
    member = await acting_for(actor, run.confirmed_by)
    is_lost = member is None or not (await grants_of(member)).allows(Permission.RETENTION_ERASE)
    return Stop.RIGHT_LOST if is_lost else None


async def note_stop(actor: Actor, run: RetentionRun, stop: Stop) -> None:
    """Write down for the report why data stays that was to go, and tell those who may ask anew."""
    run.said = run.said | {"stopped": stop.value}
    await run.save(update_fields=["said"])
    await record(actor, "retention.stop", "retention_run", run.id, after={"stopped": stop.value})
    said = Sentence(
        zh="一项个人信息删除未全部完成：{why}。已删除的内容见报告；仍须删除的，请重新提出申请。",
        en="An erasure ended before all was gone ({why}). Its report says what went; ask for the rest anew if it is to go.",
        why=stop,
    )
    await notify(
        actor,
        members={each.id for each in await members_holding(actor, Permission.RETENTION_ERASE)},
        kind="retention.stopped",
        object_type="RetentionRun",
        object_id=run.id,
        said=said,
        once=f"retention.stopped:{run.id}",
    )
