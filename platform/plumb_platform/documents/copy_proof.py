"""The proof within a marked copy that it was handed out here, as it is, and of which file: verifying can say so (A57)."""

import hashlib
import hmac
import re

from plumb_platform.settings import Keys

NAME = "/PlumbCopy"
BARE = "0" * 64
"""What stands in the trailer of a copy until it is proven."""
_PROOF = re.compile(rb"/PlumbCopy \(([0-9a-f]{64})\)")


def proven(copy: bytes, key: bytes, file_key: str) -> bytes:
    """Return a bare copy with the proof that it is one of the file under `file_key`, by this server's `key`."""
    place = _place(copy)
    if place is None:
        raise ValueError("not a copy that has a place for its proof")
    return copy[: place.start(1)] + _mac(copy, key, file_key) + copy[place.end(1) :]


def is_proven(file: bytes, keys: Keys, file_key: str) -> bool:
    """Return whether a file is, byte for byte, a copy that was made here of the file under `file_key`."""
    place = _place(file)
    if place is None:
        return False
    bare = file[: place.start(1)] + BARE.encode() + file[place.end(1) :]
    return any(hmac.compare_digest(place[1], _mac(bare, key, file_key)) for key in keys)


def _place(file: bytes) -> re.Match[bytes] | None:
    """Return where the proof stands: in the trailer, behind whatever a picture or an attachment of the letter may hold."""
    return max(_PROOF.finditer(file), key=re.Match.start, default=None)


def _mac(bare: bytes, key: bytes, file_key: str) -> bytes:
    said = f"plumb.copy/1\n{file_key}\n{hashlib.sha256(bare).hexdigest()}"
    return hmac.digest(key, said.encode(), hashlib.sha256).hex().encode()
