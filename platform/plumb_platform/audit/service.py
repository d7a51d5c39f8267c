"""Writing, reading and proving the audit chain of a company (C77).

An entry's hash is SHA-256 over the previous hash and the canonical JSON of the entry; the head row is locked by the writer,
so entries are numbered without gaps in the order of their transactions.
"""

from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.models import AuditEntry, AuditHead
from plumb_platform.clock import now
from plumb_platform.numbers.canonical import canonical_bytes, sha256_hex
from plumb_platform.permissions import Permission, require


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
) -> None:
    """Append one entry in the open transaction; `before` and `after` are plain JSON values."""
    head = await AuditHead.all().select_for_update().get(tenant_id=actor.tenant_id)
    entry = AuditEntry(
        number=head.number + 1,
        at=now(),
        actor=_who(actor),
        action=action,
        object_type=object_type,
        object_id=object_id,
        before=before,
        after=after,
        request_id=actor.request_id,
        previous_hash=head.hash,
    )
    entry.hash = entry_hash(entry)
    await entry.save(force_create=True)
    await AuditHead.filter(tenant_id=actor.tenant_id).update(number=entry.number, hash=entry.hash)


def entry_hash(entry: AuditEntry) -> str:
    """Return the hash that the entry must carry, from its content and its previous hash."""
    content = {
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "object_type": entry.object_type,
        "object_id": str(entry.object_id) if entry.object_id else None,
        "before": entry.before,
        "after": entry.after,
        "request_id": entry.request_id,
    }
    return sha256_hex(bytes.fromhex(entry.previous_hash) + canonical_bytes(content))


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


async def list_entries(actor: Actor, *, before: int | None, action: str | None, limit: int) -> list[AuditEntry]:
    """Return entries numbered below `before`, newest first."""
    await require(actor, Permission.AUDIT_READ)
    entries = AuditEntry.all() if before is None else AuditEntry.filter(number__lt=before)
    if action is not None:
        entries = entries.filter(action=action)
    return await entries.order_by("-number").limit(limit)


def _who(actor: Actor) -> dict[str, Any]:
    return {
        "membership": str(actor.membership_id) if actor.membership_id else None,
        "person": str(actor.person_id) if actor.person_id else None,
        "channel": actor.channel,
        "address": actor.address,
        "agent": actor.agent,
    }
