"""Where companies' private keys are: encrypted in the database, or in a PKCS#11 token that never gives them away."""

import os
from typing import TYPE_CHECKING

from plumb_platform.errors import Refused, Unavailable
from plumb_platform.settings import SIGNING_KEYS, Settings

if TYPE_CHECKING:
    # 10 MB that only acts with keys need; a process holds a vault from its start.
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from plumb_platform.documents.token_keys import TokenKeys

NONCE_BYTES = 12
TOKEN_PREFIX = b"pkcs11:"


class KeyLocked(Refused):
    """The private key cannot be opened with the key-encryption key that is set."""

    code = "KEY_LOCKED"
    zh = "无法用当前密钥打开公司签章私钥。"
    en = "The company's sealing key cannot be opened with the present secret key."


class TokenUnavailable(Unavailable):
    """The token does not answer; that may pass, or an operator has to look."""

    code = "TOKEN_UNAVAILABLE"
    zh = "签章密码设备不可用（{reason}）。"
    en = "The token that holds the sealing keys is not available ({reason})."


class KeyVault:
    """Makes and opens companies' P-256 keys; what it returns to be stored opens for that company alone.

    New keys go into the token where there is one; keys of before stay where they are.
    """

    def __init__(self, wrapping_key: bytes, token: "TokenKeys | None" = None) -> None:
        """Take the 32 bytes that encrypt keys in the database, and the token."""
        self._wrapping_key = wrapping_key
        self._token = token

    def make(self, company_id: str) -> "tuple[EllipticCurvePrivateKey, bytes]":
        """Return a new key and what is stored of it: AES-256-GCM over PKCS #8, or its place in the token."""
        if self._token is not None:
            key, place = self._token.make(company_id)
            return key, TOKEN_PREFIX + place
        from cryptography.hazmat.primitives.asymmetric import ec

        made = ec.generate_private_key(ec.SECP256R1())
        return made, self._locked(made, company_id)

    def open(self, stored: bytes, company_id: str) -> "EllipticCurvePrivateKey":
        """Return the private key; raises KEY_LOCKED when it is another company's or another secret's, TOKEN_UNAVAILABLE."""
        if not self.is_in_token(stored):
            return self._unlocked(stored, company_id)
        if self._token is None:
            raise KeyLocked
        return self._token.open(stored.removeprefix(TOKEN_PREFIX), company_id)

    @staticmethod
    def is_in_token(stored: bytes) -> bool:
        """Return whether a stored key names one in a token, which may be slow to answer."""
        return stored.startswith(TOKEN_PREFIX)

    def _locked(self, key: "EllipticCurvePrivateKey", company_id: str) -> bytes:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        plain = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self._wrapping_key).encrypt(nonce, plain, company_id.encode())

    def _unlocked(self, stored: bytes, company_id: str) -> "EllipticCurvePrivateKey":
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            plain = AESGCM(self._wrapping_key).decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], company_id.encode())
        except (InvalidTag, ValueError) as problem:
            raise KeyLocked from problem
        key = serialization.load_der_private_key(plain, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise KeyLocked
        return key


def vault_of(settings: Settings) -> KeyVault:
    """Return the vault of a process: keys in the database, or new ones in the PKCS#11 token that the settings name."""
    wrapping_key = settings.derived_key(SIGNING_KEYS)
    if not settings.pkcs11_module:
        return KeyVault(wrapping_key)
    from plumb_platform.documents.token_keys import TokenKeys

    pin = settings.pkcs11_pin.get_secret_value()
    return KeyVault(wrapping_key, TokenKeys(settings.pkcs11_module, token=settings.pkcs11_token, pin=pin))
