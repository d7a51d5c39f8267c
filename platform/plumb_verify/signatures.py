"""Signatures (CMS, RFC 5652) over a PDF, and their certificates, by `cryptography` alone."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

MESSAGE_DIGEST, SIGNING_CERTIFICATE = bytes.fromhex("2a864886f70d010904"), bytes.fromhex("2a864886f70d010910022f")
"""What a signature says of what it signs, and of the certificate that it is made with (ESS, RFC 5035)."""
DIGESTS: dict[bytes, hashes.HashAlgorithm] = {
    bytes.fromhex(f"60864801650304020{last}"): made
    for last, made in ((1, hashes.SHA256()), (2, hashes.SHA384()), (3, hashes.SHA512()))
}
DIGITS = re.compile(rb"[0-9a-f]+|[0-9A-F]+")
"""Hexadecimal digits of a seal: of one case, as both ways of sealing write them."""


class Broken(Exception):
    """What does not hold, in words."""


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


def covered(pdf: bytes, numbers: list[int]) -> tuple[bytes, bytes]:
    """Return the bytes that a seal covers by its ByteRange, and the CMS in its place."""
    start, length, behind, rest = numbers
    gap = pdf[length:behind]
    if start or behind + rest > len(pdf) or gap[:1] + gap[-1:] != b"<>" or not DIGITS.fullmatch(gap[1:-1]):
        raise Broken("the seal does not cover the file up to its own place")
    room = bytes.fromhex(gap[1:-1].decode())
    size = 4 + int.from_bytes(room[2:4], "big")
    if room[:2] != b"\x30\x82" or room[size:].strip(b"\0"):
        raise Broken("something else stands in the seal's place")
    return pdf[:length] + pdf[behind : behind + rest], room[:size]


def signed_by(cms: bytes, content: bytes | None) -> Signer:
    """Return the signer of a CMS (RFC 5652) over `content`, or over what it encloses; raises Broken."""
    parts = values(values(values(values(cms)[0].body)[1].body)[0].body)
    enclosed = values(parts[2].body)
    inner = values(enclosed[1].body)[0].body if len(enclosed) > 1 else b""
    certificates = [
        x509.load_der_x509_certificate(each.whole) for part in parts if part.tag == 0xA0 for each in values(part.body)
    ]
    information = values(values(parts[-1].body)[0].body)
    digest = DIGESTS[values(information[2].body)[0].body]
    signature = next(each.body for each in information if each.tag == 0x04)
    attributes = next((each for each in information if each.tag == 0xA0), None)
    # A serial number alone names nobody: every issuer counts for itself.
    named = [each.whole for each in values(information[1].body)]
    own = next((each for each in certificates if _name_of(each) == named), None)
    if own is None or attributes is None:
        raise Broken("the signature names no certificate that came along")
    signed, said = content if content is not None else inner, _attributes(attributes)
    if hashlib.new(digest.name, signed).digest() != said[MESSAGE_DIGEST].body:
        raise Broken("the sealed bytes were changed")
    if SIGNING_CERTIFICATE in said and not _is_meant(own, said[SIGNING_CERTIFICATE]):
        raise Broken("the signature was made with another certificate")
    check(own.public_key(), signature, b"\x31" + attributes.whole[1:], digest)
    unsigned = next((_attributes(each) for each in information if each.tag == 0xA1), {})
    return Signer(own, [each for each in certificates if each is not own], signature, unsigned, inner)


def root_of(signer: Signer, roots: Sequence[bytes]) -> x509.Certificate:
    """Return the root that a signer's certificate leads to: one of those given (DER), or else one that came along."""
    known = [x509.load_der_x509_certificate(root) for root in roots] or signer.others
    for root in known:
        if leads_to(signer.certificate, root) and leads_to(root, root):
            return root
    raise Broken("the seal's certificate does not lead to the root")


def leads_to(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    """Return whether the root itself issued a certificate: by its name (RFC 5280, 7.1) and by its signature."""
    with suppress(ValueError, TypeError, InvalidSignature):
        certificate.verify_directly_issued_by(root)
        return True
    # What is above compares names byte by byte.
    digest = certificate.signature_hash_algorithm
    if digest is None or _told_apart(certificate.issuer) != _told_apart(root.subject):
        return False
    try:
        check(root.public_key(), certificate.signature, certificate.tbs_certificate_bytes, digest)
    except Broken:
        return False
    return True


def check(key: Any, signature: bytes, signed: bytes, digest: hashes.HashAlgorithm) -> None:
    """Raise Broken unless a signature over bytes fits a public key."""
    how = (ec.ECDSA(digest),) if isinstance(key, ec.EllipticCurvePublicKey) else (padding.PKCS1v15(), digest)
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise Broken("a kind of key that is not known here")
    try:
        key.verify(signature, signed, *how)
    except InvalidSignature:
        raise Broken("the signature does not fit") from None


def values(der: bytes) -> list[Value]:
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


def _told_apart(name: x509.Name) -> list[set[tuple[str, str | bytes]]]:
    """Return what names differ by: neither case, nor runs of spaces, nor the type of a string count (RFC 5280, 7.1).

    An authority writes its name alike in all it issues (4.1.2.6), but who stamps time may have one that does not.
    """
    return [{(each.oid.dotted_string, _folded(each.value)) for each in part} for part in name.rdns]


def _folded(value: str | bytes) -> str | bytes:
    return value if isinstance(value, bytes) else " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def _name_of(certificate: x509.Certificate) -> list[bytes]:
    """Return issuer and serial number as they are written, by which a signature names a certificate (RFC 5652, 10.2.4)."""
    serial, _, issuer, *_ = (each for each in values(values(certificate.tbs_certificate_bytes)[0].body) if each.tag != 0xA0)
    return [issuer.whole, serial.whole]


def _is_meant(certificate: x509.Certificate, signing_certificate: Value) -> bool:
    """Return whether a certificate has the first digest in a signing-certificate-v2 attribute."""
    first = values(values(values(signing_certificate.body)[0].body)[0].body)
    digest = DIGESTS[values(first[0].body)[0].body] if first[0].tag == 0x30 else hashes.SHA256()
    return certificate.fingerprint(digest) == next(each.body for each in first if each.tag == 0x04)


def _attributes(attributes: Value) -> dict[bytes, Value]:
    pairs = [values(each.body) for each in values(attributes.body)]
    return {name.body: values(given.body)[0] for name, given in pairs}
