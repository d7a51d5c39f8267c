"""Who acts: the one value that carries tenant, person, roles and trace through a request or a job."""

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

Channel = Literal["session", "token", "job", "cli"]


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated caller inside one company; a job or the CLI acts with no person and the role `system`."""

    tenant_id: UUID
    roles: frozenset[str]
    channel: Channel
    account_id: UUID | None = None
    membership_id: UUID | None = None
    person_id: UUID | None = None
    session_id: UUID | None = None
    token_id: UUID | None = None
    scopes: frozenset[str] | None = field(default=None)
    """Scopes of an API token (`resource:action`); None means all that the roles allow."""
    request_id: str = ""
    address: str = ""
    agent: str = ""


def system_actor(tenant_id: UUID, *, request_id: str = "", channel: Channel = "job") -> Actor:
    """Return the actor of work that no person does: jobs, timers and the command line."""
    return Actor(tenant_id=tenant_id, roles=frozenset({"system"}), channel=channel, request_id=request_id)
