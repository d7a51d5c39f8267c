"""API tokens: made with scopes and an expiry, shown once, revoked at once (A32)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.errors import InvalidInput, NotFound
from plumb_platform.identity.credentials import TOKEN_PREFIX, credential_hash, new_credential
from plumb_platform.identity.models import ApiToken
from plumb_platform.identity.service import SessionNeeded
from plumb_platform.permissions import Permission, Scope, grants_of, reaches_whole, require

LONGEST_DAYS = 366
LONGEST_NAME = 100
_OF_ACCOUNT = """m.tenant_id = t.tenant_id and m.id = t.membership_id and m.account_id = $1
  and t.revoked_at is null and t.expires_at > $2"""
_END = f"update api_token t set revoked_at = $2 from membership m where {_OF_ACCOUNT} returning t.id"
_OPEN = f"select count(*) from api_token t, membership m where {_OF_ACCOUNT}"


class ScopeNotHeld(InvalidInput):
    """A token's scopes are permissions that its owner holds."""

    code = "SCOPE_NOT_HELD"
    zh = "令牌范围“{scope}”不存在，或您自己没有该权限。"
    en = "The scope {scope} does not exist, or you do not hold it yourself."


class TokenLifetimeInvalid(InvalidInput):
    """A token always expires."""

    code = "TOKEN_LIFETIME_INVALID"
    zh = "令牌有效期须为 1 到 {longest} 天。"
    en = "A token may live for 1 to {longest} days."


class TokenNameInvalid(InvalidInput):
    """Whoever has to revoke a token finds it by its name."""

    code = "TOKEN_NAME_INVALID"
    zh = "令牌名称须为 1 到 {longest} 个字符。"
    en = "The name of a token has 1 to {longest} characters."


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token as it is shown, this once."""

    token: ApiToken
    credential: str


async def create_token(actor: Actor, *, name: str, scopes: list[str], days: int) -> NewToken:
    """Make a token for the actor's own membership with a part of the actor's own permissions."""
    await require(actor, Permission.TOKEN_MANAGE)
    if actor.channel == "token":
        raise SessionNeeded
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise TokenNameInvalid(field="name", longest=LONGEST_NAME)
    if not 1 <= days <= LONGEST_DAYS:
        raise TokenLifetimeInvalid(field="days", longest=LONGEST_DAYS)
    held = await grants_of(actor)
    for scope in scopes:
        if held.scopes.get(scope, Scope.NONE) is Scope.NONE:
            raise ScopeNotHeld(field="scopes", scope=scope)
    credential = new_credential(TOKEN_PREFIX)
    token = await ApiToken.create(
        membership_id=actor.membership_id,
        name=name.strip(),
        prefix=credential[:12],
        token_hash=credential_hash(credential),
        scopes=sorted(set(scopes)),
        expires_at=now() + timedelta(days=days),
    )
    await record(actor, "api_token.create", "api_token", token.id, after={"name": token.name, "scopes": token.scopes})
    return NewToken(token, credential)


async def revoke_token(actor: Actor, *, token_id: UUID) -> ApiToken:
    """Revoke a token from the next request on; one's own, or any of the company by a company-wide grant."""
    whole = await reaches_whole(actor, Permission.TOKEN_MANAGE)
    token = await ApiToken.filter(id=token_id).select_for_update().first()
    if token is None or (not whole and token.membership_id != actor.membership_id):
        raise NotFound(field="id")
    if token.revoked_at is None:
        token.revoked_at = now()
        await token.save(update_fields=["revoked_at"])
        await record(actor, "api_token.revoke", "api_token", token.id)
    return token


async def end_tokens(connection: asyncpg.Connection, account_id: UUID) -> int:
    """Revoke all tokens of an account, in every company, in a transaction of the platform's; return how many held."""
    return len(await connection.fetch(_END, account_id, now()))


async def open_tokens(connection: asyncpg.Connection, account_id: UUID) -> int:
    """Return how many tokens of an account hold, in all companies, in a transaction of the platform's."""
    held: int = await connection.fetchval(_OPEN, account_id, now())
    return held
