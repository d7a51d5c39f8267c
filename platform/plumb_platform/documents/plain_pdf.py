"""Reads what sealing needs of a PDF of one revision, strictly; whatever else a PDF may be is left to pyHanko.

Nothing is searched for and nothing mended: each object is found by the cross-reference section that the end of the file points
to, and must begin where that says, so that text which only looks like PDF syntax is never met.
"""

import re
import zlib
from collections.abc import Callable

from plumb_platform.documents.pdf_syntax import (
    BLANK,
    NUMBER,
    Dictionary,
    OtherForm,
    elements_of,
    entries_at,
    number_of,
    referred,
)

Place = tuple[int, int, int]
"""Where an object is: 1 and its offset, or 2, the number of its object stream and its place therein."""
Trailer = tuple[Dictionary, Callable[[int], Place]]

OBJECT = re.compile(rb"(\d{1,10}) 0 obj")
END = re.compile(BLANK + rb"*endobj")
STREAM = re.compile(BLANK + rb"*stream\r?\n")
END_OF_STREAM = re.compile(BLANK + rb"*endstream")
END_OF_FILE = re.compile(rb"startxref\r?\n(\d{1,10})\r?\n%%EOF\r?\n?\Z")
TABLE = re.compile(rb"xref\r?\n0 (\d{1,10}) ?\r?\n")
ROW = re.compile(rb"(\d{10}) 00000 n(?: \r| \n|\r\n)")
LONGEST_END, ROW_BYTES, WIDEST = 40, 20, 5
MOST_INFLATED = 1 << 24
DEEPEST_PAGE = 50
TRAILER = {b"/Size", b"/Root", b"/Info", b"/ID"}
"""What a trailer may say; /Prev, /Encrypt or /XRefStm make another form of file."""
XREF_STREAM = TRAILER | {b"/Type", b"/W", b"/Index", b"/Filter", b"/Length"}
OBJECT_STREAM = {b"/Type", b"/N", b"/First", b"/Filter", b"/Length"}


class PlainPdf:
    """A PDF of one revision without encryption: its trailer, its objects that are dictionaries, its first page."""

    def __init__(self, raw: bytes) -> None:
        """Read the end of `raw`; raises OtherForm, as everything here does."""
        ended = END_OF_FILE.search(raw, max(0, len(raw) - LONGEST_END))
        if not raw.startswith(b"%PDF-1.") or ended is None:
            raise OtherForm
        self.raw, self.xref_at = raw, int(ended[1])
        self.has_table = raw.startswith(b"xref", self.xref_at)
        self.trailer, self._place_of = (_table if self.has_table else _xref_stream)(raw, self.xref_at)
        self.size = number_of(self.trailer, b"/Size")
        self._streams: dict[int, _ObjectStream] = {}

    def dictionary(self, number: int) -> Dictionary:
        """Return the object of this number, which must be a dictionary."""
        kind, where, index = self._place(number)
        if kind == 1:
            entries, at = _object(self.raw, where, number)
            if END.match(self.raw, at) is None:
                raise OtherForm
            return entries
        if where not in self._streams:
            kind, offset, _ = self._place(where)
            if kind != 1:
                raise OtherForm
            self._streams[where] = _ObjectStream(self.raw, offset, where)
        return self._streams[where].dictionary(index, number)

    def first_page(self, pages: int) -> tuple[int, Dictionary]:
        """Return number and entries of the first page under the page tree `pages`."""
        for _ in range(DEEPEST_PAGE):
            node = self.dictionary(pages)
            if node.get(b"/Type") == b"/Page":
                return pages, node
            kids = elements_of(node, b"/Kids")
            if not kids or node.get(b"/Type") != b"/Pages":
                break
            pages = referred(kids[0])
        raise OtherForm

    def _place(self, number: int) -> Place:
        if not 0 < number < self.size:
            raise OtherForm
        return self._place_of(number)


