"""Anchoring snapshots outside of the database, and holding the chains against what was anchored (N6)."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch, fetch_one, fetch_value, take_lock
from plumb_platform.documents.key_vault import KeyVault, TokenUnavailable
from plumb_platform.documents.timestamp_servers import TimestampServers, TimestampUnavailable
from plumb_platform.errors import DomainError, Refused
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.queue.service import enqueue, queue_again
from plumb_platform.storage import Storage, StorageUnavailable
from plumb_tenants.company.service import active_signing_key, get_company, root_certificates, stored_key
from plumb_tenants.snapshots.definition import rules_in_force
from plumb_tenants.snapshots.models import Snapshot, SnapshotAnchor
from plumb_tenants.snapshots.taking import ANCHOR_TOPIC

log = logging.getLogger(__name__)
TRANSIENT = (StorageUnavailable, TokenUnavailable)
AGAIN = timedelta(hours=1)
_LACKING = """
select s.id from snapshot s where not exists (
  select from snapshot_anchor a where a.tenant_id = s.tenant_id and a.snapshot_id = s.id and (a.is_timestamped or not $3))
and not exists (select from outbox o where o.tenant_id = s.tenant_id and o.topic = $1 and o.dedupe_key = s.id::text
  and (o.failed_at is null and o.done_at is null or coalesce(o.failed_at, o.done_at) > $2))
order by s.number limit 1000
"""
_ANCHORS = """
select a.file_key, s.number from snapshot_anchor a join snapshot s on s.tenant_id = a.tenant_id and s.id = a.snapshot_id
"""
_AUDIT_HEAD = "select number, hash from audit_entry order by number desc limit 1"


class AnchorKeyMissing(Refused):
    """An anchor is signed with the company's key."""

    code = "ANCHOR_KEY_MISSING"
    zh = "公司没有有效的签章证书，无法为快照签发锚点。"
    en = "The company has no valid signing key, so no anchor can be signed."


@dataclass(frozen=True, slots=True)
class AnchorFault:
    """The snapshot, by its number, of which an anchor says something else than the database; the whole chain for 0."""

    number: int


async def anchor_snapshot(
    actor: Actor, snapshot_id: UUID, *, storage: Storage, vault: KeyVault, timestamps: TimestampServers | None = None
) -> SnapshotAnchor:
    """Sign what the chains of snapshots and audit end in, and keep it in the file store; what stands already is returned.

    Where the company's rules name a timestamp server, its stamp is added; while it is away the anchor goes without, and the
    next time that this is asked for the same anchor is kept with its stamp as well.
    """
    from plumb_platform.documents.anchors import make_anchor

    await take_lock("anchor", snapshot_id)
    known = await SnapshotAnchor.filter(snapshot_id=snapshot_id).order_by("-is_timestamped").first()
    if known is not None:
        return known if known.is_timestamped else await _stamped_later(actor, known, storage, timestamps)
    key = await active_signing_key(actor)
    if key is None:
        raise AnchorKeyMissing
    snapshot = await Snapshot.get(id=snapshot_id)
    audit = await fetch_one(_AUDIT_HEAD) or {"number": 0, "hash": ""}
    bare = make_anchor(await _said(actor, snapshot, audit), stored_key(key), company_id=str(actor.tenant_id), vault=vault)
    content = await _stamped(actor, bare, timestamps)
    kept = {"snapshot_id": snapshot.id, "serial": key.serial, "audit_number": audit["number"]}
    return await _keep(actor, content, storage, is_timestamped=content != bare, **kept)


async def _stamped_later(
    actor: Actor, known: SnapshotAnchor, storage: Storage, timestamps: TimestampServers | None
) -> SnapshotAnchor:
    """Keep an anchor that went without a stamp with one as well; it is returned as it is while there is none to be had."""
    bare = await storage.get(known.file_key)
    content = await _stamped(actor, bare, timestamps)
    if content == bare:
        return known
    kept = {"snapshot_id": known.snapshot_id, "serial": known.serial, "audit_number": known.audit_number}
    return await _keep(actor, content, storage, is_timestamped=True, **kept)


