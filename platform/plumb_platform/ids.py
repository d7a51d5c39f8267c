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


def uuid7s(count: int) -> list[UUID]:
    """Return version 7 UUIDs of one moment in ascending order: what is made together lists in the order in which it was given."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    moment = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (rest * 4096 // 1_000_000) << 64 | 0b10 << 62
    random = os.urandom(8 * count)
    tails = sorted(int.from_bytes(random[place : place + 8], "big") >> 2 for place in range(0, 8 * count, 8))
    return [UUID(int=moment | tail) for tail in tails]


def unguessable(bits: int = 256) -> str:
    """Return a URL-safe word with `bits` of randomness."""
    return secrets.token_urlsafe(bits // 8)
