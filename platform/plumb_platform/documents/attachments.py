"""Files embedded in a PDF: the canonical JSON of the goals travels inside the letter, with its SHA-256 (row N3)."""

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from plumb_platform.errors import NotFound, Refused
from plumb_platform.numbers.canonical import sha256_hex

GOALS_FILE = "goals.json"
DIGEST = re.compile(r"SHA-256 ([0-9a-f]{64})$")
EMBEDDED, STREAM = re.compile(rb"/EmbeddedFile\b"), re.compile(rb">>\s*stream\r?\n")
MOST_CLAIMS, LONGEST_CLAIM, LONGEST_HEAD = 8, 1 << 20, 500
"""How many embedded files of a stranger's PDF are looked at, to which length, and where their bytes begin at the latest."""


class AttachmentChanged(Refused):
    """The embedded file does not have the SHA-256 that stands beside it."""

    code = "ATTACHMENT_CHANGED"
    zh = "PDF 内嵌文件 {name} 与其摘要不符。"
    en = "The file {name} embedded in the PDF does not match its digest."


class AttachmentMissing(NotFound):
    """The PDF holds no file of that name, or is no PDF."""

    code = "ATTACHMENT_MISSING"
    zh = "PDF 中没有内嵌文件 {name}。"
    en = "The PDF holds no embedded file {name}."


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to embed; its SHA-256 is written into its description."""

    name: str
    content: bytes
    title: str = ""
    relationship: Literal["Source", "Data", "Supplement"] = "Data"

    @property
    def sha256(self) -> str:
        """Return the hex digest of the content."""
        return sha256_hex(self.content)

    def fields(self) -> dict[str, Any]:
        """Return what the rendering process needs to embed this file."""
        return {
            "name": self.name,
            "content": self.content,
            "description": f"{self.title} SHA-256 {self.sha256}".strip(),
            "relationship": self.relationship,
        }


def goals_attachment(canonical_json: bytes) -> Attachment:
    """Return the attachment that binds a letter to its confirmed goal version."""
    return Attachment(name=GOALS_FILE, content=canonical_json, title="Plumb goals, canonical JSON.")


def extract_attachment(pdf: bytes, name: str = GOALS_FILE) -> Attachment:
    """Return the file `name` that `pdf` embeds, after its digest was compared.

    Raises ATTACHMENT_MISSING and ATTACHMENT_CHANGED. Whether the PDF itself is untouched is `inspect_seal`'s answer.
    """
    from pypdf import PdfReader  # 30 MB that only readers of PDFs need

    try:
        embedded = next((each for each in PdfReader(io.BytesIO(pdf)).attachment_list if each.name == name), None)
        content, title = (embedded.content, str(embedded.description or "")) if embedded else (None, "")
    except Exception as problem:  # a forged file breaks the reader anywhere: nesting, types, its own limits
        raise AttachmentMissing(name=name) from problem
    if content is None:
        raise AttachmentMissing(name=name)
    stated = DIGEST.search(title)
    if stated is None or stated[1] != sha256_hex(content):
        raise AttachmentChanged(name=name)
    return Attachment(name=name, content=content, title=title[: stated.start()].rstrip())


def claimed_files(pdf: bytes) -> Iterator[bytes]:
    """Yield what a PDF of any origin seems to embed, unpacked: a claim, which proves nothing.

    Nothing is read but streams that say so, at most `MOST_CLAIMS` of at most `LONGEST_CLAIM` bytes: a reader of whole PDFs can be
    kept busy for minutes by a file of 100 kB. A stream can stand in no other one (ISO 32000-1, 7.5.7), so none is overlooked.
    """
    for found in islice(EMBEDDED.finditer(pdf), MOST_CLAIMS):
        head = STREAM.search(pdf, found.end(), found.end() + LONGEST_HEAD)
        if head is not None:
            yield _unpacked(memoryview(pdf)[head.end() :])


def _unpacked(stream: memoryview) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream, LONGEST_CLAIM)
    except zlib.error:
        return bytes(stream[:LONGEST_CLAIM]).partition(b"endstream")[0]
