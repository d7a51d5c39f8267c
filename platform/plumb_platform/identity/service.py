"""Signing in and out, and who a credential belongs to."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import platform_row, platform_transaction, tenant_transaction
from plumb_platform.errors import Refused, Unauthenticated
from plumb_platform.identity import throttle
from plumb_platform.identity.credentials import (
    SESSION_PREFIX,
    check_password_strength,
    credential_hash,
    hash_password,
    needs_rehash,
    new_credential,
    password_matches,
)
from plumb_platform.ids import uuid7
from plumb_platform.texts import address_as_known

CredentialKind = Literal["session", "token"]


class LoginRefused(Refused):
    """One answer for an unknown account, a wrong password and a closed membership."""

    code = "LOGIN_REFUSED"
    zh = "邮箱或密码不正确。"
    en = "The e-mail or the password is not right."


class SessionNeeded(Refused):
    """What a person does at their own browser, no API token does for them."""

    code = "SESSION_NEEDED"
    zh = "此操作须由本人登录后进行，不能使用 API 令牌。"
    en = "Sign in to do this; an API token cannot do it for you."


class CompanySuspended(Refused):
    """Told to nobody who has not proven to belong to the company: a wrong password is answered as ever."""

    code = "COMPANY_SUSPENDED"
    zh = "公司“{company}”已被平台运营方暂停使用，数据完整保留；请联系贵公司管理员。"
    en = "The company {company} is suspended by the operator of the platform; nothing is lost. Ask its administrators."


class CompanyChoiceNeeded(Refused):
    """The account belongs to several companies and named none of them."""

    code = "COMPANY_CHOICE_NEEDED"
    zh = "该账号属于多家公司，请指定公司代号：{companies}。"
    en = "This account belongs to several companies; name one of: {companies}."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: the credential for the cookie, shown once, and the actor that it stands for."""

    credential: str
    actor: Actor
    expires_in: timedelta


_SESSION = """
select s.id as session_id, null::uuid as token_id, null::jsonb as scopes,
  m.tenant_id, m.id as membership_id, m.account_id, m.person_id, m.roles
from session s join membership m on m.tenant_id = s.tenant_id and m.id = s.membership_id
join account a on a.id = m.account_id join company c on c.tenant_id = m.tenant_id
where s.token_hash = $1 and s.revoked_at is null and s.expires_at > $2 and m.active and a.active and c.active
"""
_TOKEN = """
with used as (
  update api_token set last_used_at = $2 where token_hash = $1 and revoked_at is null and expires_at > $2
    and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 minute')
)
select null::uuid as session_id, t.id as token_id, t.scopes,
  m.tenant_id, m.id as membership_id, m.account_id, m.person_id, m.roles
from api_token t join membership m on m.tenant_id = t.tenant_id and m.id = t.membership_id
join account a on a.id = m.account_id join company c on c.tenant_id = m.tenant_id
where t.token_hash = $1 and t.revoked_at is null and t.expires_at > $2 and m.active and a.active and c.active
"""
_OPEN = """
insert into session (tenant_id, id, token_hash, account_id, membership_id, created_at, expires_at, address, agent)
select $1, $2, $3, a.id, $5, $6, $7, $8, $9 from account a
where a.id = $4 and a.active and a.password_hash = coalesce($10, a.password_hash) for share
"""
NOTHING_OPENED = "INSERT 0 0"
_MEMBERSHIPS = """
select m.tenant_id, m.id as membership_id, m.account_id, m.person_id, m.roles, c.key, c.active
from membership m join company c on c.tenant_id = m.tenant_id
where m.account_id = $1 and m.active order by c.key
"""


async def authenticate(
    credential: str, *, kind: CredentialKind, address: str = "", agent: str = "", request_id: str = ""
) -> Actor:
    """Return the actor of a session or an API token; raise Unauthenticated for an unknown, expired or revoked one."""
    digest = credential_hash(credential)
    row = await platform_row(_SESSION if kind == "session" else _TOKEN, digest, now())
    if row is None:
        raise Unauthenticated
    return _actor(row, kind=kind, address=address, agent=agent, request_id=request_id)


async def login(
    email: str,
    password: str,
    *,
    company_key: str | None,
    hours: int,
    address: str,
    agent: str = "",
    request_id: str = "",
) -> SignedIn:
    """Open a session for an account in one of its companies.

    Raises LoginRefused, CompanyChoiceNeeded, CompanySuspended, or RateLimited after five failures of an account or fifty of
    an address.
    """
    email = address_as_known(email)
    keys = throttle.throttle_keys(email, address)
    async with platform_transaction() as connection:
        await throttle.claim_attempt(connection, keys)
        account = await connection.fetchrow("select id, password_hash from account where email = $1 and active", email)
    if not await password_matches(password, account["password_hash"] if account else None):
        async with platform_transaction() as connection:
            await throttle.count_failure(connection, keys[1:])
        raise LoginRefused
    async with platform_transaction() as connection:
        await throttle.forget_failures(connection, keys)
        membership = _chosen(await connection.fetch(_MEMBERSHIPS, account["id"]), company_key)
    known = account["password_hash"]
    if needs_rehash(known):
        known = await _renewed_hash(account["id"], password, known)
    return await open_session(membership, hours=hours, address=address, agent=agent, request_id=request_id, known_by=known)


