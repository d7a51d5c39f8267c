"""A company's signed report of retention: what was destroyed and what was kept, under which rules."""

from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives import hashes

from plumb_verify.canonical import canonical, digest_of
from plumb_verify.signatures import Broken
from plumb_verify.statements import is_among, statement

SCHEMA = "plumb.retention/1"


def verify_report(content: bytes, roots: Sequence[bytes]) -> dict[str, Any]:
    """Check the signature of a report and that its counts are those of what it lists; raises Broken."""
    found = statement(content, schema=SCHEMA, called="a report of retention")
    said, top = found.said, found.root
    if canonical(found.file) != content:
        raise Broken("the report is not as it was written")
    if roots and not is_among(top, roots):
        raise Broken("the report is under another root than those that were given")
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
