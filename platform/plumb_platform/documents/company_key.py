"""A company's own root and seal certificates, and the root's list of revoked ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plumb_platform import clock
from plumb_platform.documents.key_vault import KeyUnfit, KeyVault

ROOT_YEARS, SEAL_YEARS = 20, 3
NAME_LIMIT = 64
"""Upper bound of names in X.520, in characters; for common names `cryptography` counts the bytes of UTF-8."""
DESCRIPTION = x509.ObjectIdentifier("2.5.4.13")
"""Where a company name that is longer stands whole."""


@dataclass(frozen=True, slots=True)
class CompanyKey:
    """What is stored for one company: certificates as DER, private keys as its `KeyVault` keeps them."""

    root_certificate: bytes
    root_key: bytes
    seal_certificate: bytes
    seal_key: bytes

    @property
    def serial(self) -> str:
        """Return the serial number of the seal certificate in hex."""
        return f"{x509.load_der_x509_certificate(self.seal_certificate).serial_number:x}"

    @property
    def expires_at(self) -> datetime:
        """Return when the seal certificate ends (UTC); no letter may be sealed after that (row A26)."""
        return x509.load_der_x509_certificate(self.seal_certificate).not_valid_after_utc


def signed_by(key: ec.EllipticCurvePrivateKey, owner: ec.EllipticCurvePublicKey, content: bytes) -> bytes:
    """Return the signature of a key over bytes, ECDSA with SHA-256 (DER), proven by its certificate's public key.

    Nothing that a seal is made of is kept without that: a token may hold another key, or fail. Raises KEY_UNFIT.
    """
    signature = key.sign(content, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    try:
        owner.verify(signature, content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as problem:
        raise KeyUnfit from problem
    return signature


def owner_of(certificate: bytes) -> ec.EllipticCurvePublicKey:
    """Return the public key of a company's certificate (DER)."""
    found = x509.load_der_x509_certificate(certificate).public_key()
    if not isinstance(found, ec.EllipticCurvePublicKey):
        raise KeyUnfit
    return found


def make_company_key(company: str, *, company_id: str, vault: KeyVault) -> CompanyKey:
    """Return a new P-256 root for `company` and a seal certificate under it, each proven before it is kept; raises KEY_UNFIT."""
    root_key, stored = vault.make(company_id)
    name = _name(company, "Root")
    root = _builder(name, name, root_key.public_key(), years=ROOT_YEARS)
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root = root.add_extension(_usage(certificates=True), critical=True)
    certificate = root.sign(root_key, hashes.SHA256())
    _prove_issued(certificate, certificate)
    return _with_seal(company, certificate, root_key, stored, company_id=company_id, vault=vault)


def renew_seal(key: CompanyKey, company: str, *, company_id: str, vault: KeyVault) -> CompanyKey:
    """Return `key` with a fresh seal key under the same root; letters sealed before stay valid (row A26). Raises KEY_UNFIT."""
    root = x509.load_der_x509_certificate(key.root_certificate)
    root_key = vault.open(key.root_key, company_id)
    return _with_seal(company, root, root_key, key.root_key, company_id=company_id, vault=vault)


def named_in(subject: Mapping[str, Any]) -> str | None:
    """Return the name in a certificate's subject, given by attribute as asn1crypto does: a company's of ours is whole."""
    common, whole = subject.get("common_name"), subject.get(DESCRIPTION.dotted_string) or subject.get("organization_name")
    return whole if isinstance(whole, str) and isinstance(common, str) and whole.startswith(common) else common


def outlives_a_seal(root_certificate: bytes) -> bool:
    """Return whether a root (DER) holds for as long as a seal certificate made now would."""
    ends = x509.load_der_x509_certificate(root_certificate).not_valid_after_utc
    return ends >= clock.now() + timedelta(days=365 * SEAL_YEARS)


def revocation_list(key: CompanyKey, *, company_id: str, vault: KeyVault) -> bytes:
    """Return the root's signed list of revoked certificates (DER): none, until the root itself ends.

    A letter of the level B-LT or B-LTA carries it, as the standard wants of every certificate on the way to the root.
    Raises KEY_LOCKED, KEY_UNFIT, TOKEN_UNAVAILABLE.
    """
    root = x509.load_der_x509_certificate(key.root_certificate)
    made = x509.CertificateRevocationListBuilder().issuer_name(root.subject)
    made = made.last_update(clock.now()).next_update(root.not_valid_after_utc).add_extension(x509.CRLNumber(1), critical=False)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key())  # type: ignore[arg-type]  # ours is P-256
    made = made.add_extension(identifier, critical=False)
    signed = made.sign(vault.open(key.root_key, company_id), hashes.SHA256())
    if not signed.is_signature_valid(owner_of(key.root_certificate)):
        raise KeyUnfit
    return signed.public_bytes(serialization.Encoding.DER)


def _with_seal(
    company: str,
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    stored_root_key: bytes,
    *,
    company_id: str,
    vault: KeyVault,
) -> CompanyKey:
    key, stored = vault.make(company_id)
    builder = _builder(_name(company, "Letter seal"), root.subject, key.public_key(), years=SEAL_YEARS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(certificates=False), critical=True)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    certificate = builder.add_extension(authority, critical=False).sign(root_key, hashes.SHA256())
    _prove_issued(certificate, root)
    # A seal key that does not fit its certificate would be found at the first letter, when the one before is retired already.
    signed_by(key, owner_of(certificate.public_bytes(serialization.Encoding.DER)), certificate.tbs_certificate_bytes)
    return CompanyKey(
        root_certificate=root.public_bytes(serialization.Encoding.DER),
        root_key=stored_root_key,
        seal_certificate=certificate.public_bytes(serialization.Encoding.DER),
        seal_key=stored,
    )


def _prove_issued(certificate: x509.Certificate, root: x509.Certificate) -> None:
    """Raise KEY_UNFIT unless the key of the root's own certificate signed the other: its private key may be of another pair."""
    try:
        certificate.verify_directly_issued_by(root)
    except InvalidSignature as problem:
        raise KeyUnfit from problem


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, *, years: int
) -> x509.CertificateBuilder:
    now = clock.now()
    return (
        x509.CertificateBuilder(issuer, subject, public_key, x509.random_serial_number())
        # A day of grace for verifiers whose clocks run behind.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _name(company: str, purpose: str) -> x509.Name:
    attributes = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, company[:NAME_LIMIT]),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"Plumb {purpose}"),
        x509.NameAttribute(NameOID.COMMON_NAME, company.encode()[:NAME_LIMIT].decode(errors="ignore")),
    ]
    return x509.Name(attributes + ([x509.NameAttribute(DESCRIPTION, company)] if len(company) > NAME_LIMIT else []))


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=not certificates,
        key_cert_sign=certificates,
        crl_sign=certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
