"""Writing, reading and proving the audit chain of a company (C77).

An entry's hash is SHA-256 over the previous hash and the canonical JSON of the entry; the head row is locked by the writer,
so entries are numbered without gaps in the order of their transactions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.audit.models import AuditEntry, AuditHead
from plumb_platform.clock import now
from plumb_platform.database import Write, write_together
from plumb_platform.ids import uuid7
from plumb_platform.numbers.canonical import canonical_bytes, sha256_hex

CONTENT = ("at", "actor", "action", "object_type", "object_id", "before", "after", "request_id")
"""What an entry's hash covers, beside its number and the hash before it."""
_RECORD = """
head as (
  select number + 1 as number, hash as previous from audit_head where tenant_id = $1 for update
), next as (
  select number, previous,
    encode(sha256(decode(previous, 'hex') || $8::bytea || convert_to(number::text, 'UTF8') || $9::bytea), 'hex') as hash
  from head
), entry as (
  insert into audit_entry (tenant_id, id, number, at, action, object_type, object_id, request_id, actor, before, after,
    previous_hash, hash)
  select $1, $2, number, $3, $4, $5, $6, $7, $10, $11, $12, previous, hash from next
), recorded as (
  update audit_head h set number = next.number, hash = next.hash from next where h.tenant_id = $1 returning h.number
)
"""


class ChainMissing(LookupError):
    """A company's chain starts with the company; without one nothing can be recorded."""


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What the check of a chain found; `broken_at` is the number of the first entry that does not hold."""

    entries: int
    head: str
    broken_at: int | None


async def start_chain(actor: Actor, *, company_key: str) -> None:
    """Root the chain of a new company in its own id, so that two companies' chains never look alike."""
    root = sha256_hex(f"{actor.tenant_id}:{company_key}".encode())
    await AuditHead.create(tenant_id=actor.tenant_id, root=root, number=0, hash=root)


async def record(
    actor: Actor,
    action: str,
    object_type: str,
    object_id: UUID | None,
    *,
    before: Any = None,
    after: Any = None,
    beside: Sequence[Write] = (),
) -> None:
    """Append one entry in the open transaction; `before` and `after` are plain JSON values.

    What is written `beside` it is written by the same statement.
    """
    given = (now(), _who(actor), action, object_type, object_id, before, after, actor.request_id)
    content = dict(zip(CONTENT, given, strict=True))
    ahead, behind = _around_number(content)
    values = (
        *(actor.tenant_id, uuid7(), content["at"], action, object_type, object_id, actor.request_id, ahead, behind),
        *(None if content[name] is None else orjson.dumps(content[name]).decode() for name in ("actor", "before", "after")),
    )
    *_, number = await write_together(*beside, Write(_RECORD, values, "(select number from recorded)"))
    if number is None:
        raise ChainMissing(f"company {actor.tenant_id} has no audit chain")


def entry_hash(entry: AuditEntry) -> str:
    """Return the hash that the entry must carry, from its content and its previous hash."""
    content = {name: getattr(entry, name) for name in CONTENT}
    return sha256_hex(bytes.fromhex(entry.previous_hash) + canonical_bytes(plain_content(content) | {"number": entry.number}))


async def verify_chain(actor: Actor, *, page: int = 1000) -> ChainReport:
    """Walk the company's chain from its first entry and name the first that was changed, removed or moved."""
    head = await AuditHead.get(tenant_id=actor.tenant_id)
    number, expected = 0, head.root
    while True:
        # Entries behind the head that was read belong to changes that were committed since.
        entries = await AuditEntry.filter(number__gt=number, number__lte=head.number).order_by("number").limit(page)
        for entry in entries:
            broken = entry.number != number + 1 or entry.previous_hash != expected
            if broken or entry_hash(entry) != entry.hash:
                return ChainReport(entries=number, head=head.hash, broken_at=number + 1)
            number, expected = entry.number, entry.hash
        if len(entries) < page:
            break
    cut = (number, expected) != (head.number, head.hash)
    return ChainReport(entries=number, head=head.hash, broken_at=number + 1 if cut else None)


def plain_content(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry's content as it is hashed: the instant in UTC as Python writes it, the object's id as text."""
    object_id = content["object_id"]
    return {**content, "at": content["at"].astimezone(UTC).isoformat(), "object_id": str(object_id) if object_id else None}


def _around_number(content: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Return the canonical JSON of an entry before and behind its number, which only the statement knows."""
    plain = plain_content(content)
    ahead = canonical_bytes({name: value for name, value in plain.items() if name < "number"})
    behind = canonical_bytes({name: value for name, value in plain.items() if name > "number"})
    return ahead[:-1] + b',"number":', b"," + behind[1:]


def _who(actor: Actor) -> dict[str, Any]:
    return {
        "membership": str(actor.membership_id) if actor.membership_id else None,
        "person": str(actor.person_id) if actor.person_id else None,
        "channel": actor.channel,
        "address": actor.address,
        "agent": actor.agent,
    }
