"""The second factor of an account: enrolment, removal, and the step up to it before an act that weighs much (A35)."""

from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import platform_transaction, platform_transaction_behind
from plumb_platform.encrypted import Relocked, Undecryptable, decrypted, encrypted, encrypted_anew
from plumb_platform.errors import Refused
from plumb_platform.identity.credentials import password_matches
from plumb_platform.identity.sessions import account_of
from plumb_platform.identity.throttle import ACCOUNT_LIMIT, claim_attempt, count_failure, forget_failures, refuse_if_locked
from plumb_platform.identity.totp import matching_counter, new_secret, otpauth_url, secret_text
from plumb_platform.settings import Keys

ISSUER = "准绳 Plumb"
_ACCOUNT = "select a.email, a.password_hash from account a where a.id = $1 and a.active"
_FACTOR = "select secret, confirmed_at, last_counter from second_factor where account_id = $1 for update"
_RELOCK = "update second_factor set secret = $2 where account_id = $1"
_NEXT_FACTORS = """
select f.account_id, f.secret, a.email from second_factor f join account a on a.id = f.account_id
where f.account_id > $1 order by f.account_id limit 500
"""
_NEXT_LOCKED = f"{_NEXT_FACTORS} for update of f"


class PasswordWrong(Refused):
    """The password that was given again is not the account's."""

    code = "PASSWORD_WRONG"
    zh = "密码不正确。"
    en = "The password is not right."


class TotpWrong(Refused):
    """One answer for a wrong, an old and a used code: whoever guesses learns nothing."""

    code = "TOTP_WRONG"
    zh = "动态口令不正确、已过期或已使用过，请输入身份验证器中的新口令。"
    en = "The code is wrong, out of date or used already; give the next one of your authenticator."


class TotpNotEnrolled(Refused):
    """The account has no authenticator yet."""

    code = "TOTP_NOT_ENROLLED"
    zh = "您尚未绑定身份验证器，请先绑定动态口令。"
    en = "You have no authenticator yet; enrol one first."


class TotpEnrolledAlready(Refused):
    """An authenticator is removed before another one takes its place."""

    code = "TOTP_ENROLLED_ALREADY"
    zh = "您已绑定身份验证器；如需更换，请先解除绑定。"
    en = "You have an authenticator already; remove it before you enrol another."


class FactorLocked(Refused):
    """The secret was encrypted under another key than the server has."""

    code = "FACTOR_LOCKED"
    zh = "身份验证器的密钥无法解密，请联系管理员检查服务器密钥。"
    en = "The secret of the authenticator cannot be opened; an operator has to check the server's key."


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs, shown once."""

    secret: str
    otpauth_url: str


async def enrol_totp(actor: Actor, *, password: str, keys: Keys) -> Enrolment:
    """Begin an enrolment with a fresh secret, after the password; nothing holds before `confirm_totp`."""
    account_id = account_of(actor)
    await check_password(actor, password)
    secret = new_secret()
    async with platform_transaction() as connection:
        begun = await connection.fetchval(
            "insert into second_factor (account_id, secret, created_at, last_counter) values ($1, $2, $3, 0) "
            "on conflict (account_id) do update set secret = excluded.secret, created_at = excluded.created_at, last_counter = 0 "
            "where second_factor.confirmed_at is null returning true",
            *(account_id, encrypted(secret, keys, account_id.bytes), now()),
        )
        if not begun:
            raise TotpEnrolledAlready
        email = await connection.fetchval("select email from account where id = $1", account_id)
    return Enrolment(secret_text(secret), otpauth_url(secret, account=email, issuer=ISSUER))


async def confirm_totp(actor: Actor, *, code: str, keys: Keys) -> None:
    """Finish the enrolment by a first code of the app; from now on the factor counts. Raises TotpWrong, RateLimited."""
    await _use(actor, code, keys, confirmed=False)
    await record(actor, "second_factor.enrol", "account", actor.account_id)


async def remove_totp(actor: Actor, *, password: str, code: str, keys: Keys) -> None:
    """Remove the account's factor, after the password and a code of the app."""
    await check_password(actor, password)
    await check_totp(actor, code=code, keys=keys)
    connection = await platform_transaction_behind()
    await connection.execute("delete from second_factor where account_id = $1", actor.account_id)
    await record(actor, "second_factor.remove", "account", actor.account_id)


