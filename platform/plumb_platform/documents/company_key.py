"""A company's own root and seal certificates, and their private keys encrypted at rest."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

from plumb_platform import clock
from plumb_platform.errors import Refused

ROOT_YEARS, SEAL_YEARS = 20, 3
NONCE_BYTES = 12
NAME_LIMIT = 64
"""Upper bound of a common name in X.520; a longer company name stands whole in the description beside it."""


class KeyLocked(Refused):
    """The private key cannot be opened with the key-encryption key that is set."""

    code = "KEY_LOCKED"
    zh = "无法用当前密钥打开公司签章私钥。"
    en = "The company's sealing key cannot be opened with the present secret key."


@dataclass(frozen=True, slots=True)
class CompanyKey:
    """What is stored for one company: certificates as DER, private keys as AES-256-GCM over PKCS #8."""

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


def make_company_key(company: str, *, company_id: str, wrapping_key: bytes) -> CompanyKey:
    """Return a new P-256 root for `company` and a seal certificate under it.

    `wrapping_key` is 32 bytes; `company_id` is bound to the encrypted keys, so that none opens as another company's.
    """
    root_key = ec.generate_private_key(ec.SECP256R1())
    name = _name(company, "Root")
    root = _builder(name, name, root_key.public_key(), years=ROOT_YEARS)
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root = root.add_extension(_usage(certificates=True), critical=True)
    certificate = root.sign(root_key, hashes.SHA256())
    seal_certificate, seal_key = _issue_seal(company, certificate, root_key)
    return CompanyKey(
        root_certificate=certificate.public_bytes(serialization.Encoding.DER),
        root_key=_locked(root_key, company_id, wrapping_key),
        seal_certificate=seal_certificate.public_bytes(serialization.Encoding.DER),
        seal_key=_locked(seal_key, company_id, wrapping_key),
    )


def renew_seal(key: CompanyKey, company: str, *, company_id: str, wrapping_key: bytes) -> CompanyKey:
    """Return `key` with a fresh seal key under the same root; letters sealed before stay valid (row A26)."""
    root = x509.load_der_x509_certificate(key.root_certificate)
    certificate, seal_key = _issue_seal(company, root, unlock(key.root_key, company_id, wrapping_key))
    return CompanyKey(
        root_certificate=key.root_certificate,
        root_key=key.root_key,
        seal_certificate=certificate.public_bytes(serialization.Encoding.DER),
        seal_key=_locked(seal_key, company_id, wrapping_key),
    )


def unlock(locked: bytes, company_id: str, wrapping_key: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the private key, or raise KEY_LOCKED when it was locked for another company or with another key."""
    try:
        plain = AESGCM(wrapping_key).decrypt(locked[:NONCE_BYTES], locked[NONCE_BYTES:], company_id.encode())
    except (InvalidTag, ValueError) as problem:
        raise KeyLocked from problem
    key = serialization.load_der_private_key(plain, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeyLocked
    return key


def _locked(key: ec.EllipticCurvePrivateKey, company_id: str, wrapping_key: bytes) -> bytes:
    plain = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(wrapping_key).encrypt(nonce, plain, company_id.encode())


def _issue_seal(
    company: str, root: x509.Certificate, root_key: ec.EllipticCurvePrivateKey
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(company, "Letter seal"), root.subject, key.public_key(), years=SEAL_YEARS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(certificates=False), critical=True)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    return builder.add_extension(authority, critical=False).sign(root_key, hashes.SHA256()), key


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
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, company[:NAME_LIMIT]),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"Plumb {purpose}"),
            x509.NameAttribute(NameOID.COMMON_NAME, company[:NAME_LIMIT]),
        ]
    )


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
