"""Texts as people give them: what looks alike becomes alike, before anything is compared, kept or hashed."""

import unicodedata
from typing import Any

_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff"
"""What shows nothing and comes along when a text is copied: zero-width spaces, joiners and marks, a byte order mark."""


def as_seen(text: str) -> str:
    """Return a text in Unicode's composed form (UAX #15, NFC), without what shows nothing at either end.

    A Mac sends é as two code points and a page that was copied from adds zero-width spaces: neither makes another
    person, another role or a reason out of nothing.
    """
    if text.isascii():
        return text
    composed = text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
    return composed.strip(_UNSEEN) if composed[0] in _UNSEEN or composed[-1] in _UNSEEN else composed


def values_as_seen(value: Any) -> Any:
    """Return a value of JSON with all its texts, and the names of its members, as they are seen."""
    if isinstance(value, str):
        return as_seen(value)
    if isinstance(value, dict):
        return {as_seen(name): values_as_seen(each) for name, each in value.items()}
    return [values_as_seen(each) for each in value] if isinstance(value, list) else value


def address_as_known(email: str) -> str:
    """Return an e-mail address as accounts and invitations are known by it: as seen, without space around, in lower case."""
    return as_seen(as_seen(email.strip()).lower().strip())
