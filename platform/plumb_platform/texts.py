"""Texts as people give them: what looks alike becomes alike, before anything is compared, kept or hashed."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any

from plumb_platform.errors import InvalidInput

_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff"
"""What shows nothing and comes along when a text is copied: zero-width spaces, joiners and marks, a byte order mark."""

TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What embeds, overrides or isolates the writing direction of what stands after it (UAX #9)."""
_NEVER_IN_A_LINE = frozenset({"Cc", "Co", "Cs", "Zl", "Zp"})
"""Categories of what ends a line, steers a device or has no meaning (UAX #44)."""
LONGEST_PLACE = 200
LONGEST_RUN = 100
"""Marks in a row, as accents are, that Python puts in order in short time; texts have 30 at most (UAX #15, Stream-Safe)."""
_TURNING = re.compile(f"[{''.join(sorted(TURNING))}]")
_TURNING_IN_JSON = re.compile(rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\\u20(?:2[a-eA-E]|6[6-9])")


class TextTurned(InvalidInput):
    """A text reads as it stands: U+202E makes "fdp.exe" look like "exe.pdf", in a name or a reason as in a file's (UTR #36)."""

    code = "TEXT_TURNED"
    zh = "{place} 的第 {position} 个字符是文字方向控制符 {codepoint}，会使显示的内容与实际不符，请删除后重试。"
    en = "Character {position} of {place} is {codepoint}, which turns the writing direction; leave it out and try again."


def may_turn(body: bytes) -> bool:
    """Return whether a body of JSON may hold what turns the writing direction, as it is or escaped: asked of every request."""
    return _TURNING_IN_JSON.search(body) is not None


def refuse_turned(value: Any, *, place: str) -> None:
    """Raise TextTurned for the first text within a value of JSON, or the name of a member, that turns the writing direction."""
    for where, text in _texts_of(value, place):
        if found := _TURNING.search(text):
            point = f"U+{ord(found[0]):04X}"
            raise TextTurned(field=where, place=where, position=found.start() + 1, codepoint=point)


def is_line(text: str) -> bool:
    """Return whether a text is one line that reads as it stands: no control, private-use or turning character, no line break."""
    return not any(each in TURNING or unicodedata.category(each) in _NEVER_IN_A_LINE for each in text)


def as_seen(text: str) -> str:
    """Return a text in Unicode's composed form (UAX #15, NFC), without what shows nothing at either end.

    A Mac sends é as two code points and a page that was copied from adds zero-width spaces: neither makes another
    person, another role or a reason out of nothing.
    """
    if text.isascii():
        return text
    if len(text) > LONGEST_RUN and _runs_of_marks().search(text):
        text = _in_order(text)
    composed = text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
    return composed.strip(_UNSEEN) if composed[0] in _UNSEEN or composed[-1] in _UNSEEN else composed


@cache
def _runs_of_marks() -> re.Pattern[str]:
    """Return what finds a run of marks: characters that begin with a mark when they are taken apart."""
    marks = (chr(code) for code in range(0x300, 0x20000) if unicodedata.combining(unicodedata.normalize("NFD", chr(code))[0]))
    return re.compile(f"[{''.join(marks)}]{{{LONGEST_RUN}}}")


def _in_order(text: str) -> str:
    """Return a text taken apart, its marks in canonical order (UAX #15, D3): `normalize` takes the square of a run's length."""
    apart = "".join(unicodedata.normalize("NFD", character) for character in text)
    runs = groupby(apart, key=lambda character: unicodedata.combining(character) != 0)
    return "".join("".join(sorted(run, key=unicodedata.combining) if is_mark else run) for is_mark, run in runs)


def values_as_seen(value: Any) -> Any:
    """Return a value of JSON with all its texts, and the names of its members, as they are seen."""
    if isinstance(value, str):
        return as_seen(value)
    if isinstance(value, dict):
        return {as_seen(name): values_as_seen(each) for name, each in value.items()}
    return [values_as_seen(each) for each in value] if isinstance(value, list) else value


def _texts_of(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield place, name
            yield from _texts_of(each, f"{place}.{name}"[:LONGEST_PLACE])
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _texts_of(each, f"{place}[{number}]"[:LONGEST_PLACE])


def address_as_known(email: str) -> str:
    """Return an e-mail address as accounts and invitations are known by it: as seen, without space around, in lower case."""
    return as_seen(as_seen(email.strip()).lower().strip())