async def open_session(
    membership: Any, *, hours: int, address: str, agent: str, request_id: str, known_by: str | None = None
) -> SignedIn:
    """Write a session for a membership row and its audit entry, and return the credential.

    `known_by` is the hash that the password was held against: whoever changed the password meanwhile ended all sessions, and
    this one is none that they could have seen. Raises LoginRefused.
    """
    credential, session_id, lifetime = new_credential(SESSION_PREFIX), uuid7(), timedelta(hours=hours)
    async with platform_transaction() as connection:
        opened = await connection.execute(
            _OPEN,
            membership["tenant_id"],
            session_id,
            credential_hash(credential),
            membership["account_id"],
            membership["membership_id"],
            now(),
            now() + lifetime,
            address[:64],
            agent[:300],
            known_by,
        )
    if opened == NOTHING_OPENED:
        raise LoginRefused
    values = dict(membership) | {"session_id": session_id, "token_id": None, "scopes": None}
    actor = _actor(values, kind="session", address=address, agent=agent, request_id=request_id)
    async with tenant_transaction(actor):
        await record(actor, "session.open", "session", session_id)
    return SignedIn(credential, actor, lifetime)


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account that may sign in."""

    id: UUID
    password_hash: str


async def find_account(email: str) -> KnownAccount | None:
    """Return the active account of an e-mail or None."""
    async with platform_transaction() as connection:
        row = await connection.fetchrow(
            "select id, password_hash from account where email = $1 and active", address_as_known(email)
        )
    return KnownAccount(row["id"], row["password_hash"]) if row else None


async def ensure_account(email: str, password: str, *, locale: str = "zh-CN") -> UUID:
    """Return the account of an e-mail, made with the password if it is new; a known account keeps its own password."""
    check_password_strength(password)
    hashed = await hash_password(password)
    async with platform_transaction() as connection:
        account_id: UUID = await connection.fetchval(
            "insert into account (id, email, password_hash, locale, active, created_at) values ($1, $2, $3, $4, true, $5) "
            "on conflict (email) do update set email = excluded.email returning id",
            uuid7(),
            address_as_known(email),
            hashed,
            locale,
            now(),
        )
    return account_id


async def set_password(account_id: UUID, password: str) -> None:
    """Replace an account's password."""
    hashed = await hash_password(password)
    async with platform_transaction() as connection:
        await replace_hash(connection, account_id, hashed)


async def replace_hash(
    connection: asyncpg.Connection, account_id: UUID, hashed: str, *, instead_of: str | None = None
) -> str | None:
    """Give an account another hash and return it; do nothing and return None where that is no longer `instead_of`."""
    kept: str | None = await connection.fetchval(
        "update account set password_hash = $2 where id = $1 and password_hash = coalesce($3, password_hash) "
        "returning password_hash",
        *(account_id, hashed, instead_of),
    )
    return kept


async def _renewed_hash(account_id: UUID, password: str, known: str) -> str:
    """Hash a password that fits once more, as is done today, and return the account's hash; raises LoginRefused.

    Another sign-in may have renewed it at the same moment, or somebody changed the password.
    """
    hashed = await hash_password(password)
    async with platform_transaction() as connection:
        renewed = await replace_hash(connection, account_id, hashed, instead_of=known)
        found = renewed or await connection.fetchval("select password_hash from account where id = $1", account_id)
    if renewed is None and not await password_matches(password, found):
        raise LoginRefused
    return str(found)


def _chosen(memberships: list[asyncpg.Record], company_key: str | None) -> asyncpg.Record:
    if company_key is not None:
        memberships = [m for m in memberships if m["key"] == company_key]
    if not memberships:
        raise LoginRefused
    open_ones = [m for m in memberships if m["active"]]
    if not open_ones:
        raise CompanySuspended(field="company", company=memberships[0]["key"])
    if len(open_ones) > 1:
        raise CompanyChoiceNeeded(field="company", companies=", ".join(m["key"] for m in open_ones))
    return open_ones[0]


def _actor(row: Any, *, kind: CredentialKind, address: str, agent: str, request_id: str) -> Actor:
    scopes = orjson.loads(row["scopes"]) if row["scopes"] is not None else None
    return Actor(
        tenant_id=row["tenant_id"],
        roles=frozenset(orjson.loads(row["roles"])),
        channel=kind,
        account_id=row["account_id"],
        membership_id=row["membership_id"],
        person_id=row["person_id"],
        session_id=row["session_id"],
        token_id=row["token_id"],
        scopes=frozenset(scopes) if scopes is not None else None,
        request_id=request_id,
        address=address,
        agent=agent,
    )