async def has_totp(actor: Actor) -> bool:
    """Return whether the actor's account has a confirmed factor."""
    async with platform_transaction() as connection:
        return bool(
            await connection.fetchval(
                "select true from second_factor where account_id = $1 and confirmed_at is not null", actor.account_id
            )
        )


async def check_password(actor: Actor, password: str, *, field: str = "password") -> str:
    """Return the hash of the account's own password; raise PasswordWrong unless it is that, RateLimited after five failures."""
    account_id, counters = account_of(actor), _counters(actor)
    async with platform_transaction() as connection:
        await claim_attempt(connection, counters)
        account = await connection.fetchrow(_ACCOUNT, account_id)
    known: str | None = account["password_hash"] if account else None
    if known is None or not await password_matches(password, known):
        raise PasswordWrong(field=field)
    async with platform_transaction() as connection:
        await forget_failures(connection, counters)
    return known


async def check_totp(actor: Actor, *, code: str, keys: Keys) -> None:
    """Raise TotpWrong unless it is an unused code of the account's app, RateLimited after five failures.

    The code is used up by this call, whatever becomes of the act that it was given for.
    """
    await _use(actor, code, keys, confirmed=True)


async def _use(actor: Actor, code: str, keys: Keys, *, confirmed: bool) -> None:
    account_id, counters = account_of(actor), _counters(actor)
    async with platform_transaction() as connection:
        # The row is locked first: of many guesses at the same moment each sees what those before it counted.
        factor = await connection.fetchrow(_FACTOR, account_id)
        await refuse_if_locked(connection, counters)
        if factor is None or (factor["confirmed_at"] is None) is confirmed:
            raise TotpNotEnrolled if confirmed or factor is None else TotpEnrolledAlready
        secret = _opened(factor["secret"], account_id, keys)
        counter = matching_counter(secret, code.strip(), at=now(), after=factor["last_counter"])
        if counter is None:
            await count_failure(connection, counters)
        else:
            await connection.execute(
                "update second_factor set last_counter = $2, confirmed_at = coalesce(confirmed_at, $3) where account_id = $1",
                *(account_id, counter, now()),
            )
            await forget_failures(connection, counters)
    if counter is None:
        raise TotpWrong(field="totp")


async def relock_factors(keys: Keys) -> Relocked:
    """Encrypt the secrets of all authenticators under the first of the keys where they are under another."""
    anew, unopened = 0, list[str]()
    after = UUID(int=0)
    while True:
        async with platform_transaction() as connection:
            rows = await connection.fetch(_NEXT_LOCKED, after)
            for row in rows:
                try:
                    secret = encrypted_anew(row["secret"], keys, row["account_id"].bytes)
                except Undecryptable:
                    unopened.append(row["email"])
                    continue
                if secret is not None:
                    anew += 1
                    await connection.execute(_RELOCK, row["account_id"], secret)
        if not rows:
            return Relocked(anew, tuple(unopened))
        after = rows[-1]["account_id"]


async def unopened_factors(keys: Keys) -> list[str]:
    """Return the e-mails of the accounts whose authenticator none of the keys opens."""
    unopened, after = list[str](), UUID(int=0)
    while True:
        async with platform_transaction() as connection:
            rows = await connection.fetch(_NEXT_FACTORS, after)
        if not rows:
            return unopened
        for row in rows:
            try:
                decrypted(row["secret"], keys, row["account_id"].bytes)
            except Undecryptable:
                unopened.append(row["email"])
        after = rows[-1]["account_id"]


def _counters(actor: Actor) -> list[tuple[str, int]]:
    return [(f"factor:{actor.account_id}", ACCOUNT_LIMIT)]


def _opened(stored: bytes, account_id: UUID, keys: Keys) -> bytes:
    try:
        return decrypted(stored, keys, account_id.bytes)
    except Undecryptable:
        raise FactorLocked from None
