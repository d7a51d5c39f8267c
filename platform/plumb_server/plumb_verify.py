"""Checks letters, audit chains and snapshots without server, database or network: this one file and `cryptography` (N16).

    python plumb_verify.py [--root ROOT.pem] [--revocations LIST.json] [--sha256 HEX] [--previous HEX] [--chain HEX] FILE...

A letter (.pdf) is VALID when the company's seal covers the whole file and fits it, its certificate leads to the root, and the
goals that it embeds are whole. Without --root the root that the letter brings along is named by its fingerprint, to be
compared with the company's. --sha256 is the digest of the whole file as the verify page shows it: it also settles files that
were given later time stamps. An audit chain (.jsonl) is walked from its root, a snapshot (.jsonl) is hashed anew and held
against --previous and --chain, the hashes that stand beside it.

A seal does not know what became of the letter later: whether it was revoked is told by the verify page, or by the company's
signed list (/letters/revocations.json) given as --revocations, as of the moment when that list was made.
"""

import argparse
import hashlib
import json
import re
import sys
import zlib
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
EMBEDDED, OBJECTS = (
    re.compile(rb"<<(?:(?!endobj|stream).)*?/" + name + rb"(?:(?!endobj|stream).)*>>\s*stream\r?\n", re.DOTALL)
    for name in (rb"EmbeddedFile\b", rb"ObjStm\b")
)
STATED = re.compile(rb"SHA-256 ([0-9a-f]{64})")
MESSAGE_DIGEST, TIME_STAMP = bytes.fromhex("2a864886f70d010904"), bytes.fromhex("2a864886f70d010910020e")
DIGESTS: dict[bytes, hashes.HashAlgorithm] = {
    bytes.fromhex(f"60864801650304020{last}"): made
    for last, made in ((1, hashes.SHA256()), (2, hashes.SHA384()), (3, hashes.SHA512()))
}
AUDITED = ("at", "actor", "action", "object_type", "object_id", "before", "after", "request_id")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Broken(Exception):
    """What does not hold, in words."""


@dataclass
class Options:
    """What the caller knows besides the file."""

    roots: list[bytes] = field(default_factory=list)
    sha256: str = ""
    previous: str = ""
    chain: str = ""
    revocations: bytes = b""


def verify(content: bytes, options: Options) -> dict[str, Any]:
    """Return what a file is and says; raises Broken with the first thing that does not hold."""
    if content.startswith(b"%PDF-"):
        return verify_letter(content, options)
    head = content.partition(b"\n")[0]
    if b'"schema":"plumb.audit/' in head:
        return verify_audit_chain(content)
    if b'"schema":"plumb.snapshot/' in head:
        return verify_snapshot(content, options)
    raise Broken("neither a letter, an audit chain nor a snapshot")


def verify_letter(pdf: bytes, options: Options) -> dict[str, Any]:
    """Check seal, certificate, coverage and embedded goals of a letter."""
    whole = _digest(pdf)
    if options.sha256 and whole != options.sha256.lower():
        raise Broken(f"the whole file has another digest: {whole}")
    if (found := BYTE_RANGE.search(pdf)) is None:
        raise Broken("no seal")
    first = [int(number) for number in found.groups()]
    sealed, cms = _covered(pdf, first)
    signer = _signed_by(cms, sealed)
    after = len(pdf) - first[2] - first[3]
    if after and not options.sha256:
        raise Broken(f"{after} bytes were added after sealing; give --sha256 to tell whether they are the company's")
    embedded = _goals(pdf[: first[2] + first[3]])
    goals, stamp, root = json.loads(embedded), _stamped_at(signer), _root_of(signer, options.roots)
    as_of = _not_revoked(_digest(embedded), options, root) if options.revocations else None
    return {
        "kind": "letter",
        "number": goals["number"],
        "company": goals["company"]["name"],
        "signers": [goals["parties"][role]["name"] for role in goals["parties"]],
        "sealed_by": signer.certificate.subject.rfc4514_string(),
        "root_sha256": root.fingerprint(hashes.SHA256()).hex(),
        "root_given": bool(options.roots),
        "not_revoked_as_of": as_of,
        "stamped_at": stamp.isoformat() if stamp else None,
        "sha256": whole,
    }


def verify_audit_chain(content: bytes) -> dict[str, Any]:
    """Walk an exported audit chain from its root to its head."""
    lines = [json.loads(line) for line in content.splitlines()]
    head, *entries = lines
    expected = _digest(f"{head['tenant_id']}:{head['company_key']}".encode())
    for place, entry in enumerate(entries, start=1):
        said = {name: entry[name] for name in AUDITED} | {"number": entry["number"]}
        made = _digest(bytes.fromhex(entry["previous_hash"]) + canonical(said))
        if (entry["number"], entry["previous_hash"], entry["hash"]) != (place, expected, made):
            raise Broken(f"entry {place} was changed, removed or moved")
        expected = entry["hash"]
    if (head["number"], head["head"]) != (len(entries), expected):
        raise Broken(f"the chain ends at entry {len(entries)}, its head says {head['number']}")
    return {"kind": "audit chain", "company": head["company_key"], "entries": len(entries), "head": expected}


