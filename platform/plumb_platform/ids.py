"""Identifiers: time-ordered UUIDs for rows, unguessable words for whatever leaves the house."""

import os
import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """Return a version 7 UUID (RFC 9562 section 5.7): milliseconds, 12 bits of their fraction (6.2 method 3), 62 random bits.

    Two of one process stand in the order in which they were made when 250 ns or more lie between them.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    random = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=(milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random)


def unguessable(bits: int = 256) -> str:
    """Return a URL-safe word with `bits` of randomness."""
    return secrets.token_urlsafe(bits // 8)