class _ObjectStream:
    """An object stream, inflated only as far as it is asked for: a letter's tags make up most of it, and come last."""

    def __init__(self, raw: bytes, at: int, number: int) -> None:
        packed, described = _stream(raw, at, number)
        if described.get(b"/Type") != b"/ObjStm" or not described.keys() <= OBJECT_STREAM:
            raise OtherForm
        self._inflater, self._rest, self._text = zlib.decompressobj(), packed, b""
        self._first = number_of(described, b"/First")
        self._numbers = self._until(self._first).split()
        if len(self._numbers) != 2 * number_of(described, b"/N"):
            raise OtherForm

    def dictionary(self, index: int, number: int) -> Dictionary:
        here, after = self._numbers[2 * index : 2 * index + 2], self._numbers[2 * index + 3 : 2 * index + 4]
        if not here or not all(map(NUMBER.fullmatch, here + after)) or int(here[0]) != number:
            raise OtherForm
        text = self._until(self._first + int(after[0]) if after else MOST_INFLATED)
        return entries_at(text, self._first + int(here[1]))[0]

    def _until(self, end: int) -> bytes:
        """Return the content up to an offset, or the whole of it."""
        if (missing := min(end, MOST_INFLATED) - len(self._text)) > 0:
            self._text += _inflated(self._inflater, self._rest, missing)
            self._rest = self._inflater.unconsumed_tail
        return self._text[:end]


def _table(raw: bytes, at: int) -> Trailer:
    head = TABLE.match(raw, at)
    if head is None:
        raise OtherForm
    rows, after = head.end(), head.end() + ROW_BYTES * int(head[1])
    if not raw.startswith(b"trailer", after):
        raise OtherForm
    trailer, _ = entries_at(raw, after + len(b"trailer"))
    if not trailer.keys() <= TRAILER or number_of(trailer, b"/Size") != int(head[1]):
        raise OtherForm

    def place_of(number: int) -> Place:
        row = ROW.match(raw, rows + ROW_BYTES * number)
        if row is None:
            raise OtherForm
        return 1, int(row[1]), 0

    return trailer, place_of


def _xref_stream(raw: bytes, at: int) -> Trailer:
    packed, trailer = _stream(raw, at)
    size, widths = number_of(trailer, b"/Size"), [int(each) for each in elements_of(trailer, b"/W") if NUMBER.fullmatch(each)]
    whole = b"/Index" not in trailer or elements_of(trailer, b"/Index") == [b"0", b"%d" % size]
    if trailer.get(b"/Type") != b"/XRef" or not trailer.keys() <= XREF_STREAM or not whole:
        raise OtherForm
    rows, row = _inflated(zlib.decompressobj(), packed, MOST_INFLATED), sum(widths)
    if len(widths) != 3 or not all(0 < each <= WIDEST for each in widths) or len(rows) != size * row:
        raise OtherForm
    one, two = widths[0], widths[0] + widths[1]

    def place_of(number: int) -> Place:
        found = rows[number * row : (number + 1) * row]
        kind, where, index = int.from_bytes(found[:one]), int.from_bytes(found[one:two]), int.from_bytes(found[two:])
        if kind not in (1, 2) or (kind == 1 and index != 0):
            raise OtherForm
        return kind, where, index

    return trailer, place_of


def _stream(raw: bytes, at: int, number: int | None = None) -> tuple[bytes, Dictionary]:
    """Return the content, deflated as it is, and the entries of the stream at an offset."""
    described, at = _object(raw, at, number)
    opened, length = STREAM.match(raw, at), number_of(described, b"/Length")
    if opened is None or described.get(b"/Filter") != b"/FlateDecode":
        raise OtherForm
    if END_OF_STREAM.match(raw, opened.end() + length) is None:
        raise OtherForm
    return raw[opened.end() : opened.end() + length], described


def _inflated(inflater: "zlib._Decompress", packed: bytes, most: int) -> bytes:
    try:
        return inflater.decompress(packed, most)
    except zlib.error as problem:
        raise OtherForm from problem


def _object(raw: bytes, at: int, number: int | None) -> tuple[Dictionary, int]:
    head = OBJECT.match(raw, at)
    if head is None or number not in (None, int(head[1])):
        raise OtherForm
    return entries_at(raw, head.end())