def verify_snapshot(content: bytes, options: Options) -> dict[str, Any]:
    """Hash a snapshot's rows anew and hold them against the hashes that stand beside it."""
    header, *rows = content.decode().removesuffix("\n").split("\n")
    head = json.loads(header)
    for place, line in enumerate([header, *rows]):
        if canonical(json.loads(line)) != line.encode():
            raise Broken(f"line {place + 1} is not as it was written")
    total = _digest("".join(_digest(row.encode()) for row in rows).encode())
    if not (options.previous and options.chain):
        raise Broken(f"nothing to hold it against: give --previous and --chain (content hash {total})")
    chained = _digest(bytes.fromhex(options.previous) + header.encode() + bytes.fromhex(total))
    if chained != options.chain:
        raise Broken(f"the chain hash of these bytes is {chained}")
    return {"kind": "snapshot", "number": head["number"], "goals": head["goals"], "content_hash": total, "chain_hash": chained}


def canonical(value: Any) -> bytes:
    """Return the one way in which Plumb writes a JSON value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


class Value(NamedTuple):
    """One value of DER: its tag, its body, and all of it."""

    tag: int
    body: bytes
    whole: bytes


@dataclass
class Signer:
    """Whose signature fits, with the certificates that came along and the unsigned attributes."""

    certificate: x509.Certificate
    others: list[x509.Certificate]
    signature: bytes
    unsigned: dict[bytes, Value]
    inner: bytes


def _covered(pdf: bytes, numbers: list[int]) -> tuple[bytes, bytes]:
    start, length, behind, rest = numbers
    gap = pdf[length:behind]
    if start or behind + rest > len(pdf) or gap[:1] + gap[-1:] != b"<>" or not re.fullmatch(rb"[0-9a-fA-F]+", gap[1:-1]):
        raise Broken("the seal does not cover the file up to its own place")
    room = bytes.fromhex(gap[1:-1].decode())
    size = 4 + int.from_bytes(room[2:4], "big")
    if room[:2] != b"\x30\x82" or any(room[size:]):
        raise Broken("something else stands in the seal's place")
    return pdf[:length] + pdf[behind : behind + rest], room[:size]


def _signed_by(cms: bytes, content: bytes | None) -> Signer:
    """Return the signer of a CMS (RFC 5652) over `content`, or over what it encloses; raises Broken."""
    parts = _values(_values(_values(_values(cms)[0].body)[1].body)[0].body)
    enclosed = _values(parts[2].body)
    inner = _values(enclosed[1].body)[0].body if len(enclosed) > 1 else b""
    certificates = [
        x509.load_der_x509_certificate(each.whole) for part in parts if part.tag == 0xA0 for each in _values(part.body)
    ]
    information = _values(_values(parts[-1].body)[0].body)
    serial = int.from_bytes(_values(information[1].body)[1].body, "big", signed=True)
    digest = DIGESTS[_values(information[2].body)[0].body]
    signature = next(each.body for each in information if each.tag == 0x04)
    attributes = next((each for each in information if each.tag == 0xA0), None)
    own = next((each for each in certificates if each.serial_number == serial), None)
    if own is None or attributes is None:
        raise Broken("the signature names no certificate that came along")
    signed = content if content is not None else inner
    if hashlib.new(digest.name, signed).digest() != _attributes(attributes)[MESSAGE_DIGEST].body:
        raise Broken("the sealed bytes were changed")
    _check(own.public_key(), signature, b"\x31" + attributes.whole[1:], digest)
    unsigned = next((_attributes(each) for each in information if each.tag == 0xA1), {})
    return Signer(own, [each for each in certificates if each is not own], signature, unsigned, inner)


def _root_of(signer: Signer, roots: list[bytes]) -> x509.Certificate:
    known = [x509.load_der_x509_certificate(root) for root in roots] or signer.others
    for root in known:
        try:
            signer.certificate.verify_directly_issued_by(root)
            root.verify_directly_issued_by(root)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return root
    raise Broken("the seal's certificate does not lead to the root")


def _not_revoked(goals: str, options: Options, root: x509.Certificate) -> str:
    """Return when the list of revoked letters was made that does not hold a letter; raises Broken when it does, or is not whole.

    The list has to come from the root of the letter, or, where keys were renewed since, from another one of the same company
    that was given.
    """
    found = json.loads(options.revocations)
    said, own, top = found["said"], *(x509.load_der_x509_certificate(b64decode(found[name])) for name in ("certificate", "root"))
    known = [root.fingerprint(hashes.SHA256()), *(hashlib.sha256(each).digest() for each in options.roots)]
    if top.fingerprint(hashes.SHA256()) not in known:
        raise Broken("the list of revoked letters is under another root; give that root too if it is the company's")
    if top.subject != root.subject:
        raise Broken("the list of revoked letters is another company's than the letter")
    try:
        own.verify_directly_issued_by(top)
    except (ValueError, TypeError, InvalidSignature):
        raise Broken("the certificate of the list of revoked letters does not lead to its root") from None
    _check(own.public_key(), b64decode(found["signature"]), canonical(said), hashes.SHA256())
    if said["schema"] != "plumb.revocations/1":
        raise Broken("what was given as --revocations is no list of revoked letters")
    for each in said["revoked"]:
        if each["goals_sha256"] == goals:
            raise Broken(f"the letter was revoked at {each['revoked_at']}")
    return str(said["made_at"])


def _stamped_at(signer: Signer) -> datetime | None:
    """Return the time of the stamp (RFC 3161) on the signature; its server is not judged here."""
    if (found := signer.unsigned.get(TIME_STAMP)) is None:
        return None
    information = _values(_values(_signed_by(found.whole, None).inner)[0].body)
    imprint = _values(information[2].body)
    if imprint[1].body != hashlib.new(DIGESTS[_values(imprint[0].body)[0].body].name, signer.signature).digest():
        raise Broken("the time stamp is on another signature")
    text = next(each.body for each in information if each.tag == 0x18).decode()
    return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _check(key: Any, signature: bytes, signed: bytes, digest: hashes.HashAlgorithm) -> None:
    how = (ec.ECDSA(digest),) if isinstance(key, ec.EllipticCurvePublicKey) else (padding.PKCS1v15(), digest)
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise Broken("a kind of key that is not known here")
    try:
        key.verify(signature, signed, *how)
    except InvalidSignature:
        raise Broken("the signature does not fit") from None


def _goals(pdf: bytes) -> bytes:
    """Return the bytes of the goals that a letter embeds, after their digest was compared."""
    described = b"".join([pdf, *_streams(pdf, OBJECTS)])
    stated = {digest.decode() for digest in STATED.findall(described)}
    for content in _streams(pdf, EMBEDDED):
        goals = json.loads(content)
        if isinstance(goals, dict) and str(goals.get("schema", "")).startswith("plumb.letter/"):
            if _digest(content) not in stated or canonical(goals) != content:
                raise Broken("the embedded goals were changed")
            return content
    raise Broken("no goals are embedded")


def _streams(pdf: bytes, kind: re.Pattern[bytes]) -> Iterator[bytes]:
    """Yield the streams of one kind, unpacked."""
    for found in kind.finditer(pdf):
        raw = pdf[found.end() : pdf.index(b"endstream", found.end())]
        yield zlib.decompressobj().decompress(raw, 1 << 26) if b"/FlateDecode" in found[0] else raw.rstrip(b"\r\n")


def _values(der: bytes) -> list[Value]:
    """Return the DER values that stand one after the other."""
    found, at = [], 0
    while at < len(der):
        start = at + 2
        size = der[at + 1]
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(der[at + 2 : start], "big")
        if start + size > len(der):
            raise Broken("a torn signature")
        found.append(Value(der[at], der[start : start + size], der[at : start + size]))
        at = start + size
    return found


def _attributes(attributes: Value) -> dict[bytes, Value]:
    pairs = [_values(each.body) for each in _values(attributes.body)]
    return {name.body: _values(values.body)[0] for name, values in pairs}


def main() -> int:
    """Check the files that the command line names and return the exit code: 0 when all hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--root", action="append", type=Path, default=[], help="the company's root certificate, PEM or DER")
    for name in ("--sha256", "--previous", "--chain"):
        parser.add_argument(name, default="")
    parser.add_argument("--revocations", type=Path, help="the company's signed list of revoked letters")
    given = parser.parse_args()
    revoked = given.revocations.read_bytes() if given.revocations else b""
    roots = [der_of(each) for each in given.root]
    return report(given.files, Options(roots, given.sha256, given.previous, given.chain, revoked))


def report(files: Sequence[Path], options: Options) -> int:
    """Print one line of JSON for each file and return 0 when all hold, else 1."""
    failed = False
    for file in files:
        try:
            said = {"file": str(file), "status": "VALID"} | verify(file.read_bytes(), options)
        except Exception as problem:  # noqa: BLE001 - whatever a changed byte does to a parser, the file does not hold
            reason = str(problem) if isinstance(problem, Broken) else f"unreadable ({type(problem).__name__})"
            said, failed = {"file": str(file), "status": "BROKEN", "reason": reason}, True
        sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
    return int(failed)


def der_of(path: Path) -> bytes:
    """Return a certificate file as DER."""
    content = path.read_bytes()
    is_pem = b"-----BEGIN" in content
    return x509.load_pem_x509_certificate(content).public_bytes(serialization.Encoding.DER) if is_pem else content


if __name__ == "__main__":
    sys.exit(main())
