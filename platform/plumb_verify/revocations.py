"""A company's signed list of revoked letters: digests of goals and times, as of the moment when it was made."""

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from plumb_verify.signatures import Broken
from plumb_verify.statements import is_among, statement

SCHEMA = "plumb.revocations/1"


def not_revoked(goals: str, listed: bytes, root: x509.Certificate, roots: Sequence[bytes]) -> str:
    """Return when the list was made that does not hold a letter by the digest of its goals.

    The list has to come from the root of the letter, or, where keys were renewed since, from another one of the same company
    that was given.
    Raises Broken when it holds the letter, or is not whole.
    """
    said, top, *_ = statement(listed, schema=SCHEMA, called="a list of revoked letters")
    if top.fingerprint(hashes.SHA256()) != root.fingerprint(hashes.SHA256()) and not is_among(top, roots):
        raise Broken("the list of revoked letters is under another root; give that root too if it is the company's")
    if top.subject != root.subject:
        raise Broken("the list of revoked letters is another company's than the letter")
    for each in said["revoked"]:
        if each["goals_sha256"] == goals:
            raise Broken(f"the letter was revoked at {each['revoked_at']}")
    return str(said["made_at"])
