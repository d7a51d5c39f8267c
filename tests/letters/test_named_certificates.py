"""Who signed is told by issuer and serial number together, and by the digest that was signed along (RFC 5652, RFC 5035; N16)."""

import re
from datetime import timedelta

import pytest
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from plumb_platform.clock import now
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_tenants.letters.service import verify_upload
from plumb_verify.files import Options, verify
from plumb_verify.signatures import Broken
from support.companies import VAULT
from support.letters_made import Office
from support.sealed_letter import Sealed, offline

STRANGER = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "A stranger")])


def certified(
    subject: x509.Name, owner: ec.EllipticCurvePublicKey, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, serial: int
) -> asn1_x509.Certificate:
    made = x509.CertificateBuilder(issuer, subject, owner, serial, now() - timedelta(days=2), now() + timedelta(days=2))
    return asn1_x509.Certificate.load(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))


def own_of(content: cms.ContentInfo) -> asn1_x509.Certificate:
    """Return the certificate of the seal itself."""
    signed = content["content"]
    named = signed["signer_infos"][0]["sid"].chosen["serial_number"].native
    found: asn1_x509.Certificate = next(each.chosen for each in signed["certificates"] if each.chosen.serial_number == named)
    return found


class Seal:
    """The CMS in the seal's own place, which no signature covers, to be changed and put back."""

    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf
        self._start, self._end = (int(each) for each in re.findall(rb"/ByteRange \[0 (\d+) (\d+) \d+\]", pdf)[0])
        digits = pdf[self._start + 1 : self._end - 1]
        self.content = cms.ContentInfo.load(bytes.fromhex(digits.decode()))
        self.own = own_of(self.content)

    def put(self, *certificates: asn1_x509.Certificate, named: asn1_x509.Certificate) -> bytes:
        """Return the file with these certificates along with the seal, which names one of them."""
        signed = self.content["content"]
        signed["certificates"] = cms.CertificateSet([cms.CertificateChoices("certificate", each) for each in certificates])
        sid = cms.IssuerAndSerialNumber({"issuer": named.issuer, "serial_number": named.serial_number})
        signed["signer_infos"][0]["sid"] = cms.SignerIdentifier("issuer_and_serial_number", sid)
        digits: bytes = self.content.dump().hex().encode()
        room = self._end - self._start - 2
        assert len(digits) <= room
        return b"".join((self._pdf[: self._start + 1], digits.ljust(room, b"0"), self._pdf[self._end - 1 :]))


async def test_a_certificate_of_another_issuer_with_the_same_serial_number_is_not_the_signers(sealed: Sealed) -> None:
    seal, key = Seal(sealed.content), ec.generate_private_key(ec.SECP256R1())
    double = certified(STRANGER, key.public_key(), STRANGER, key, seal.own.serial_number)
    # Beside the signer's own it changes nothing, wherever it stands; named in its place it is not who signed.
    beside = [seal.put(*both, named=seal.own) for both in ((double, seal.own), (seal.own, double))]
    named = seal.put(double, seal.own, named=double)
    only = seal.put(seal.own, named=double)
    assert [offline(each, Options([sealed.root])) for each in beside] == ["VALID", "VALID"]
    with pytest.raises(Broken, match="made with another certificate"):
        verify(named, Options([sealed.root]))
    with pytest.raises(Broken, match="names no certificate that came along"):
        verify(only, Options([sealed.root]))
    for forged in (*beside, named, only):
        assert offline(forged, Options([sealed.root], sealed.digest)) == "BROKEN"
        assert (await verify_upload(forged)).status == "MODIFIED"


async def test_a_signature_stands_for_the_certificate_alone_that_it_was_made_with(office: Office, sealed: Sealed) -> None:
    """The same key under another name, which the company's own root vouches for: whoever signed did not sign as that."""
    seal, system = Seal(sealed.content), office.company.system
    async with tenant_transaction(system):
        stored = bytes(await fetch_value("select root_key from signing_key where active"))
    root = x509.load_der_x509_certificate(sealed.root)
    owner = x509.load_der_x509_certificate(seal.own.dump()).public_key()
    assert isinstance(owner, ec.EllipticCurvePublicKey)
    other = certified(STRANGER, owner, root.subject, VAULT.open(stored, str(system.tenant_id)), 7)
    forged = seal.put(other, named=other)
    with pytest.raises(Broken, match="made with another certificate"):
        verify(forged, Options([sealed.root]))
    assert (await verify_upload(forged)).status == "MODIFIED"
