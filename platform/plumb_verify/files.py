"""Letters, audit chains, snapshots, reports of retention: what a file is and says, and the first thing that does not hold."""

import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes

from plumb_verify.canonical import canonical, digest_of
from plumb_verify.retention import verify_report
from plumb_verify.revocations import not_revoked
from plumb_verify.signatures import Broken, covered, root_of, signed_by
from plumb_verify.stamps import stamp_of

BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
EMBEDDED, OBJECTS = (
    re.compile(rb"<<(?:(?!endobj|stream).)*?/" + name + rb"(?:(?!endobj|stream).)*>>\s*stream\r?\n", re.DOTALL)
    for name in (rb"EmbeddedFile\b", rb"ObjStm\b")
)
STATED = re.compile(rb"SHA-256 ([0-9a-f]{64})")
AUDITED = ("at", "actor", "action", "object_type", "object_id", "before", "after", "request_id")


@dataclass
class Options:
    """What the caller knows besides the file."""

    roots: list[bytes] = field(default_factory=list)
    sha256: str = ""
    previous: str = ""
    chain: str = ""
    revocations: bytes = b""
    stamp_roots: list[bytes] = field(default_factory=list)


def verify(content: bytes, options: Options) -> dict[str, Any]:
    """Return what a file is and says; raises Broken with the first thing that does not hold."""
    if content.startswith(b"%PDF-"):
        return verify_pdf(content, options)
    head = content.partition(b"\n")[0]
    if b'"schema":"plumb.audit/' in head:
        return verify_audit_chain(content)
    if b'"schema":"plumb.snapshot/' in head:
        return verify_snapshot(content, options)
    if b'"schema":"plumb.retention/' in head:
        return verify_report(content, options.roots)
    raise Broken("neither a letter, an audit chain, a snapshot, a report of retention nor an export of a company")


def verify_pdf(pdf: bytes, options: Options) -> dict[str, Any]:
    """Check seal, certificate and coverage of a PDF, and what it embeds: the goals of a letter, or a report of retention."""
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
    embedded = _embedded(pdf[: first[2] + first[3]])
    stamp, root = stamp_of(signer, options.stamp_roots), root_of(signer, options.roots)
    sealed_by = {
        "sealed_by": signer.certificate.subject.rfc4514_string(),
        "root_sha256": root.fingerprint(hashes.SHA256()).hex(),
        "root_given": bool(options.roots),
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


def _printed_report(report: bytes, options: Options, sealed_by: dict[str, Any]) -> dict[str, Any]:
    """Check the signed report within a sealed PDF: both must stand under one root."""
    said = verify_report(report, options.roots)
    if said["root_sha256"] != sealed_by["root_sha256"]:
        raise Broken("the seal and the report within it stand under different roots")
    return said | sealed_by | {"kind": "printed retention report", "report_sha256": said["sha256"]}


def verify_audit_chain(content: bytes) -> dict[str, Any]:
    """Walk an exported audit chain from its root to its head."""
    # A line at a time: the entries of years, all unpacked at once, would take ten times the room of the file.
    lines = (json.loads(line) for line in io.BytesIO(content))
    head, place = next(lines), 0
    expected = digest_of(f"{head['tenant_id']}:{head['company_key']}".encode())
    for place, entry in enumerate(lines, start=1):
        said = {name: entry[name] for name in AUDITED} | {"number": entry["number"]}
        made = digest_of(bytes.fromhex(entry["previous_hash"]) + canonical(said))
        if (entry["number"], entry["previous_hash"], entry["hash"]) != (place, expected, made):
            raise Broken(f"entry {place} was changed, removed or moved")
        expected = entry["hash"]
    if (head["number"], head["head"]) != (place, expected):
        raise Broken(f"the chain ends at entry {place}, its head says {head['number']}")
    return {"kind": "audit chain", "company": head["company_key"], "entries": place, "head": expected}


def verify_snapshot(content: bytes, options: Options) -> dict[str, Any]:
    """Hash a snapshot's rows anew and hold them against the hashes that stand beside it."""
    header, *rows = content.decode().removesuffix("\n").split("\n")
    head = json.loads(header)
    for place, line in enumerate([header, *rows]):
        if canonical(json.loads(line)) != line.encode():
            raise Broken(f"line {place + 1} is not as it was written")
    total = digest_of("".join(digest_of(row.encode()) for row in rows).encode())
    if not (options.previous and options.chain):
        raise Broken(f"nothing to hold it against: give --previous and --chain (content hash {total})")
    chained = digest_of(bytes.fromhex(options.previous) + header.encode() + bytes.fromhex(total))
    if chained != options.chain:
        raise Broken(f"the chain hash of these bytes is {chained}")
    return {"kind": "snapshot", "number": head["number"], "goals": head["goals"], "content_hash": total, "chain_hash": chained}


def _embedded(pdf: bytes) -> bytes:
    """Return the bytes of the goals or the report that a PDF embeds, after their digest was compared."""
    described = b"".join([pdf, *_streams(pdf, OBJECTS)])
    stated = {digest.decode() for digest in STATED.findall(described)}
    for content in _streams(pdf, EMBEDDED):
        found = json.loads(content)
        said = found.get("said", found) if isinstance(found, dict) else {}
        if str(said.get("schema", "")).startswith(("plumb.letter/", "plumb.retention/")):
            if digest_of(content) not in stated or canonical(found) != content:
                raise Broken("what is embedded was changed")
            return content
    raise Broken("neither goals nor a report are embedded")


def _streams(pdf: bytes, kind: re.Pattern[bytes]) -> Iterator[bytes]:
    """Yield the streams of one kind, unpacked."""
    for found in kind.finditer(pdf):
        raw = pdf[found.end() : pdf.index(b"endstream", found.end())]
        yield zlib.decompressobj().decompress(raw, 1 << 26) if b"/FlateDecode" in found[0] else raw.rstrip(b"\r\n")
