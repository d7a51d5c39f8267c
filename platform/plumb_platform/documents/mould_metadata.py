"""What a letter says of itself (ISO 32000-1, 14.3), as its mould says it with marks and at a moment of its own."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from xml.sax.saxutils import escape

MOMENT = "2000-01-01T00:00:00+00:00"
"""When moulds are set."""
PDF_MOMENT = b"D:20000101000000Z"
SAID = re.compile(rb"/(?:Title|Subject|Keywords|Author)(?=<FEFF|\()")
HEXADECIMAL = re.compile(rb"<FEFF([0-9A-F]*)>")
STRING = re.compile(rb"<FEFF|\(")
OF_LITERAL = re.compile(rb"\\(.)|([()])|[^()\\]+", re.DOTALL)
PLAIN = re.compile(r"[ -'*-\[\]-~]*")
"""ASCII without what is syntax in a string of PDF."""
FIVE_DIGITS = re.compile(r"90\d{3}")
INSTANCE, DOCUMENT = re.compile(r"(?<=nstanceID>)[A-Za-z0-9+/]{22}=="), re.compile(r"(?<=DocumentID>)[A-Za-z0-9+/]{22}==")


def information(body: bytes, texts: Mapping[str, str], moment: datetime) -> bytes:
    """Return the information dictionary with a letter's texts by their marks, made at `moment` (UTC)."""
    written, at = list[bytes](), 0
    while found := SAID.search(body, at):
        text, end = string_at(body, found.end())
        written += (body[at : found.end()], text_string(_filled(text, texts)))
        at = end
    return b"".join((*written, body[at:])).replace(PDF_MOMENT, pdf_date(moment))


def strings_of(body: bytes) -> Iterator[str]:
    """Yield the text strings of an object; raises ValueError for other spellings than typst's."""
    at = 0
    while found := STRING.search(body, at):
        text, at = string_at(body, found.start())
        yield text


def string_at(body: bytes, at: int) -> tuple[str, int]:
    """Return the text string that begins there and where it ends (ISO 32000-1, 7.3.4); raises ValueError for other spellings.

    A literal one may hold parentheses in pairs as they are, and any others behind a backslash.
    """
    if found := HEXADECIMAL.match(body, at):
        return bytes.fromhex(found[1].decode()).decode("utf-16-be"), found.end()
    depth, said = 0, list[bytes]()
    for found in OF_LITERAL.finditer(body, at):
        if found[1] is not None and found[1] not in b"()\\":
            break
        depth += {b"(": 1, b")": -1}.get(found[2], 0)
        said.append(found[1] or found[0])
        if depth == 0:
            return b"".join(said)[1:-1].decode("ascii"), found.end()
    raise ValueError("not as typst writes a string")


def metadata(packet: bytes, texts: Mapping[str, str], moment: datetime, *, identifier: bytes, state: bytes) -> bytes:
    """Return the XMP packet likewise; `identifier` is the document's, `state` differs where anything of the letter does."""
    # Marks first: digits of an identifier may look like one.
    written = packet.decode().replace(MOMENT, moment.isoformat(timespec="seconds"))
    written = _filled(written, {mark: escape(text) for mark, text in texts.items()})
    return DOCUMENT.sub(b64encode(identifier).decode(), INSTANCE.sub(b64encode(state).decode(), written)).encode()


def pdf_date(moment: datetime) -> bytes:
    """Return a moment of UTC as PDF writes it."""
    return moment.strftime("D:%Y%m%d%H%M%SZ").encode()


def text_string(text: str) -> bytes:
    """Return a text string: plain ASCII as it is, which is where the offline verifier finds a digest, and all else in digits."""
    if PLAIN.fullmatch(text):
        return b"(%b)" % text.encode()
    return b"<FEFF%b>" % text.encode("utf-16-be").hex().upper().encode()


def _filled(text: str, texts: Mapping[str, str]) -> str:
    return FIVE_DIGITS.sub(lambda found: texts.get(found[0], found[0]), text)
