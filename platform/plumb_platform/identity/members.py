"""The members of a company: who belongs to it with which roles, and the end of a membership."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, platform_row, platform_transaction
from plumb_platform.errors import NotFound, Refused
from plumb_platform.identity.models import Membership
from plumb_platform.permissions import Permission, require
from plumb_platform.permissions.administrators import administered, hold_roles, is_administered
from plumb_platform.permissions.granting import refuse_unheld
from plumb_platform.permissions.members import assigned_roles_of


class LastAdmin(Refused):
    """A company always has somebody who can administer it."""

    code = "LAST_ADMIN"
    zh = "这是公司最后一位管理员，请先指定另一位管理员。"
    en = "This is the company's last admin; name another admin first."


_END_SESSIONS = "update session set revoked_at = $2 where membership_id = $1 and revoked_at is null"
_END_TOKENS = "update api_token set revoked_at = $2 where membership_id = $1 and revoked_at is null"
_END_ROLES = """update role_assignment set revoked_at = $2
where (person_id = $1 or delegated_by = $1) and revoked_at is null returning id"""
_VOID = """update invitation set expires_at = $1
where used_at is null and expires_at > $1 and (email = $2 or person_id = $3 or sent_by = $4) returning id"""


async def close_membership(actor: Actor, *, membership_id: UUID) -> Membership:
    """End a membership: its sessions and tokens are refused from the next request on.

    Nobody closes a member whose roles, by the membership or assigned, they do not hold. Raises LastAdmin and RoleNotGrantable.
    """
    await require(actor, Permission.MEMBER_CLOSE)
    # Held until the commit, so that two admins cannot close each other at once.
    await hold_roles()
    member = await Membership.filter(id=membership_id).select_for_update().first()
    if member is None:
        raise NotFound(field="id")
    if not member.active:
        return member
    for role in sorted({*member.roles, *await assigned_roles_of(member.person_id)}):
        await refuse_unheld(actor, role, takes=True)
    if not await is_administered(actor, await administered(actor), without_member=member.id):
        raise LastAdmin(field="id")
    member.active = False
    await member.save(update_fields=["active"])
    await end_credentials(member.id)
    void, roles = await _void_invitations(member), await _end_roles(member)
    after = {"active": False} | ({"invitations_void": void} if void else {}) | ({"roles_revoked": roles} if roles else {})
    await record(actor, "member.close", "membership", member.id, before={"active": True}, after=after)
    return member


async def acting_for(actor: Actor, membership_id: UUID) -> Actor | None:
    """Return a member as they stand now, for a job that goes on with what they began; None for one whose membership ended."""
    member = await Membership.filter(id=membership_id, active=True).first()
    if member is None:
        return None
    return Actor(
        tenant_id=actor.tenant_id,
        roles=frozenset(member.roles),
        channel="job",
        account_id=member.account_id,
        membership_id=member.id,
        person_id=member.person_id,
        request_id=actor.request_id,
    )


async def end_credentials(membership_id: UUID) -> None:
    """End the sessions and tokens of a membership for good: who comes back later does not find them open again."""
    await execute(_END_TOKENS, membership_id, now())
    # Sessions are the platform role's to write.
    async with platform_transaction() as connection:
        await connection.execute(_END_SESSIONS, membership_id, now())


async def _end_roles(member: Membership) -> int:
    """Take back what a member was assigned or delegated, so that none of it holds when they come back; return how many."""
    if member.person_id is None:
        return 0
    return len(await execute(_END_ROLES, member.person_id, now()))


async def _void_invitations(member: Membership) -> int:
    """End what was sent to a member or by them and not used yet, so that nobody comes in by it; return how many there were."""
    account = await platform_row("select email from account where id = $1", member.account_id)
    return len(await execute(_VOID, now(), account["email"] if account else None, member.person_id, member.id))
