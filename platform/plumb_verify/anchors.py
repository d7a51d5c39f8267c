"""A company's anchors: signed statements of what its chains ended in, by which a chain that was cut or written anew is found."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from plumb_verify.signatures import Broken
from plumb_verify.stamps import stamp_on
from plumb_verify.statements import is_among, statement

SCHEMA = "plumb.anchor/1"


@dataclass(frozen=True)
class Anchor:
    """What one anchor says: of which company, of which snapshot, of which end of the audit chain, when, and who vouches."""

    company: str
    snapshot: dict[str, Any]
    audit: dict[str, Any]
    signed_at: str
    root: x509.Certificate
    stamped_at: str | None


def read_anchors(files: Sequence[bytes], roots: Sequence[bytes], stamp_roots: Sequence[bytes]) -> list[Anchor]:
    """Return the anchors in files, each proven; raises Broken for one that does not hold or is under none of `roots`."""
    return [_anchor(each, roots, stamp_roots) for each in files]


def anchored(anchors: Sequence[Anchor], company: str, roots: Sequence[bytes]) -> dict[str, Any]:
    """Return what is told of anchors beside a chain of the company with this id; raises Broken for another's, or for two that
    know different things of one place: what was written anew may have been signed anew."""
    if any(each.company != company for each in anchors):
        raise Broken("an anchor is another company's")
    _agree([(f"entry {each.audit['number']}", each.audit["hash"]) for each in anchors])
    _agree([(f"snapshot {each.snapshot['number']}", each.snapshot["chain_hash"]) for each in anchors])
    return {
        "anchors": len(anchors),
        "anchor_roots_sha256": sorted({each.root.fingerprint(hashes.SHA256()).hex() for each in anchors}),
        "root_given": bool(roots),
        "stamped_at": max((each.stamped_at for each in anchors if each.stamped_at), default=None),
    }


def _agree(known: Sequence[tuple[str, str]]) -> None:
    first: dict[str, str] = {}
    for place, proof in known:
        if first.setdefault(place, proof) != proof:
            raise Broken(f"the anchors contradict each other: {place} was written anew between them")


def _anchor(content: bytes, roots: Sequence[bytes], stamp_roots: Sequence[bytes]) -> Anchor:
    found = statement(content, schema=SCHEMA, called="an anchor")
    if roots and not is_among(found.root, roots):
        raise Broken("an anchor is under another root than those that were given")
    token = found.file["timestamp"]
    stamp = stamp_on(b64decode(token), found.signature, stamp_roots) if token else None
    said = found.said
    stamped_at = stamp.at.isoformat() if stamp else None
    return Anchor(said["company"]["id"], said["snapshot"], said["audit"], said["signed_at"], found.root, stamped_at)
