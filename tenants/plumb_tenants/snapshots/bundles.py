"""Bundles: up to LINES lines of a snapshot as one deflated text, with goal, owner and hash of each beside it; pure.

A line is canonical JSON and holds no line feed, so that a line feed stands between two of them. A line's hash and the content
hash are made of the lines, never of deflated bytes: level and version of deflate may change (decision 17).
"""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from deflate import zlib_compress

LINES, LEVEL = 1000, 1


class Line(NamedTuple):
    """A line on its way into a bundle: goal and owner if it has any, and its bytes."""

    goal_id: UUID | None
    owner_id: UUID | None
    content: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as it is kept; `first` is the ordinal of its first line, `size` the bytes of its text, `digest` of `packed`."""

    first: int
    goal_ids: list[UUID | None]
    owner_ids: list[UUID | None]
    hashes: list[bytes]
    size: int
    packed: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Lines that follow each other, as far as they can be read; `is_sound` is false where the kept bytes are not as they were."""

    first: int
    goal_ids: Sequence[UUID | None]
    owner_ids: Sequence[UUID | None] | None
    hashes: Sequence[bytes]
    contents: Sequence[str]
    is_sound: bool = True

    @property
    def last(self) -> int:
        """Return the ordinal of the last line that it should hold."""
        return self.first + len(self.hashes) - 1


def pack(first: int, lines: Sequence[Line | tuple[Any, ...]]) -> Bundle:
    """Hash each line and deflate all of them as one text; a line is a Line, or a row with the same columns."""
    goal_ids, owner_ids, contents = (list(column) for column in zip(*lines, strict=True))
    text = b"\n".join(contents)
    packed = bytes(zlib_compress(text, LEVEL))
    return Bundle(
        first=first,
        goal_ids=goal_ids,
        owner_ids=owner_ids,
        hashes=[hashlib.sha256(content).digest() for content in contents],
        size=len(text),
        packed=packed,
        digest=hashlib.sha256(packed).digest(),
    )


def unpack(row: Mapping[str, Any]) -> Page:
    """Return the lines of a bundle as it is kept; of a damaged one, what can be read."""
    packed, size = row["packed"], row["size"]
    text, is_whole = _inflated(packed, size)
    is_sound = is_whole and hashlib.sha256(packed).digest() == row["digest"]
    return Page(
        first=row["first"],
        goal_ids=row["goal_ids"],
        owner_ids=row["owner_ids"],
        hashes=row["hashes"],
        contents=text.decode(errors="replace").split("\n"),
        is_sound=is_sound,
    )


def broken_line(page: Page) -> int | None:
    """Return the place in a page, from 0, of the first line that is not as it was written, or None.

    Where all lines can be read and hold and the kept bytes are all the same not what they were, it is the first of the page.
    """
    goals, owners = page.goal_ids, page.owner_ids
    for place, (content, kept) in enumerate(zip(page.contents, page.hashes, strict=False)):
        if hashlib.sha256(content.encode()).digest() != kept:
            return place
        if owners is not None and not (_names(goals, place, "goal", content) and _names(owners, place, "owner", content)):
            return place
    counts = {len(each) for each in (page.contents, page.hashes, goals, goals if owners is None else owners)}
    if len(counts) > 1:
        return min(counts)
    return None if page.is_sound else 0


def _names(ids: Sequence[UUID | None], place: int, what: str, content: str) -> bool:
    """Return whether a line names the goal or owner beside it; quotes within a text are escaped, so no text can say so."""
    if place >= len(ids):
        return False
    one = ids[place]
    return f'"{what}_id":"' not in content if one is None else f'"{what}_id":"{one}"' in content


def _inflated(packed: bytes, size: int) -> tuple[bytes, bool]:
    """Inflate to at most one byte more than a text should have; of a damaged one return what comes before the damage."""
    inflating = zlib.decompressobj()
    try:
        text = inflating.decompress(packed, size + 1)
    except zlib.error:
        return _inflated_before_damage(packed, size), False
    return text, len(text) == size and inflating.eof and not inflating.unused_data


def _inflated_before_damage(packed: bytes, size: int) -> bytes:
    """Inflate a byte at a time, so that everything before the damage comes out."""
    inflating, text = zlib.decompressobj(), bytearray()
    for place in range(len(packed)):
        try:
            text += inflating.decompress(packed[place : place + 1], size + 1 - len(text))
        except zlib.error:
            break
        if len(text) > size:
            break
    return bytes(text)
