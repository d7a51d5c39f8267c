"""Passwords and bearer credentials: how they are made, hashed and compared; never on the event loop where it takes long."""

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from plumb_platform.errors import InvalidInput, RateLimited
from plumb_platform.ids import unguessable
from plumb_platform.texts import as_seen

T = TypeVar("T")
SESSION_PREFIX, TOKEN_PREFIX, INVITATION_PREFIX = "ps_", "plumb_", "pi_"
MINIMUM_LENGTH, MAXIMUM_LENGTH = 10, 200
# OWASP's minimum for argon2id: 19 MiB, 2 passes, 1 lane (23 ms on the reference machine).
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
_QUEUE_LIMIT = 64
_waiting = 0
# The hash of a password that nobody has, made as `_hasher` makes them: what an unknown account is compared with.
_UNKNOWN = "$argon2id$v=19$m=19456,t=2,p=1$x7F/ZymNSiF1qfOixMiJnw$sJVgJvrqDJWkNya6TnVrQtVGXScgT2PawvHhHK6tslw"


class PasswordTooWeak(InvalidInput):
    """A password needs length; nothing else is demanded (NIST SP 800-63B section 5.1.1.2)."""

    code = "PASSWORD_TOO_WEAK"
    zh = "密码长度须为 {minimum} 到 {maximum} 个字符。"
    en = "A password must have {minimum} to {maximum} characters."


def check_password_strength(password: str, *, field: str = "password") -> None:
    """Refuse a password that is too short, or so long that hashing it would be an attack."""
    if not MINIMUM_LENGTH <= len(password) <= MAXIMUM_LENGTH:
        raise PasswordTooWeak(field=field, minimum=MINIMUM_LENGTH, maximum=MAXIMUM_LENGTH)


async def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return await _in_thread(_hasher.hash, as_seen(password))


async def password_matches(password: str, stored: str | None) -> bool:
    """Return whether the password fits; an unknown account costs the same time as a known one."""
    if len(password) > MAXIMUM_LENGTH:
        return False
    fits = await _in_thread(_verify, stored or _UNKNOWN, as_seen(password))
    return fits and stored is not None


def needs_rehash(stored: str) -> bool:
    """Return whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def new_credential(prefix: str) -> str:
    """Return a fresh credential with 256 bits of randomness; only its hash is ever stored."""
    return prefix + unguessable(256)


def credential_hash(credential: str) -> bytes:
    """Return what is stored of a credential; a plain SHA-256 serves, because nobody can guess 256 bits."""
    return hashlib.sha256(credential.encode("utf-8", "surrogatepass")).digest()


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


async def _in_thread(function: Callable[..., T], *values: str) -> T:
    # A bounded queue: past it, callers are told to wait instead of piling up memory and time.
    global _waiting  # noqa: PLW0603 - the queue is the process's
    if _waiting >= _QUEUE_LIMIT:
        raise RateLimited(retry_after=2)
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, partial(function, *values))
    finally:
        _waiting -= 1
