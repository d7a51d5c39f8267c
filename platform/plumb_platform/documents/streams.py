"""Streams of a PDF as letters have them: deflated, and what typst writes at length said in fewer bytes.

Metadata are deflated. A filter over the metadata of a catalogue is what ISO 19005-1 (6.7.2) forbids to PDF/A-1; parts 2 and 3
(6.6.2.1) do not.
"""

import re
import zlib

from deflate import zlib_compress

from plumb_platform.documents.coarse_fonts import coarse_font
from plumb_platform.documents.to_unicode import said_by, to_unicode

STREAM = re.compile(rb"<</Length \d+(?P<said>[^\n]*)>>\nstream\n(?P<content>.*)\nendstream", re.DOTALL)
DEFLATED = b"/Filter/FlateDecode"
POURED, WHOLE = 6, 10
"""How hard libdeflate tries: for what is written as a mould is poured, for whole files and for moulds."""
METADATA, EMBEDDED, PROGRAM, CMAP = (
    b"/Type/Metadata/Subtype/XML",
    b"/Type/EmbeddedFile",
    b"/Filter/FlateDecode/Subtype/CIDFontType0C",
    b"/Type/CMap/Filter/FlateDecode",
)


def is_stream(body: bytes) -> bool:
    """Whether an object has content."""
    return body.endswith(b"endstream")


def streamed(said: bytes, content: bytes, level: int = WHOLE) -> bytes:
    """Return an object of this content, deflated, whose dictionary says as well what is `said`."""
    deflated = zlib_compress(content, level)
    return b"<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (said, len(deflated), deflated)


def lean(body: bytes) -> bytes:
    """Return a stream of typst's in fewer bytes: metadata and files deflated, fonts on a coarser grid, texts in fewer words."""
    found = STREAM.fullmatch(body)
    if found is None:
        return body
    said, content = found["said"], found["content"]
    if said == METADATA or (said.startswith(EMBEDDED) and DEFLATED not in said):
        return streamed(said, content)
    if said == PROGRAM:
        return streamed(said.replace(DEFLATED, b""), coarse_font(zlib.decompress(content)))
    if said.startswith(CMAP):
        return streamed(said.replace(DEFLATED, b""), to_unicode(said_by(zlib.decompress(content))))
    return body
