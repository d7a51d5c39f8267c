"""Audit chains and snapshots: hashed anew, and held against anchors where any are given."""

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from plumb_verify.anchors import Anchor, anchored
from plumb_verify.canonical import canonical, digest_of
from plumb_verify.signatures import Broken

AUDITED = ("at", "actor", "action", "object_type", "object_id", "before", "after", "request_id")
SNAPSHOT_ROOT = "plumb.snapshot/1"


def verify_audit_chain(content: bytes, anchors: Sequence[Anchor], roots: Sequence[bytes]) -> dict[str, Any]:
    """Walk an exported audit chain from its root to its head; raises Broken.

    The head stands in the file itself: whoever cuts the chain writes another. What an anchor knows they cannot.
    """
    # A line at a time: the entries of years, all unpacked at once, would take ten times the room of the file.
    lines = _lines(content, "entry")
    head, place = next(lines), 0
    told = anchored(anchors, head["tenant_id"], roots)
    expected = digest_of(f"{head['tenant_id']}:{head['company_key']}".encode())
    ends = {each.audit["number"]: each for each in anchors if each.audit["number"]}
    for place, entry in enumerate(lines, start=1):
        said = {name: entry[name] for name in AUDITED} | {"number": entry["number"]}
        made = digest_of(bytes.fromhex(entry["previous_hash"]) + canonical(said))
        proof = entry["number"], entry["previous_hash"], entry["hash"]
        if proof != (place, expected, made) or len(entry) != len(said) + 2:
            raise Broken(f"entry {place} was changed, removed or moved")
        expected = entry["hash"]
        if place in ends and ends[place].audit["hash"] != expected:
            raise Broken(f"the chain was written anew: an anchor of {ends[place].signed_at} knows another entry {place}")
    if (head["number"], head["head"]) != (place, expected):
        raise Broken(f"the chain ends at entry {place}, its head says {head['number']}")
    if ends and max(ends) > place:
        last = ends[max(ends)]
        raise Broken(
            f"the chain ends at entry {place}, and an anchor of {last.signed_at} knows entry {max(ends)}: it was cut off"
        )
    found = {"kind": "audit chain", "company": head["company_key"], "entries": place, "head": expected}
    return found | told | {"anchored_to": max(ends, default=None)}


def verify_snapshot(
    content: bytes, *, previous: str, chain: str, anchors: Sequence[Anchor], roots: Sequence[bytes]
) -> dict[str, Any]:
    """Hash a snapshot's rows anew and hold them against hashes that are given, or that anchors know; raises Broken."""
    whole = content.removesuffix(b"\n")
    header, rows = whole.partition(b"\n")[0], _rows(whole)
    head = json.loads(next(rows))
    number, company = head["number"], head["company"]["id"]
    told, known = anchored(anchors, company, roots), {each.snapshot["number"]: each for each in anchors}
    hashed = io.BytesIO()
    for row in rows:
        hashed.write(digest_of(row).encode())
    total = digest_of(hashed.getvalue())
    before, own = known.get(number - 1), known.get(number)
    first = digest_of(f"{SNAPSHOT_ROOT}:{company}".encode()) if number == 1 else ""
    previous = previous or (before.snapshot["chain_hash"] if before else first)
    if not (previous and (chain or own)):
        wanted = "give --previous and --chain, or the anchors of the snapshot and of the one before it as --anchor"
        raise Broken(f"nothing to hold it against: {wanted} (content hash {total})")
    chained = digest_of(bytes.fromhex(previous) + header + bytes.fromhex(total))
    if chain and chained != chain:
        raise Broken(f"the chain hash of these bytes is {chained}")
    if own and chained != own.snapshot["chain_hash"]:
        raise Broken(f"an anchor of {own.signed_at} knows another snapshot {number}; the chain hash of these bytes is {chained}")
    found = {"kind": "snapshot", "number": number, "goals": head["goals"], "content_hash": total, "chain_hash": chained}
    return found | told | {"anchored_to": number if own else None}


def _rows(content: bytes) -> Iterator[bytes]:
    """Yield the lines of a snapshot, each as it must have been written."""
    for place, line in enumerate(_split(content), start=1):
        if canonical(json.loads(line)) != line:
            raise Broken(f"line {place} is not as it was written")
        yield line


def _lines(content: bytes, called: str) -> Iterator[dict[str, Any]]:
    """Yield the lines of a chain as values, each as it must have been written: what no hash covers may not stand there."""
    for place, line in enumerate(_split(content.removesuffix(b"\n"))):
        found = json.loads(line)
        if canonical(found) != line:
            raise Broken(f"{called} {place} is not as it was written" if place else "the head is not as it was written")
        yield found


def _split(content: bytes) -> Iterator[bytes]:
    at = 0
    while (end := content.find(b"\n", at)) >= 0:
        yield content[at:end]
        at = end + 1
    yield content[at:]
