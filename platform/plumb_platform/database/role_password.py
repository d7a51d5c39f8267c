"""Logging in as a role that has one of several passwords, as it does while the secret key is changed."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg


class RolePassword:
    """The passwords that a role may have, the one that PostgreSQL took last first."""

    def __init__(self, *words: str | None) -> None:
        self.words = tuple(dict.fromkeys(words))

    def __call__(self) -> str | None:
        """Return the one to be tried first, as asyncpg asks for it."""
        return self.words[0]

    def took(self, word: str | None) -> None:
        """Have that one tried first from now on."""
        self.words = (word, *(each for each in self.words if each != word))


async def logged_in(connect: Callable[..., Awaitable[asyncpg.Connection]], **how: Any) -> asyncpg.Connection:
    """Return a connection by the first of the passwords that PostgreSQL takes; raises what it says to the last."""
    password = how.get("password")
    if not isinstance(password, RolePassword):
        return await connect(**how)
    *others, last = password.words
    for word in others:
        try:
            connection = await connect(**how | {"password": word})
        except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError):
            continue
        password.took(word)
        return connection
    connection = await connect(**how | {"password": last})
    password.took(last)
    return connection
