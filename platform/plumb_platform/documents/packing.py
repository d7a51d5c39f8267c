"""Packs what typst writes out in full: objects without content go into object streams (ISO 32000-1, 7.5.7)."""

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise, starmap

from plumb_platform.documents.streams import POURED, WHOLE, is_stream, lean, streamed

OBJECT = re.compile(rb"(\d+) 0 obj\n(.*)\nendobj\s*\Z", re.DOTALL)
ROW = re.compile(rb"(\d{10}) \d{5} (n|f)")
ENDING = re.compile(rb"trailer\n<</Size \d+(?P<trailer>.*)/ID\[[^\]]*\]>>\nstartxref\n(?P<at>\d+)\n%%EOF\Z", re.DOTALL)
ASKED_FOR_FIRST = (b"<</Type/Catalog", b"<</Type/Page")
"""What a reader or a seal needs of a file, whatever it is after: it comes first, so that little is inflated for it."""
PER_STREAM = 200
"""Objects of one stream: a reader inflates a whole stream for the first object that it needs of it."""
ROW_OF = struct.Struct(">BIH")
WIDTHS = b"1 4 2"
"""A row of cross-references: kind, offset or number of the object stream, place in it."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A file of typst: what stands before its objects, they in their order, how many numbers it has, what its trailer says."""

    head: bytes
    objects: dict[int, bytes]
    size: int
    trailer: bytes


class PackedFile:
    """A file in the making; a copy of one goes on by itself."""

    def __init__(self, head: bytes | bytearray, size: int) -> None:
        """Begin with `head`, and with numbers below `size` for objects that are still to come."""
        self._written = bytearray(head)
        self._entries = dict.fromkeys(range(size), (0, 0, 0))

    def copy(self) -> "PackedFile":
        """Return a file that begins as this one does."""
        other = PackedFile(self._written, 0)
        other._entries = dict(self._entries)
        return other

    def number(self) -> int:
        """Return the number of an object that is not yet there."""
        number = len(self._entries)
        self._entries[number] = (0, 0, 0)
        return number

    def add(self, number: int, body: bytes) -> None:
        """Write an object out in full."""
        self._entries[number] = 1, len(self._written), 0
        self._written += b"%d 0 obj\n%s\nendobj\n" % (number, body)

    def add_plain(self, objects: Iterable[tuple[int, bytes]], level: int = WHOLE) -> None:
        """Write objects without content into object streams."""
        plain = sorted(objects, key=_is_asked_for_late)
        for first in range(0, len(plain), PER_STREAM):
            group, holder = plain[first : first + PER_STREAM], self.number()
            self.add(holder, _object_stream(group, level))
            self._entries |= {number: (2, holder, index) for index, (number, _) in enumerate(group)}

    def finished(self, trailer: bytes, identifiers: tuple[bytes, bytes]) -> bytes:
        """Return the whole file; `identifiers` are the document's and that of this state of it (14.4)."""
        number, at = self.number(), len(self._written)
        self._entries[number] = 1, at, 0
        named = b"%s/ID[<%s><%s>]" % (trailer, *(each.hex().encode() for each in identifiers))
        self.add(number, _cross_references(self._entries, named))
        return bytes(self._written) + b"startxref\n%d\n%%%%EOF\n" % at


def packed(pdf: bytes, identifier: bytes) -> bytes:
    """Return a PDF of typst's with its plain objects in object streams and its cross-reference table as a stream.

    Numbers stay, and contents but for what `lean` says in fewer bytes; `identifier` becomes the document's (14.4), which stays
    when the file is changed later.
    Equal arguments give equal bytes. Raises ValueError for a file of another form.
    """
    read = unpacked(pdf)
    file = PackedFile(read.head, read.size)
    for number, body in read.objects.items():
        if is_stream(body):
            file.add(number, lean(body))
    file.add_plain((number, body) for number, body in read.objects.items() if not is_stream(body))
    return file.finished(read.trailer, (identifier, sha256(pdf).digest()[:16]))


def unpacked(pdf: bytes) -> Unpacked:
    """Return a PDF of typst's by its objects; raises ValueError for a file of another form."""
    ending = ENDING.search(pdf)
    if ending is None:
        raise ValueError("not as typst ends a file")
    table = int(ending["at"])
    places = [int(at) if kind == b"n" else 0 for at, kind in ROW.findall(pdf, table, ending.start())]
    bounds = sorted({each for each in places if each} | {table})
    objects = dict(_object(pdf[start:end]) for start, end in pairwise(bounds))
    return Unpacked(pdf[: bounds[0]], objects, len(places), ending["trailer"])


def _object(text: bytes) -> tuple[int, bytes]:
    found = OBJECT.match(text)
    if found is None:
        raise ValueError("not as typst writes an object")
    return int(found[1]), found[2]


def _is_asked_for_late(numbered: tuple[int, bytes]) -> bool:
    return not numbered[1].startswith(ASKED_FOR_FIRST)


def _object_stream(group: list[tuple[int, bytes]], level: int) -> bytes:
    header, content = [], bytearray()
    for number, body in group:
        header.append(b"%d %d" % (number, len(content)))
        content += body + b"\n"
    head = b" ".join(header) + b"\n"
    return streamed(b"/Type/ObjStm/N %d/First %d" % (len(group), len(head)), head + content, level)


def _cross_references(entries: dict[int, tuple[int, int, int]], trailer: bytes) -> bytes:
    rows = starmap(ROW_OF.pack, map(entries.__getitem__, range(len(entries))))
    return streamed(b"/Type/XRef/Size %d/W[%s]%s" % (len(entries), WIDTHS, trailer), b"".join(rows), POURED)
