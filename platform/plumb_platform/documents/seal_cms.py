"""The CMS of a seal (RFC 5652, CAdES B-B): made once per key, then only digest and signature are new for each letter."""

import hashlib
from collections.abc import Callable

from asn1crypto import algos, cms, tsp, x509

SEQUENCE, SET, OCTETS, FIRST_FIELD = 0x30, 0x31, 0x04, 0xA0
SIGNATURE_BYTES = 72
"""The longest DER signature by a P-256 key; most are one or two bytes shorter."""


class SealCms:
    """Signs digests of files with one certificate, its root beside it; as PAdES wants, the time stands in the PDF alone."""

    def __init__(self, certificate: bytes, root: bytes, sign: Callable[[bytes], bytes]) -> None:
        """Take both certificates as DER, and what signs bytes by ECDSA with SHA-256."""
        self._sign = sign
        owner = x509.Certificate.load(certificate)
        sha256 = algos.DigestAlgorithm({"algorithm": "sha256"}).dump()
        certificates = b"".join(sorted((certificate, root)))
        data = cms.ContentInfo({"content_type": "data"}).dump()
        # DER sorts a set by its members' bytes; here that is by their length, whatever digest and certificate are.
        self._attributes = (_attribute("content_type", "data"), _attribute("signing_certificate_v2", _named(owner)))
        self._opening = _version(1) + _der(SET, sha256) + data + _der(FIRST_FIELD, certificates)
        self._signer = _version(1) + _issued(owner).dump() + sha256
        self._algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}).dump()
        self.most_bytes = len(self._signed(self._attributes_of(bytes(32)), bytes(SIGNATURE_BYTES)))

    def over(self, digest: bytes) -> bytes:
        """Return the signature over a file of this SHA-256."""
        attributes = self._attributes_of(digest)
        return self._signed(attributes, self._sign(_der(SET, attributes)))

    def _attributes_of(self, digest: bytes) -> bytes:
        content_type, certificate = self._attributes
        return content_type + _der(SEQUENCE, MESSAGE_DIGEST + _der(SET, _der(OCTETS, digest))) + certificate

    def _signed(self, attributes: bytes, signature: bytes) -> bytes:
        signer = self._signer + _der(FIRST_FIELD, attributes) + self._algorithm + _der(OCTETS, signature)
        signed = _der(SEQUENCE, self._opening + _der(SET, _der(SEQUENCE, signer)))
        return _der(SEQUENCE, SIGNED_DATA + _der(FIRST_FIELD, signed))


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    digits = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(digits))) + digits + content


def _version(number: int) -> bytes:
    return bytes((0x02, 1, number))


def _attribute(name: str, value: object) -> bytes:
    dumped: bytes = cms.CMSAttribute({"type": name, "values": [value]}).dump()
    return dumped


def _issued(owner: x509.Certificate) -> cms.IssuerAndSerialNumber:
    return cms.IssuerAndSerialNumber({"issuer": owner.issuer, "serial_number": owner.serial_number})


def _named(owner: x509.Certificate) -> tsp.SigningCertificateV2:
    issuer = [x509.GeneralName("directory_name", owner.issuer)]
    serial = tsp.IssuerSerial({"issuer": issuer, "serial_number": owner.serial_number})
    digest = hashlib.sha256(owner.dump()).digest()
    return tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({"cert_hash": digest, "issuer_serial": serial})]})


MESSAGE_DIGEST = cms.CMSAttributeType("message_digest").dump()
SIGNED_DATA = cms.ContentType("signed_data").dump()