async def _keep(actor: Actor, content: bytes, storage: Storage, **known: Any) -> SnapshotAnchor:
    file_key = await storage.put(actor.tenant_id, "anchors", content, suffix="json")
    made = await SnapshotAnchor.create(file_key=file_key, sha256=sha256_hex(content), **known)
    number = await fetch_value("select number from snapshot where id = $1", made.snapshot_id)
    facts = {"number": number, "sha256": made.sha256, "timestamped": made.is_timestamped}
    await record(actor, "snapshot.anchor", "snapshot", made.snapshot_id, after=facts)
    return made


async def _said(actor: Actor, snapshot: Snapshot, audit: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an anchor says: of which company, and what its two chains end in."""
    company = await get_company(actor)
    return {
        "company": {"id": str(company.id), "key": company.key, "name": company.name},
        "snapshot": {
            "id": str(snapshot.id),
            "number": snapshot.number,
            "taken_at": snapshot.taken_at,
            "content_hash": snapshot.content_hash,
            "chain_hash": snapshot.chain_hash,
        },
        "audit": audit,
        "signed_at": now(),
    }


async def _stamped(actor: Actor, bare: bytes, timestamps: TimestampServers | None) -> bytes:
    from plumb_platform.documents.anchors import stamped

    server = (await rules_in_force(actor)).timestamp_server
    if not server or timestamps is None:
        return bare
    try:
        return await stamped(bare, timestamps, server)
    except TimestampUnavailable as problem:
        log.warning("an anchor goes without time stamp", extra={"reason": problem.text("en")})
        return bare


async def requeue_anchors(actor: Actor) -> int:
    """Have every snapshot of the company anchored that is not, or without the stamp that the rules ask for; return how many.

    No snapshot is too old. A job that failed, for whatever reason, or that got no stamp is tried again after an hour: a key that
    had ended is renewed, a store or a timestamp server comes back.
    """
    stamps = bool((await rules_in_force(actor)).timestamp_server)
    lacking = await fetch(_LACKING, ANCHOR_TOPIC, now() - AGAIN, stamps)
    for row in lacking:
        job = await enqueue(actor, ANCHOR_TOPIC, {"snapshot_id": str(row["id"])}, dedupe_key=str(row["id"]))
        if job.failed_at is not None or job.done_at is not None:
            await queue_again(job)
    return len(lacking)


async def broken_anchor(actor: Actor, storage: Storage) -> AnchorFault | None:
    """Return the first snapshot that an anchor in the file store contradicts: changed, cut off, or an audit chain rewritten.

    The files are asked, for whoever rewrites the chain can rewrite the table of anchors as well; an anchor that the table
    names and the store has lost is told too.
    """
    roots, keys = await root_certificates(actor), await storage.keys(actor.tenant_id, "anchors")
    faults = [await _fault(actor, await _content(storage, key), roots) for key in keys]
    there = set(keys)
    faults += [AnchorFault(row["number"]) for row in await fetch(_ANCHORS) if row["file_key"] not in there]
    found = sorted(fault.number for fault in faults if fault is not None)
    return AnchorFault(found[0]) if found else None


async def _content(storage: Storage, key: str) -> bytes:
    try:
        return await storage.get(key)
    except StorageUnavailable:
        raise
    except DomainError:
        return b""  # no longer what its own name says: broken


async def _fault(actor: Actor, content: bytes, roots: list[bytes]) -> AnchorFault | None:
    from plumb_platform.documents.anchors import AnchorBroken, read_anchor

    try:
        anchor = read_anchor(content)
    except AnchorBroken:
        return AnchorFault(0)
    snapshot, audit = anchor.said["snapshot"], anchor.said["audit"]
    if anchor.root not in roots or anchor.said["company"]["id"] != str(actor.tenant_id):
        return AnchorFault(0)
    stands = await fetch_value("select chain_hash from snapshot where number = $1", snapshot["number"])
    entry = await fetch_value("select hash from audit_entry where number = $1", audit["number"]) if audit["number"] else ""
    holds = stands == snapshot["chain_hash"] and entry == audit["hash"]
    return None if holds else AnchorFault(snapshot["number"])
