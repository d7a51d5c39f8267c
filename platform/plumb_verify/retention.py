"""A company's signed report of retention: what was destroyed and what was kept, under which rules."""

import hashlib
import json
from base64 import b64decode
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from plumb_verify.canonical import canonical, digest_of
from plumb_verify.signatures import Broken, check, leads_to

SCHEMA = "plumb.retention/1"


def verify_report(content: bytes, roots: Sequence[bytes]) -> dict[str, Any]:
    """Check the signature of a report and that its counts are those of what it lists; raises Broken."""
    found = json.loads(content)
    said, own, top = found["said"], *(x509.load_der_x509_certificate(b64decode(found[name])) for name in ("certificate", "root"))
    if canonical(found) != content:
        raise Broken("the report is not as it was written")
    if roots and top.fingerprint(hashes.SHA256()) not in [hashlib.sha256(each).digest() for each in roots]:
        raise Broken("the report is under another root than those that were given")
    if not leads_to(own, top):
        raise Broken("the certificate of the report does not lead to its root")
    check(own.public_key(), b64decode(found["signature"]), canonical(said), hashes.SHA256())
    if said["schema"] != SCHEMA:
        raise Broken("what is signed is no report of retention")
    for category, counted in said["counts"].items():
        listed = sum(each["category"] == category for each in said["destroyed"])
        if listed != sum(counted.get(each, 0) for each in ("rows", "files", "shared", "held")):
            raise Broken(f"the counts of {category} are not those of what is listed")
    return {
        "kind": "retention report",
        "company": said["company"]["name"],
        "run": said["run"]["id"],
        "run_kind": said["run"]["kind"],
        "made_at": said["made_at"],
        "counts": said["counts"],
        "root_sha256": top.fingerprint(hashes.SHA256()).hex(),
        "root_given": bool(roots),
        "sha256": digest_of(content),
    }
