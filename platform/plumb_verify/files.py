"""Letters, audit chains, snapshots, reports of retention: what a file is and says, and the first thing that does not hold."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from plumb_verify.anchors import read_anchors
from plumb_verify.canonical import digest_of
from plumb_verify.chains import verify_audit_chain, verify_snapshot
from plumb_verify.embedded import embedded_in
from plumb_verify.retention import verify_report
from plumb_verify.revocations import not_revoked
from plumb_verify.signatures import Broken, Signer, covered, root_of, signed_by
from plumb_verify.stamps import stamp_of

BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
CLAIMED = re.compile(rb"/M\s*\(D:(\d{14})(?:Z|([+-])(\d\d)'(\d\d)'?)")
ESCAPED = re.compile(rb"\\([0-7]{3})")
"""A byte of a string by its number, as pyHanko writes the colon of a time."""
PDF = b"%PDF-"
LARGEST_PDF = 1 << 28


@dataclass
class Options:
    """What the caller knows besides the file."""

    roots: list[bytes] = field(default_factory=list)
    sha256: str = ""
    previous: str = ""
    chain: str = ""
    revocations: bytes = b""
    stamp_roots: list[bytes] = field(default_factory=list)
    anchors: list[bytes] = field(default_factory=list)


def content_of(path: Path) -> bytes:
    """Return the bytes of a file, of what begins like nothing of ours the first alone; raises Broken for a PDF too large."""
    size = path.stat().st_size
    with path.open("rb") as file:
        begins = file.peek()[: len(PDF)]
        if begins == PDF:
            _fits(size)
        return file.read(size if begins == PDF or begins.startswith(b"{") else len(begins))


def verify(content: bytes, options: Options) -> dict[str, Any]:
    """Return what a file is and says; raises Broken with the first thing that does not hold."""
    if content.startswith(PDF):
        return verify_pdf(content, options)
    # All of the first line: the keys of a report stand in their order, and its schema behind every row that it lists.
    head = content.partition(b"\n")[0]
    roots = options.roots
    if b'"schema":"plumb.audit/' in head:
        return verify_audit_chain(content, read_anchors(options.anchors, roots, options.stamp_roots), roots)
    if b'"schema":"plumb.snapshot/' in head:
        anchors = read_anchors(options.anchors, roots, options.stamp_roots)
        return verify_snapshot(content, previous=options.previous, chain=options.chain, anchors=anchors, roots=roots)
    if b'"schema":"plumb.retention/' in head:
        return verify_report(content, roots)
    raise Broken("neither a letter, an audit chain, a snapshot, a report of retention nor an export of a company")


def verify_pdf(pdf: bytes, options: Options) -> dict[str, Any]:
    """Check seal, certificate and coverage of a PDF, and what it embeds: the goals of a letter, or a report of retention."""
    _fits(len(pdf))
    whole = digest_of(pdf)
    if options.sha256 and whole != options.sha256.lower():
        raise Broken(f"the whole file has another digest: {whole}")
    if (found := BYTE_RANGE.search(pdf)) is None:
        raise Broken("no seal")
    first = [int(number) for number in found.groups()]
    sealed, cms = covered(pdf, first)
    signer = signed_by(cms, sealed)
    after = len(pdf) - first[2] - first[3]
    if after and not options.sha256:
        raise Broken(f"{after} bytes were added after sealing; give --sha256 to tell whether they are the company's")
    # Before anything within the file is unpacked: what a stranger sealed may be made to cost.
    stamp, root = stamp_of(signer, options.stamp_roots), root_of(signer, options.roots)
    claimed = _claimed(pdf, first)
    _held(signer, root, stamp.at if stamp and options.stamp_roots else claimed)
    embedded = embedded_in(pdf[: first[2] + first[3]])
    sealed_by = {
        "sealed_by": signer.certificate.subject.rfc4514_string(),
        "root_sha256": root.fingerprint(hashes.SHA256()).hex(),
        "root_given": bool(options.roots),
        "claimed_at": claimed.isoformat() if claimed else None,
        "stamped_at": stamp.at.isoformat() if stamp else None,
        "stamped_by": stamp.by if stamp else None,
        "stamp_root_given": bool(options.stamp_roots),
        "sha256": whole,
    }
    if b'"schema":"plumb.retention/' in embedded:
        return _printed_report(embedded, options, sealed_by)
    goals = json.loads(embedded)
    as_of = not_revoked(digest_of(embedded), options.revocations, root, options.roots) if options.revocations else None
    return sealed_by | {
        "kind": "letter",
        "number": goals["number"],
        "company": goals["company"]["name"],
        "signers": [goals["parties"][role]["name"] for role in goals["parties"]],
        "not_revoked_as_of": as_of,
    }


def _fits(size: int) -> None:
    if size > LARGEST_PDF:
        raise Broken(f"larger than {LARGEST_PDF} bytes: no letter and no report is")


def _printed_report(report: bytes, options: Options, sealed_by: dict[str, Any]) -> dict[str, Any]:
    """Check the signed report within a sealed PDF: both must stand under one root."""
    said = verify_report(report, options.roots)
    if said["root_sha256"] != sealed_by["root_sha256"]:
        raise Broken("the seal and the report within it stand under different roots")
    return said | sealed_by | {"kind": "printed retention report", "report_sha256": said["sha256"]}


def _claimed(pdf: bytes, numbers: list[int]) -> datetime | None:
    """Return when the sealer says that they sealed (ISO 32000-1, table 252), which nobody else vouches for."""
    _, length, behind, _ = numbers
    around = pdf[max(0, pdf.rfind(b"obj", 0, length)) : length] + pdf[behind : pdf.find(b"endobj", behind)]
    plain = ESCAPED.sub(lambda found: bytes([int(found[1], 8) & 0xFF]), around)
    if (found := CLAIMED.search(plain)) is None:
        return None
    at = datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    ahead = timedelta(hours=int(found[3] or 0), minutes=int(found[4] or 0))
    return at + ahead if found[2] == b"-" else at - ahead


def _held(signer: Signer, root: x509.Certificate, at: datetime | None) -> None:
    """Raise Broken unless seal and root held when the letter was sealed, by its stamp or else by what the sealer says."""
    for each, called in ((signer.certificate, "seal"), (root, "root")):
        if at is not None and not each.not_valid_before_utc <= at <= each.not_valid_after_utc:
            raise Broken(f"the certificate of the {called} did not hold at {at.isoformat()}, when the letter was sealed")
