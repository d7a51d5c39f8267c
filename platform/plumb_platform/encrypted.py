"""Small secrets at rest: AES-256-GCM (NIST SP 800-38D) under one of the installation's keys, bound to whose they are."""

import os
from dataclasses import dataclass

from plumb_platform.settings import Keys

NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Relocked:
    """How many secrets were encrypted anew, and whose no key opens: one word for each secret."""

    anew: int = 0
    unopened: tuple[str, ...] = ()

    def __add__(self, other: "Relocked") -> "Relocked":
        """Return both together."""
        return Relocked(self.anew + other.anew, self.unopened + other.unopened)


class Undecryptable(ValueError):
    """It was encrypted under none of the keys, or for somebody else, or it was altered."""


def encrypted(plain: bytes, keys: Keys, whose: bytes) -> bytes:
    """Return what is stored of a secret: a fresh nonce of 12 bytes, and the secret with its tag under the first key."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 10 MB that only acts with secrets need

    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(keys[0]).encrypt(nonce, plain, whose)


def decrypted(stored: bytes, keys: Keys, whose: bytes) -> bytes:
    """Return the secret; raises Undecryptable."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    for key in keys:
        try:
            return AESGCM(key).decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], whose)
        except (InvalidTag, ValueError):
            continue
    raise Undecryptable


def encrypted_anew(stored: bytes, keys: Keys, whose: bytes) -> bytes | None:
    """Return the secret under the first key, None where it is under that already; raises Undecryptable."""
    try:
        decrypted(stored, keys[:1], whose)
    except Undecryptable:
        return encrypted(decrypted(stored, keys[1:], whose), keys, whose)
    return None
