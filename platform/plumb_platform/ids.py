"""Identifiers: time-ordered UUIDs for rows, unguessable words for whatever leaves the house."""

import os
import re
import secrets
import time
from uuid import UUID

STEP = 250
"""Nanoseconds by which two moments differ at least: more than one 4096th of a millisecond."""
JOINED = re.compile("f[fil]|[-_]$")
"""What a word that people read on paper has not: letters that fonts join to one shape, and a sign at its end, which gets lost."""
_latest = [0]


def uuid7() -> UUID:
    """Return a version 7 UUID (RFC 9562 section 5.7): milliseconds, 12 bits of their fraction (6.2 method 3), 62 random bits.

    Those of one process stand in the order in which they were made, also while the clock is set back (6.2): the later of two
    check-ins of a day is the one with the greater id.
    """
    milliseconds, rest = divmod(_moment(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    random = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=(milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random)


def uuid7s(count: int) -> list[UUID]:
    """Return version 7 UUIDs of one moment in ascending order: what is made together lists in the order in which it was given.

    They are of the database driver's kind of UUID, as those are that it reads: made and sent in a fraction of the time.
    """
    from asyncpg.pgproto import pgproto  # not with this module: commands that need no database load it too

    milliseconds, rest = divmod(_moment(), 1_000_000)
    moment = (milliseconds & (1 << 48) - 1) << 16 | 0x7 << 12 | rest * 4096 // 1_000_000
    head = moment.to_bytes(8, "big")
    random = os.urandom(8 * count)
    tails = sorted(int.from_bytes(random[place : place + 8], "big") >> 2 | 1 << 63 for place in range(0, 8 * count, 8))
    return [pgproto.UUID(head + tail.to_bytes(8, "big")) for tail in tails]


def _moment() -> int:
    """Return the system's nanoseconds since 1970, but later than whenever one was asked for before."""
    _latest[0] = max(time.time_ns(), _latest[0] + STEP)
    return _latest[0]


def unguessable(bits: int = 256) -> str:
    """Return a URL-safe word with `bits` of randomness."""
    return secrets.token_urlsafe(bits // 8)


def unguessable_on_paper(bits: int) -> str:
    """Return such a word that is printed letter by letter and copied whole: one word in twenty is drawn again."""
    while JOINED.search(word := unguessable(bits)):
        pass
    return word
