"""Invitations: the one way to become a member; single use, bound to an e-mail and a company, good for seven days."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from plumb_platform.actor import Actor, system_actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch, fetch_value, platform_transaction, take_lock, tenant_transaction
from plumb_platform.errors import Forbidden, InvalidInput, NotFound, Refused
from plumb_platform.identity import throttle
from plumb_platform.identity.credentials import (
    INVITATION_PREFIX,
    check_password_strength,
    credential_hash,
    new_credential,
    password_matches,
)
from plumb_platform.identity.members import LastAdmin, end_credentials
from plumb_platform.identity.models import Invitation, Membership
from plumb_platform.identity.service import CompanySuspended, LoginRefused, SignedIn, ensure_account, open_session
from plumb_platform.permissions import Permission, require
from plumb_platform.permissions.administrators import administered, hold_roles, is_administered
from plumb_platform.permissions.granting import refuse_outlasting, refuse_unheld
from plumb_platform.permissions.members import assigned_roles_of
from plumb_platform.texts import address_as_known

LIFETIME = timedelta(days=7)
_SENDER = """select id as membership_id, account_id, person_id, array(select jsonb_array_elements_text(roles)) as roles
from membership where id = $1 and active"""
_HOST = """
select c.tenant_id, c.key, c.active, i.id from invitation i join company c on c.tenant_id = i.tenant_id
where i.token_hash = $1 and i.used_at is null and i.expires_at > $2
"""
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


class EmailInvalid(InvalidInput):
    """An invitation needs an address to be bound to."""

    code = "EMAIL_INVALID"
    zh = "邮箱地址“{email}”无效。"
    en = "The e-mail address {email} is not valid."


class InvitationInvalid(Refused):
    """One answer for an unknown, a used and an expired invitation."""

    code = "INVITATION_INVALID"
    zh = "邀请无效、已使用或已过期。"
    en = "The invitation is not valid, was used, or has expired."


class PersonHasMember(Refused):
    """An employee is one account: a second one could confirm and sign in their name (C8, A25)."""

    code = "PERSON_HAS_MEMBER"
    zh = "该员工已由另一个账号加入公司，请先停用原成员。"
    en = "Another account has joined as this employee; end that membership first."


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation as it is shown, this once."""

    invitation: Invitation
    credential: str


async def invite(actor: Actor, *, email: str, roles: list[str], person_id: UUID | None) -> NewInvitation:
    """Invite an e-mail address to join the actor's company with the given roles, as the given employee."""
    await require(actor, Permission.MEMBER_INVITE)
    address = address_as_known(email)
    if not _ADDRESS.fullmatch(address) or not 3 <= len(address) <= 320 or not address.isprintable():
        raise EmailInvalid(field="email", email=address[:320])
    await _refuse_beyond(actor, roles, person_id)
    credential = new_credential(INVITATION_PREFIX)
    invitation = await Invitation.create(
        email=address,
        token_hash=credential_hash(credential),
        person_id=person_id,
        roles=sorted(set(roles)),
        expires_at=now() + LIFETIME,
        sent_by=actor.membership_id,
    )
    await record(actor, "member.invite", "invitation", invitation.id, after={"email": address, "roles": invitation.roles})
    return NewInvitation(invitation, credential)


async def cancel(actor: Actor, *, invitation_id: UUID) -> Invitation:
    """Take an invitation back: its credential is refused from now on. Raises NotFound, InvitationInvalid once it was used."""
    await require(actor, Permission.MEMBER_INVITE)
    invitation = await Invitation.filter(id=invitation_id).select_for_update(no_key=True).first()
    if invitation is None:
        raise NotFound(field="id")
    if invitation.used_at is not None:
        raise InvitationInvalid(field="id")
    if invitation.expires_at > now():
        invitation.expires_at = now()
        await invitation.save(update_fields=["expires_at"])
        await record(actor, "member.uninvite", "invitation", invitation.id, after={"email": invitation.email})
    return invitation


async def accept(credential: str, *, password: str, hours: int, address: str, agent: str, request_id: str) -> SignedIn:
    """Use an invitation: make the account if it is new, make the membership, and open a session.

    Raises InvitationInvalid, LastAdmin, CompanySuspended, PasswordTooWeak, LoginRefused or RateLimited.
    """
    check_password_strength(password)
    digest = credential_hash(credential)
    async with platform_transaction() as connection:
        host = await connection.fetchrow(_HOST, digest, now())
    if host is None:
        raise InvitationInvalid
    if not host["active"]:
        raise CompanySuspended(company=host["key"])
    guest = system_actor(host["tenant_id"], request_id=request_id)
    async with tenant_transaction(guest):
        await take_lock("invitation", host["id"])
        # Passwords take long to hash: whoever changes roles of the company waits for none.
        account_id, known = await _account((await _usable(guest, digest)).email, password, address)
        await hold_roles()
        membership = await _join(guest, await _usable(guest, digest, held=True), account_id)
    return await open_session(membership, hours=hours, address=address, agent=agent, request_id=request_id, known_by=known)


