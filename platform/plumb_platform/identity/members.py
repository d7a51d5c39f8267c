"""The members of a company: who belongs to it with which roles, and the end of a membership."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.errors import NotFound, Refused
from plumb_platform.identity.models import Membership
from plumb_platform.permissions import Permission, require
from plumb_platform.permissions.administrators import has_administrator, hold_roles
from plumb_platform.permissions.granting import refuse_unheld


class LastAdmin(Refused):
    """A company always has somebody who can administer it."""

    code = "LAST_ADMIN"
    zh = "这是公司最后一位管理员，请先指定另一位管理员。"
    en = "This is the company's last admin; name another admin first."


async def list_members(actor: Actor, *, after: UUID | None, limit: int) -> list[Membership]:
    """Return the company's memberships in the order in which they were made, closed ones too."""
    await require(actor, Permission.MEMBER_READ)
    members = Membership.all() if after is None else Membership.filter(id__gt=after)
    return await members.order_by("id").limit(limit)


async def close_membership(actor: Actor, *, membership_id: UUID) -> Membership:
    """End a membership: its sessions and tokens are refused from the next request on.

    Nobody closes a member whose roles they could not grant. Raises LastAdmin and RoleNotGrantable.
    """
    await require(actor, Permission.MEMBER_CLOSE)
    # Held until the commit, so that two admins cannot close each other at once.
    await hold_roles()
    member = await Membership.get_or_none(id=membership_id)
    if member is None:
        raise NotFound(field="id")
    if not member.active:
        return member
    for role in member.roles:
        await refuse_unheld(actor, role, unknown_is_nothing=True)
    if await has_administrator(actor) and not await has_administrator(actor, without_member=member.id):
        raise LastAdmin(field="id")
    member.active = False
    await member.save(update_fields=["active"])
    await record(actor, "member.close", "membership", member.id, before={"active": True}, after={"active": False})
    return member
