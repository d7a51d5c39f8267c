"""The only way to a submission or an attachment: checked against the actor's reach."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.forms.models import Attachment, Submission
from plumb_tenants.forms.resources import ATTACHMENT, SUBMISSION

_REACHED = "select true from submission s where s.id = $1 and "
_FILE_REACHED = "select true from attachment a where a.id = $1 and "


async def access_submission(
    actor: Actor,
    submission_id: UUID,
    permission: Permission = Permission.SUBMISSION_READ,
    *,
    lock: bool = False,
    field: str = "submissionId",
) -> Submission:
    """Return a submission that the permission reaches; `lock` keeps others from changing it until the commit.

    An unknown, a foreign and an unreachable id raise the same NotFound. Writing is for its own person alone, whatever
    the scope: nobody fills in a form in another's name.
    """
    condition, values = await sql_scope(actor, permission, SUBMISSION, alias="s", first=2)
    if not await fetch_value(_REACHED + condition, submission_id, *values):
        raise NotFound(field=field)
    rows = Submission.filter(id=submission_id)
    found = await (rows.select_for_update(no_key=True) if lock else rows).get()
    if permission is Permission.SUBMISSION_WRITE and found.person_id != actor.person_id:
        raise NotFound(field=field)
    return found


async def access_attachment(actor: Actor, attachment_id: UUID) -> Attachment:
    """Return a file of a submission, or of a version of it, that the actor may read (C92); NotFound for any other alike."""
    condition, values = await sql_scope(actor, Permission.SUBMISSION_READ, ATTACHMENT, alias="a", first=2)
    if not await fetch_value(_FILE_REACHED + condition, attachment_id, *values):
        raise NotFound(field="attachmentId")
    return await Attachment.get(id=attachment_id)


async def access_standing_attachment(actor: Actor, attachment_id: UUID) -> tuple[Attachment, Submission]:
    """Return a file that stands in a submission of one's own, and that submission, kept from others until the commit."""
    found = await Attachment.get_or_none(id=attachment_id, removed_at=None)
    if found is None:
        raise NotFound(field="attachmentId")
    permission = Permission.SUBMISSION_WRITE
    return found, await access_submission(actor, found.submission_id, permission, lock=True, field="attachmentId")
