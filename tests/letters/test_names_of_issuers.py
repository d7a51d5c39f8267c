"""An issuer is known by its name as RFC 5280 (7.1) compares names, as pyHanko does, and by its signature (N16)."""

from datetime import timedelta

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from plumb_platform.clock import now
from plumb_verify.signatures import leads_to

NAMES = {
    "the same": ("医疗 Root", _ASN1Type.UTF8String, True),
    "case": ("医疗 ROOT", _ASN1Type.UTF8String, True),
    "spaces": (" 医疗   Root ", _ASN1Type.UTF8String, True),
    "type of string": ("医疗 Root", _ASN1Type.BMPString, True),
    "full width": ("医疗 Ｒｏｏｔ", _ASN1Type.UTF8String, True),
    "another": ("医疗 Boot", _ASN1Type.UTF8String, False),
    "a part": ("医疗", _ASN1Type.UTF8String, False),
    "without spaces": ("医疗Root", _ASN1Type.UTF8String, False),
}


def named(text: str, kind: _ASN1Type = _ASN1Type.UTF8String) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, kind)])


def issued(
    subject: x509.Name, owner: ec.EllipticCurvePublicKey, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_root: bool
) -> x509.Certificate:
    made = x509.CertificateBuilder(issuer, subject, owner, 7 + is_root, now() - timedelta(days=1), now() + timedelta(days=9))
    made = made.add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
    return made.sign(key, hashes.SHA256())


async def is_trusted(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    """Return what pyHanko says, by which the server judges."""
    own, trusted = (asn1_x509.Certificate.load(each.public_bytes(serialization.Encoding.DER)) for each in (certificate, root))
    context = ValidationContext(trust_roots=[trusted], allow_fetching=False)
    try:
        await CertificateValidator(own, validation_context=context).async_validate_usage(set())  # type: ignore[no-untyped-call]
    except (PathError, ValidationError):
        return False
    return True


@pytest.mark.parametrize("how", NAMES)
async def test_names_are_compared_as_the_server_compares_them(how: str) -> None:
    text, kind, fits = NAMES[how]
    key, other, owner = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root = issued(named("医疗 Root"), key.public_key(), named("医疗 Root"), key, is_root=True)
    certificate = issued(named("Seal"), owner.public_key(), named(text, kind), key, is_root=False)
    assert (leads_to(certificate, root), await is_trusted(certificate, root)) == (fits, fits)
    forged = issued(named("Seal"), owner.public_key(), named(text, kind), other, is_root=False)
    assert (leads_to(forged, root), await is_trusted(forged, root)) == (False, False)
