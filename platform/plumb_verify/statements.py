"""What a company signed as JSON: reports of retention, lists of revoked letters, anchors; each with its certificate and root."""

import hashlib
import json
from base64 import b64decode
from collections.abc import Sequence
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from plumb_verify.canonical import canonical
from plumb_verify.signatures import Broken, check, leads_to


class Statement(NamedTuple):
    """What is stated, the root that stands behind it, its signature, and all of the file."""

    said: dict[str, Any]
    root: x509.Certificate
    signature: bytes
    file: dict[str, Any]


def statement(content: bytes, *, schema: str, called: str) -> Statement:
    """Return what a file states once its signature fits its certificate and that leads to its root; raises Broken.

    Whose root it is, is for the caller to say: anybody can make a company's name. `called` is what the file should be.
    """
    file = json.loads(content)
    said, own, top = file["said"], *(x509.load_der_x509_certificate(b64decode(file[name])) for name in ("certificate", "root"))
    if not leads_to(own, top):
        raise Broken(f"the certificate of {called} does not lead to its root")
    signature = b64decode(file["signature"])
    check(own.public_key(), signature, canonical(said), hashes.SHA256())
    if said["schema"] != schema:
        raise Broken(f"what is signed is not {called}")
    return Statement(said, top, signature, file)


def is_among(root: x509.Certificate, roots: Sequence[bytes]) -> bool:
    """Return whether a root is one of those that were given (DER)."""
    return root.fingerprint(hashes.SHA256()) in [hashlib.sha256(each).digest() for each in roots]
