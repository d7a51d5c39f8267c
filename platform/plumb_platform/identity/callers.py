"""Callers that a process remembers between requests; every use is proven again by the statement that it is used for."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from plumb_platform.actor import Actor
from plumb_platform.database.proving import Proof
from plumb_platform.database.reading import bound_uuid
from plumb_platform.permissions import Grants

MOST = 20_000
REMEMBERED_FOR = timedelta(minutes=1)
"""A caller is looked up anew this often, so that a token's last use is noted and its expiry seen."""


@dataclass(frozen=True, slots=True)
class Known:
    """A caller, what they may do, and what shows that they are still signed in."""

    actor: Actor
    grants: Grants
    proof: Proof
    until: datetime


class Callers:
    """The callers of one process by the hash of their credential, the most recent within bounds."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Known] = OrderedDict()

    def find(self, digest: bytes, moment: datetime) -> Known | None:
        """Return whom a credential belonged to lately; that they still are who they were is for the statement to prove."""
        known = self._known.get(digest)
        if known is None or known.until <= moment or (known.grants.until is not None and known.grants.until <= moment):
            return None
        self._known.move_to_end(digest)
        return known

    def keep(self, digest: bytes, actor: Actor, grants: Grants, proof: Proof, moment: datetime) -> None:
        """Remember a caller who was looked up at a moment."""
        self._known[digest] = Known(actor, grants, proof, moment + REMEMBERED_FOR)
        while len(self._known) > MOST:
            self._known.popitem(last=False)

    def forget(self, digest: bytes) -> None:
        """Forget a caller."""
        self._known.pop(digest, None)


def proof_of(actor: Actor) -> Proof | None:
    """Return what shows that an actor is still signed in; None for one that no credential stands behind."""
    if actor.token_id is not None:
        return Proof("token", bound_uuid(actor.token_id))
    return Proof("session", bound_uuid(actor.session_id)) if actor.session_id is not None else None
