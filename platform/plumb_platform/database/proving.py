"""What proves a caller whom a process remembers, in the statement that uses it: nothing changed since they were looked up."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from plumb_platform.actor import Actor

Kind = Literal["session", "token"]
STALE = "PL001"
"""The SQLSTATE by which `sec.enter` says that a caller is not who they were."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that a caller is still signed in: the row of their session or token."""

    kind: Kind
    id: UUID


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads, and what they read: all that the statements of one read share."""

    tenant_id: UUID
    access_version: int
    """That under which the statement was made; below zero for who stands above every matrix."""
    proof: Proof | None
    """Without one the process vouches for the caller itself."""
    moment: datetime

    @property
    def kind(self) -> Kind:
        """Return whose statements prove the caller."""
        return self.proof.kind if self.proof else "session"

    def values(self) -> tuple[object, ...]:
        """Return the values of the placeholders before a statement's own."""
        return str(self.tenant_id), self.access_version, self.proof.id if self.proof else None, self.moment


@dataclass(frozen=True, slots=True)
class Proving:
    """A remembered caller who begins a change: the transaction begins only while all of this still holds."""

    proof: Proof
    access_version: int
    moment: datetime
    is_at_once: bool = False
    """Whether the change is one statement, with which the transaction begins, if it can be, and ends (`write_alone`)."""


class OpenTransaction(Protocol):
    """Opens a transaction as an actor's company."""

    def __call__(self, actor: Actor, proving: Proving | None = None, /) -> AbstractAsyncContextManager[object]: ...


class CallerStale(Exception):
    """The session ended, or what the caller may do has changed: look anew before going on."""