async def add_member(actor: Actor, *, account_id: UUID, roles: list[str], person_id: UUID | None) -> Membership:
    """Make or extend the membership of an account; for the command line and for accepted invitations.

    Raises InvitationInvalid, PersonHasMember, and LastAdmin where what the roles deny leaves nobody to administer the company.
    """
    await hold_roles()
    if person_id is not None:
        await take_lock("member", person_id)
        # Held until the commit: who is leaving at this moment has left before they are looked at.
        if await fetch_value("select active from person where id = $1 for key share", person_id) is False:
            raise InvitationInvalid
        if await Membership.filter(person_id=person_id, active=True).exclude(account_id=account_id).exists():
            raise PersonHasMember(field="personId")
    under = await administered(actor, by_denials=True)
    membership = await Membership.filter(account_id=account_id).select_for_update().first()
    if membership is None:
        membership = await Membership.create(account_id=account_id, person_id=person_id, roles=sorted(set(roles)))
    else:
        if not membership.active:
            await end_credentials(membership.id)
        # Who left comes back with what the invitation grants, and with nothing that they held before.
        membership.roles = sorted({*membership.roles, *roles} if membership.active else {*roles})
        membership.active = True
        membership.person_id = membership.person_id or person_id
        await membership.save()
    if not await is_administered(actor, under):
        raise LastAdmin
    await record(actor, "member.join", "membership", membership.id, after={"roles": membership.roles})
    return membership


async def _refuse_beyond(actor: Actor, roles: Sequence[str], person_id: UUID | None) -> None:
    """Raise RoleNotGrantable unless the actor holds what an invitation grants."""
    for role in roles:
        await refuse_unheld(actor, role)
        await refuse_outlasting(actor, role, through=None, field="roles")
    # Whoever joins as an employee gets what that employee is assigned.
    for role in await assigned_roles_of(person_id):
        await refuse_unheld(actor, role, field="personId")


async def _usable(guest: Actor, digest: bytes, *, held: bool = False) -> Invitation:
    """Return an invitation that lets somebody in now, `held` with its sender until the commit; raise InvitationInvalid."""
    rows = Invitation.filter(token_hash=digest, used_at=None, expires_at__gt=now())
    invitation = await (rows.select_for_update() if held else rows).first()
    if invitation is None:
        raise InvitationInvalid
    await _refuse_of_sender(guest, invitation)
    return invitation


async def _refuse_of_sender(guest: Actor, invitation: Invitation) -> None:
    """Raise InvitationInvalid unless its sender is a member still and could send it today; the system always could."""
    if invitation.sent_by is None:
        return
    rows = await fetch(_SENDER, invitation.sent_by)
    if not rows:
        raise InvitationInvalid
    sender = replace(guest, **rows[0] | {"roles": frozenset(rows[0]["roles"])}, channel="session")
    try:
        await require(sender, Permission.MEMBER_INVITE)
        await _refuse_beyond(sender, invitation.roles, invitation.person_id)
    except (Forbidden, Refused) as lacking:
        raise InvitationInvalid from lacking


async def _account(email: str, password: str, address: str) -> tuple[UUID, str | None]:
    """Return the account of an address, made if it is new, and the hash that the password of a known one was held against."""
    # A known account joins with its own password, so that an intercepted invitation is not a way into it; and under the
    # limits of signing in, because whoever invites holds the invitation and could guess that password for ever.
    keys = throttle.throttle_keys(email, address)
    async with platform_transaction() as connection:
        await throttle.refuse_if_locked(connection, keys)
        known = await connection.fetchrow("select id, password_hash from account where email = $1 and active", email)
        if known is not None:
            await throttle.claim_attempt(connection, keys)
    if known is None:
        return await ensure_account(email, password), None
    if not await password_matches(password, known["password_hash"]):
        async with platform_transaction() as connection:
            await throttle.count_failure(connection, keys[1:])
        raise LoginRefused(field="password")
    async with platform_transaction() as connection:
        await throttle.forget_failures(connection, keys)
    return known["id"], known["password_hash"]


async def _join(guest: Actor, invitation: Invitation, account_id: UUID) -> dict[str, object]:
    invitation.used_at = now()
    await invitation.save(update_fields=["used_at"])
    membership = await add_member(guest, account_id=account_id, roles=invitation.roles, person_id=invitation.person_id)
    rows = await fetch(
        "select tenant_id, id as membership_id, account_id, person_id, roles from membership where id = $1", membership.id
    )
    return rows[0]
