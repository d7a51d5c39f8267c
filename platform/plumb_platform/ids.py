"""Identifiers: time-ordered UUIDs for rows, unguessable words for whatever leaves the house."""

import os
import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """Return a version 7 UUID (RFC 9562 section 5.7): 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76
    value |= (random >> 68) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)


def unguessable(bits: int = 256) -> str:
    """Return a URL-safe word with `bits` of randomness."""
    return secrets.token_urlsafe(bits // 8)
