"""What a PDF embeds: found in one walk through its streams, unpacked within a bound, held against the digest beside it."""

import json
import re
import zlib
from collections.abc import Iterator

from plumb_verify.canonical import canonical, digest_of
from plumb_verify.signatures import Broken

BEGUN = re.compile(rb"(?<!end)stream\r?\n")
KIND = re.compile(rb"/(EmbeddedFile|ObjStm)\b")
LONGEST_DICTIONARY = 4096
UNPACKED = 1 << 26
"""Bytes that all streams of a file together may unpack to: a letter has some kilobytes, a report of retention some megabytes."""


def embedded_in(pdf: bytes) -> bytes:
    """Return the bytes of the goals or the report that a PDF embeds, after their digest was compared; raises Broken."""
    streams = list(_streams(pdf))
    for kind, content in streams:
        if kind != b"EmbeddedFile":
            continue
        found = json.loads(content)
        said = found.get("said", found) if isinstance(found, dict) else {}
        if str(said.get("schema", "")).startswith(("plumb.letter/", "plumb.retention/")):
            stated = b"SHA-256 " + digest_of(content).encode()
            is_stated = stated in pdf or any(stated in other for name, other in streams if name == b"ObjStm")
            if not is_stated or canonical(found) != content:
                raise Broken("what is embedded was changed")
            return content
    raise Broken("neither goals nor a report are embedded")


def _streams(pdf: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of the embedded files and of the object streams; no byte is looked at more than a few times."""
    at, left = 0, UNPACKED
    while (begun := BEGUN.search(pdf, at)) is not None:
        end = pdf.find(b"endstream", begun.end())
        if end < 0:
            return
        head = pdf[max(at, begun.start() - LONGEST_DICTIONARY) : begun.start()]
        dictionary = head[head.rfind(b"obj") + 1 :]
        if (kind := KIND.search(dictionary)) is not None:
            raw = pdf[begun.end() : end]
            content = _unpacked(raw, left) if b"/FlateDecode" in dictionary else raw.rstrip(b"\r\n")
            left -= len(content)
            yield kind[1], content
        at = end + len(b"endstream")


def _unpacked(raw: bytes, most: int) -> bytes:
    unpacking = zlib.decompressobj()
    content = unpacking.decompress(raw, most + 1)
    if len(content) > most:
        raise Broken(f"what is embedded unpacks to more than {UNPACKED} bytes")
    return content
