"""Where companies' private keys are: encrypted in the database, or in a PKCS#11 token that never gives them away."""

from typing import TYPE_CHECKING

from plumb_platform.encrypted import Undecryptable, decrypted, encrypted, encrypted_anew
from plumb_platform.errors import Refused, Unavailable
from plumb_platform.settings import SIGNING_KEYS, Settings

if TYPE_CHECKING:
    # 10 MB that only acts with keys need; a process holds a vault from its start.
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from plumb_platform.documents.token_keys import TokenKeys

TOKEN_PREFIX = b"pkcs11:"


class KeyLocked(Refused):
    """The private key cannot be opened with the key-encryption key that is set."""

    code = "KEY_LOCKED"
    zh = "无法用当前密钥打开公司签章私钥。"
    en = "The company's sealing key cannot be opened with the present secret key."


class KeyUnfit(Refused):
    """What a private key signed does not fit the certificate: it is another key, or its token does not work as it should."""

    code = "KEY_UNFIT"
    zh = "签章私钥所作的签名与其证书不符，未予使用；请检查密码设备或更换签章密钥。"
    en = "What the sealing key signed does not fit its certificate and is not used: look at its token, or renew the key."


class TokenUnavailable(Unavailable):
    """The token does not answer; that may pass, or an operator has to look."""

    code = "TOKEN_UNAVAILABLE"
    zh = "签章密码设备不可用（{reason}）。"
    en = "The token that holds the sealing keys is not available ({reason})."


class KeyVault:
    """Makes and opens companies' P-256 keys; what it returns to be stored opens for that company alone.

    New keys go into the token where there is one; keys of before stay where they are.
    """

    def __init__(self, *wrapping_keys: bytes, token: "TokenKeys | None" = None) -> None:
        """Take 32 bytes each that encrypt keys in the database, those for new ones first, and the token."""
        self._wrapping_keys = wrapping_keys
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

    def locked_anew(self, stored: bytes, company_id: str) -> bytes | None:
        """Return what is stored of a key under the wrapping key for new ones; None where nothing is to be done.

        Raises KEY_LOCKED.
        """
        try:
            return None if self.is_in_token(stored) else encrypted_anew(stored, self._wrapping_keys, company_id.encode())
        except Undecryptable as problem:
            raise KeyLocked from problem

    def _locked(self, key: "EllipticCurvePrivateKey", company_id: str) -> bytes:
        from cryptography.hazmat.primitives import serialization

        plain = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return encrypted(plain, self._wrapping_keys, company_id.encode())

    def _unlocked(self, stored: bytes, company_id: str) -> "EllipticCurvePrivateKey":
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        try:
            plain = decrypted(stored, self._wrapping_keys, company_id.encode())
        except Undecryptable as problem:
            raise KeyLocked from problem
        key = serialization.load_der_private_key(plain, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise KeyLocked
        return key


def vault_of(settings: Settings) -> KeyVault:
    """Return the vault of a process: keys in the database, or new ones in the PKCS#11 token that the settings name."""
    wrapping_keys = settings.derived_keys(SIGNING_KEYS)
    if not settings.pkcs11_module:
        return KeyVault(*wrapping_keys)
    from plumb_platform.documents.token_keys import TokenKeys

    pin = settings.pkcs11_pin.get_secret_value()
    return KeyVault(*wrapping_keys, token=TokenKeys(settings.pkcs11_module, token=settings.pkcs11_token, pin=pin))
