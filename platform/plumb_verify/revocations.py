"""A company's signed list of revoked letters: digests of goals and times, as of the moment when it was made."""

import hashlib
import json
from base64 import b64decode
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from plumb_verify.canonical import canonical
from plumb_verify.signatures import Broken, check, leads_to

SCHEMA = "plumb.revocations/1"


def not_revoked(goals: str, listed: bytes, root: x509.Certificate, roots: Sequence[bytes]) -> str:
    """Return when the list was made that does not hold a letter by the digest of its goals.

    The list has to come from the root of the letter, or, where keys were renewed since, from another one of the same company
    that was given.
    Raises Broken when it holds the letter, or is not whole.
    """
    found = json.loads(listed)
    said, own, top = found["said"], *(x509.load_der_x509_certificate(b64decode(found[name])) for name in ("certificate", "root"))
    known = [root.fingerprint(hashes.SHA256()), *(hashlib.sha256(each).digest() for each in roots)]
    if top.fingerprint(hashes.SHA256()) not in known:
        raise Broken("the list of revoked letters is under another root; give that root too if it is the company's")
    if top.subject != root.subject:
        raise Broken("the list of revoked letters is another company's than the letter")
    if not leads_to(own, top):
        raise Broken("the certificate of the list of revoked letters does not lead to its root")
    check(own.public_key(), b64decode(found["signature"]), canonical(said), hashes.SHA256())
    if said["schema"] != SCHEMA:
        raise Broken("what was given as --revocations is no list of revoked letters")
    for each in said["revoked"]:
        if each["goals_sha256"] == goals:
            raise Broken(f"the letter was revoked at {each['revoked_at']}")
    return str(said["made_at"])
