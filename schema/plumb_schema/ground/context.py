"""The context of one request: who asks, in what language, under which grants, with its own loaders."""

import contextvars
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import strawberry

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database.proving import OpenTransaction, Proof, Proving
from plumb_platform.database.shares import has_place
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.documents.timestamp_servers import TimestampServers
from plumb_platform.errors import DomainError, Forbidden, Locale, Unauthenticated, Unavailable
from plumb_platform.observability import tell_failure
from plumb_platform.permissions import Grants, hold_grants
from plumb_platform.scanning import Scanner
from plumb_platform.settings import Keys
from plumb_platform.storage import Storage
from plumb_schema.ground.cursors import Cursors
from plumb_schema.ground.permission import PUBLIC, Access, Need

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a process makes once and every request uses."""

    transaction: OpenTransaction
    grants_of: Callable[[Actor], Awaitable[Grants]]
    storage: Storage
    scanner: Scanner
    vault: KeyVault
    timestamps: TimestampServers
    link_keys: Keys = field(repr=False)
    copy_keys: Keys = field(repr=False)
    """Knows marked copies of letters again."""
    cursors: Cursors
    session_hours: int
    factor_keys: Keys = field(repr=False)
    """Opens the secrets of authenticators."""
    csrf_of: Callable[[str], str] = lambda _: ""
    on_unexpected: Callable[[BaseException], None] = lambda _: None
    """Told of every error that nobody expected, after it was logged."""


@dataclass(frozen=True, slots=True)
class SessionChange:
    """What the answer shall do with the session cookie; an empty credential clears it."""

    credential: str
    seconds: int


@dataclass(slots=True, kw_only=True)
class Context:
    """One request's own state; never shared with another request."""

    ground: Ground
    actor: Actor | None = None
    locale: Locale = "zh-CN"
    request_id: str = ""
    address: str = ""
    agent: str = ""
    credential: str = field(default="", repr=False)
    idempotency_key: str = ""
    is_question: bool = False
    """Whether the request may only ask: a GET changes nothing."""
    request_hashes: tuple[str, ...] = ()
    session_change: SessionChange | None = None
    grants: Grants | None = None
    refused: DomainError | None = None
    outages: int = 0
    """How many changes were refused because something that we stand on is away."""
    hindrance: DomainError | None = None
    """Why a change is not made, known before its transaction: told to those alone who may make it."""
    retry_after: int = 0
    outside: contextvars.Context | None = None
    """Where no transaction of the caller is open, while one is."""
    proof: Proof | None = None
    """What shows that the caller is signed in; None for a caller that the process itself vouches for."""
    is_remembered: bool = False
    """Whether the caller is known from an earlier request, and not looked up in this one yet."""
    is_stale: bool = False
    """Whether a remembered caller turned out not to be who they were, before anything was done for them."""
    renew: Callable[["Context"], Awaitable[None]] | None = None
    """Signs the caller in anew when what the process remembers of them no longer holds."""
    remember: Callable[["Context"], None] | None = None
    """Told once what the caller may do is known, so that the next request need not ask."""
    hidden: dict[str, None] = field(default_factory=dict)
    """Coordinates of the fields that the answer hides from the caller."""
    planner: Any = None
    text: str = ""

    @property
    def caller(self) -> Actor:
        """Return who is signed in, else raise Unauthenticated."""
        if self.actor is None:
            raise Unauthenticated
        return self.actor

    @property
    def csrf_token(self) -> str:
        """Return the word that the browser must send back with each change."""
        return self.ground.csrf_of(self.credential) if self.credential else ""

    def allows(self, need: Need) -> bool:
        """Return whether the caller may use what declares `need`; an API token also needs its scope."""
        if isinstance(need, Access):
            return need is PUBLIC or self.actor is not None
        if self.actor is None:
            return False
        scopes = self.actor.scopes
        in_scope = scopes is None or need.value in scopes
        return in_scope and self.grants is not None and self.grants.allows(need)

    def take_refusal(self) -> DomainError | None:
        """Return why the change that ran last was refused, and forget it; an outage is logged and counted."""
        error, self.refused = self.refused, None
        if isinstance(error, Unavailable):
            self.outages += 1
            tell_failure(log, "a change was refused", error, {"request_id": self.request_id})
            self.ground.on_unexpected(error)
        return error

    def demand(self, need: Need) -> None:
        """Raise Unauthenticated or Forbidden unless the caller may use what declares `need`."""
        if self.allows(need):
            return
        if self.actor is None:
            raise Unauthenticated
        raise Forbidden(permission=need.value)

    def refuse_hindered(self) -> None:
        """Raise why the change is not made: not repeated under its idempotency key, or not in turn; once."""
        hindrance, self.hindrance = self.hindrance, None
        if hindrance is not None:
            raise hindrance

    @property
    def held(self) -> Grants:
        """Return what the caller may do, inside a transaction, which has read it."""
        assert self.grants is not None  # noqa: S101 - see `transaction`
        return self.grants

    async def known_grants(self) -> Grants:
        """Return what the caller may do, read in a transaction of its own when it is not known yet."""
        if self.grants is None:
            async with self.transaction():
                pass
            if self.remember is not None:
                self.remember(self)
        return self.held

    async def recognise_anew(self) -> None:
        """Forget what is known of the caller and look again; raises Unauthenticated when they are signed in no more."""
        self.grants = None
        self.is_stale = False
        if self.renew is not None:
            await self.renew(self)

    @asynccontextmanager
    async def transaction(self, *, at_once: bool = False) -> AsyncIterator[None]:
        """Open the caller's company for what follows and read the grants in it; nothing for an anonymous one.

        Raises CallerStale when the caller was only remembered and is not who they were; `at_once`, that is known no sooner
        than the first statement.
        """
        if self.actor is None:
            yield
            return
        self.outside = contextvars.copy_context()
        self.outside.run(has_place.set, True)
        proving = self._proving(at_once)
        async with self.ground.transaction(self.actor, proving):
            if proving is None or self.grants is None:
                self.grants = await self.ground.grants_of(self.actor)
            else:
                self.is_remembered = False
                hold_grants(self.actor, self.grants)
            if self.remember is not None:
                self.remember(self)
            yield

    def _proving(self, at_once: bool) -> Proving | None:
        """Return what a remembered caller is proven by as their transaction begins, and give them this request's trace."""
        if self.actor is None or self.proof is None or self.grants is None or not self.is_remembered:
            return None
        self.actor = replace(self.actor, request_id=self.request_id, address=self.address, agent=self.agent)
        return Proving(self.proof, self.grants.version, now(), at_once)

    def sign_in(self, credential: str, *, seconds: int) -> str:
        """Set the session cookie with the answer and return the CSRF token that belongs to it."""
        self.session_change = SessionChange(credential, seconds)
        self.credential = credential
        return self.csrf_token

    def sign_out(self) -> None:
        """Clear the session cookie with the answer."""
        self.session_change = SessionChange("", 0)
        self.credential = ""


Info = strawberry.Info[Context, None]
