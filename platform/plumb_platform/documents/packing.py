"""Packs what typst writes out in full: objects without content go into object streams (ISO 32000-1, 7.5.7).

Metadata are deflated. A filter over the metadata of a catalogue is what ISO 19005-1 (6.7.2) forbids to PDF/A-1; parts 2 and 3
(6.6.2.1) do not.
"""

import re
import struct
import zlib
from hashlib import sha256
from itertools import pairwise

OBJECT = re.compile(rb"(\d+) 0 obj\n(.*)\nendobj\s*\Z", re.DOTALL)
ROW = re.compile(rb"(\d{10}) \d{5} (n|f)")
ENDING = re.compile(rb"trailer\n<</Size \d+(?P<trailer>.*)/ID\[[^\]]*\]>>\nstartxref\n(?P<at>\d+)\n%%EOF\Z", re.DOTALL)
METADATA = re.compile(rb"<</Length \d+/Type/Metadata/Subtype/XML>>\nstream\n(?P<packet>.*)\nendstream", re.DOTALL)
ASKED_FOR_FIRST = (b"<</Type/Catalog", b"<</Type/Page")
"""What a reader or a seal needs of a file, whatever it is after: it comes first, so that little is inflated for it."""
PER_STREAM = 200
"""Objects of one stream: a reader inflates a whole stream for the first object that it needs of it."""
ROW_OF = struct.Struct(">BIH")
WIDTHS = b"1 4 2"
"""A row of cross-references: kind, offset or number of the object stream, place in it."""


def packed(pdf: bytes, identifier: bytes) -> bytes:
    """Return a PDF of typst's with its plain objects in object streams and its cross-reference table as a stream.

    Numbers and contents stay; `identifier` becomes the document's (14.4), which stays when the file is changed later.
    Equal arguments give equal bytes. Raises ValueError for a file of another form.
    """
    ending = ENDING.search(pdf)
    if ending is None:
        raise ValueError("not as typst ends a file")
    table = int(ending["at"])
    places = [int(at) if kind == b"n" else 0 for at, kind in ROW.findall(pdf, table, ending.start())]
    bounds = sorted({each for each in places if each} | {table})
    objects = [_object(pdf[start:end]) for start, end in pairwise(bounds)]
    written, entries = bytearray(pdf[: bounds[0]]), dict.fromkeys(range(len(places)), (0, 0, 0))
    for number, body in objects:
        if body.endswith(b"endstream"):
            entries[number] = _write(written, number, _deflated(body))
    plain = sorted((each for each in objects if not each[1].endswith(b"endstream")), key=_is_asked_for_late)
    for first in range(0, len(plain), PER_STREAM):
        group, holder = plain[first : first + PER_STREAM], len(entries)
        entries[holder] = _write(written, holder, _object_stream(group))
        entries |= {number: (2, holder, index) for index, (number, _) in enumerate(group)}
    at = len(written)
    entries[len(entries)] = (1, at, 0)
    named = b"%s/ID[<%s><%s>]" % (ending["trailer"], identifier.hex().encode(), sha256(pdf).hexdigest()[:32].encode())
    _write(written, len(entries) - 1, _cross_references(entries, named))
    return bytes(written) + b"startxref\n%d\n%%%%EOF\n" % at


def _object(text: bytes) -> tuple[int, bytes]:
    found = OBJECT.match(text)
    if found is None:
        raise ValueError("not as typst writes an object")
    return int(found[1]), found[2]


def _is_asked_for_late(numbered: tuple[int, bytes]) -> bool:
    return not numbered[1].startswith(ASKED_FOR_FIRST)


def _deflated(body: bytes) -> bytes:
    found = METADATA.fullmatch(body)
    return _stream(b"/Type/Metadata/Subtype/XML", found["packet"]) if found else body


def _write(written: bytearray, number: int, body: bytes) -> tuple[int, int, int]:
    at = len(written)
    written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    return 1, at, 0


def _object_stream(group: list[tuple[int, bytes]]) -> bytes:
    header, content = [], bytearray()
    for number, body in group:
        header.append(b"%d %d" % (number, len(content)))
        content += body + b"\n"
    head = b" ".join(header) + b"\n"
    return _stream(b"/Type/ObjStm/N %d/First %d" % (len(group), len(head)), head + content)


def _cross_references(entries: dict[int, tuple[int, int, int]], trailer: bytes) -> bytes:
    rows = (ROW_OF.pack(*entries[number]) for number in range(len(entries)))
    return _stream(b"/Type/XRef/Size %d/W[%s]%s" % (len(entries), WIDTHS, trailer), b"".join(rows))


def _stream(said: bytes, content: bytes) -> bytes:
    deflated = zlib.compress(content, 9)
    return b"<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (said, len(deflated), deflated)
