"""Changing one's own password, and the way back in for who has forgotten it: by the operator, never by a company.

An account may belong to several companies, and acts and signs in each as itself: an admin of one of them who could set its
password could sign in another's name (A25).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from plumb_platform.actor import Actor, system_actor
from plumb_platform.audit.service import record
from plumb_platform.database import platform_transaction, platform_transaction_behind, tenant_transaction
from plumb_platform.errors import NotFound
from plumb_platform.identity.credentials import check_password_strength, hash_password
from plumb_platform.identity.second_factor import PasswordWrong, check_password
from plumb_platform.identity.service import find_account, replace_hash
from plumb_platform.identity.sessions import account_of, end_sessions
from plumb_platform.identity.throttle import forget_failures, throttle_keys
from plumb_platform.identity.tokens import end_tokens, open_tokens
from plumb_platform.texts import address_as_known

_COMPANIES = "select tenant_id from membership where account_id = $1 order by tenant_id"


@dataclass(frozen=True, slots=True)
class Ended:
    """What ended with a password, in all companies of its account, and how many of its API tokens still hold."""

    sessions: int
    tokens: int
    tokens_left: int


async def change_password(actor: Actor, *, current: str, new: str, revoke_tokens: bool = False) -> Ended:
    """Replace the password of the actor's account, after the present one.

    All sessions but the one at work end, in every company; API tokens, which programs use, only where that is asked for.
    All of that commits right behind the audit entry, with the request.
    Raises PasswordWrong, PasswordTooWeak, RateLimited, SessionNeeded.
    """
    account_id = account_of(actor)
    check_password_strength(new, field="newPassword")
    known = await check_password(actor, current, field="currentPassword")
    hashed = await hash_password(new)
    connection = await platform_transaction_behind()
    if await replace_hash(connection, account_id, hashed, instead_of=known) is None:  # it was changed or reset meanwhile
        raise PasswordWrong(field="currentPassword")
    ended = await _end(connection, account_id, besides=actor.session_id, with_tokens=revoke_tokens)
    after = {"sessions_closed": ended.sessions, "tokens_revoked": ended.tokens}
    await record(actor, "account.password", "account", account_id, after=after)
    return ended


async def reset_password(email: str, password: str, *, remove_factor: bool = False, keep_tokens: bool = False) -> Ended:
    """Give an account a new password without the old one, and end all its sessions and, unless `keep_tokens`, its API tokens.

    Nobody knows who had the old one, and may have made tokens by it. `remove_factor` takes away an authenticator that is
    lost. Each company of the account gets an audit entry. Raises NotFound for an e-mail without an account, PasswordTooWeak.
    """
    check_password_strength(password)
    account = await find_account(email)
    if account is None:
        raise NotFound(field="email")
    hashed = await hash_password(password)
    async with platform_transaction() as connection:
        await replace_hash(connection, account.id, hashed)
        ended = await _end(connection, account.id, with_tokens=not keep_tokens)
        await forget_failures(connection, throttle_keys(address_as_known(email), ""))
        if remove_factor:
            await connection.execute("delete from second_factor where account_id = $1", account.id)
        # Told first: whoever ends this half-way leaves an entry of what was not done, never what was done without an entry.
        after = {"sessions_closed": ended.sessions, "tokens_revoked": ended.tokens, "factor_removed": remove_factor}
        await _tell_companies(connection, account.id, after)
    return ended


async def _end(connection: asyncpg.Connection, account_id: UUID, *, besides: UUID | None = None, with_tokens: bool) -> Ended:
    sessions = await end_sessions(connection, account_id, besides=besides)
    tokens = await end_tokens(connection, account_id) if with_tokens else 0
    return Ended(sessions, tokens, await open_tokens(connection, account_id))


async def _tell_companies(connection: asyncpg.Connection, account_id: UUID, after: Mapping[str, object]) -> None:
    for row in await connection.fetch(_COMPANIES, account_id):
        operator = system_actor(row["tenant_id"], channel="cli")
        async with tenant_transaction(operator):
            await record(operator, "account.reset", "account", account_id, after=after)
