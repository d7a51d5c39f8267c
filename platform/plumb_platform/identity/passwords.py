"""Changing one's own password, and the way back in for who has forgotten it: by the operator, never by a company.

An account may belong to several companies, and acts and signs in each as itself: an admin of one of them who could set its
password could sign in another's name (A25).
"""

from uuid import UUID

from plumb_platform.actor import Actor, system_actor
from plumb_platform.audit.service import record
from plumb_platform.database import platform_transaction, tenant_transaction
from plumb_platform.errors import NotFound
from plumb_platform.identity.credentials import check_password_strength, hash_password
from plumb_platform.identity.second_factor import PasswordWrong, check_password
from plumb_platform.identity.service import find_account, replace_hash
from plumb_platform.identity.sessions import account_of, end_sessions
from plumb_platform.identity.throttle import forget_failures, throttle_keys
from plumb_platform.texts import address_as_known

_COMPANIES = "select tenant_id from membership where account_id = $1 order by tenant_id"


async def change_password(actor: Actor, *, current: str, new: str) -> int:
    """Replace the password of the actor's account, after the present one; return how many other sessions it ended.

    All sessions but the one at work end, in every company. Raises PasswordWrong, PasswordTooWeak, RateLimited, SessionNeeded.
    """
    account_id = account_of(actor)
    check_password_strength(new, field="newPassword")
    known = await check_password(actor, current, field="currentPassword")
    hashed = await hash_password(new)
    async with platform_transaction() as connection:
        if await replace_hash(connection, account_id, hashed, instead_of=known) is None:  # it was changed or reset meanwhile
            raise PasswordWrong(field="currentPassword")
        ended = await end_sessions(connection, account_id, besides=actor.session_id)
    await record(actor, "account.password", "account", account_id, after={"sessions_closed": ended})
    return ended


async def reset_password(email: str, password: str, *, remove_factor: bool = False) -> int:
    """Give an account a new password without the old one, and end all its sessions; return how many there were.

    `remove_factor` takes away an authenticator that is lost. Each company of the account gets an audit entry. Raises NotFound
    for an e-mail without an account, PasswordTooWeak.
    """
    check_password_strength(password)
    account = await find_account(email)
    if account is None:
        raise NotFound(field="email")
    hashed = await hash_password(password)
    async with platform_transaction() as connection:
        await replace_hash(connection, account.id, hashed)
        ended = await end_sessions(connection, account.id)
        await forget_failures(connection, throttle_keys(address_as_known(email), ""))
        if remove_factor:
            await connection.execute("delete from second_factor where account_id = $1", account.id)
    await _tell_companies(account.id, {"sessions_closed": ended, "factor_removed": remove_factor})
    return ended


async def _tell_companies(account_id: UUID, after: dict[str, object]) -> None:
    async with platform_transaction() as connection:
        rows = await connection.fetch(_COMPANIES, account_id)
    for row in rows:
        operator = system_actor(row["tenant_id"], channel="cli")
        async with tenant_transaction(operator):
            await record(operator, "account.reset", "account", account_id, after=after)
