"""Short-lived links: who made one may fetch one thing by it for some minutes, if they may still fetch it then (A56)."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import platform_transaction
from plumb_platform.errors import Unauthenticated
from plumb_platform.settings import Keys

LASTS = timedelta(minutes=5)
LONGEST = 600
_MEMBER = """
select m.account_id, m.person_id, m.roles from membership m join account a on a.id = m.account_id
join company c on c.tenant_id = m.tenant_id where m.tenant_id = $1 and m.id = $2 and m.active and a.active and c.active
"""


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says: whose it is, which act it allows, on which object, until when."""

    tenant_id: UUID
    membership_id: UUID
    act: str
    object_id: UUID
    original: bool
    expires_at: datetime


def new_link(actor: Actor, *, act: str, object_id: UUID, original: bool = False) -> Link:
    """Return a link of a member for one act (`letter:download`) on one object; a job has none."""
    if actor.membership_id is None:
        raise Unauthenticated
    expires_at = (now() + LASTS).replace(microsecond=0)
    return Link(actor.tenant_id, actor.membership_id, act, object_id, original, expires_at)


def sealed_link(link: Link, keys: Keys) -> str:
    """Return a link as a word for an address."""
    said = [
        link.tenant_id.hex,
        link.membership_id.hex,
        link.act,
        link.object_id.hex,
        link.original,
        int(link.expires_at.timestamp()),
    ]
    body = base64.urlsafe_b64encode(orjson.dumps(said))
    return f"{body.decode()}.{_mac(body, keys[0])}"


def opened_link(word: str, keys: Keys) -> Link:
    """Return the link behind a word; raises Unauthenticated for one that is not ours or is over."""
    body, _, mac = word[:LONGEST].partition(".")
    if not body.isascii() or not any(hmac.compare_digest(mac.encode(), _mac(body.encode(), key).encode()) for key in keys):
        raise Unauthenticated
    tenant_id, membership_id, act, object_id, original, ends = orjson.loads(base64.urlsafe_b64decode(body))
    link = Link(UUID(tenant_id), UUID(membership_id), act, UUID(object_id), original, datetime.fromtimestamp(ends, UTC))
    if link.expires_at <= now():
        raise Unauthenticated
    return link


async def link_actor(link: Link, *, address: str = "", agent: str = "", request_id: str = "") -> Actor:
    """Return the member as they stand now, able to do the link's act and nothing else; Unauthenticated for one who left."""
    async with platform_transaction() as connection:
        row = await connection.fetchrow(_MEMBER, link.tenant_id, link.membership_id)
    if row is None:
        raise Unauthenticated
    return Actor(
        tenant_id=link.tenant_id,
        roles=frozenset(orjson.loads(row["roles"])),
        channel="token",
        account_id=row["account_id"],
        membership_id=link.membership_id,
        person_id=row["person_id"],
        scopes=frozenset({link.act}),
        request_id=request_id,
        address=address,
        agent=agent,
    )


def _mac(body: bytes, key: bytes) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, body, hashlib.sha256)).decode().rstrip("=")
