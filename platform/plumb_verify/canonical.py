"""The one way in which Plumb writes a JSON value, and the digest that stands beside it."""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """Return the one way in which Plumb writes a JSON value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of bytes in hex."""
    return hashlib.sha256(content).hexdigest()
