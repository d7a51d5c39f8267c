"""PDF dictionaries read strictly and kept as they are written; a spelling that could mean two things is refused."""

import re

Dictionary = dict[bytes, bytes]
"""The entries of a PDF dictionary: names with their slash, values as they are written."""

BLANK = rb"[\0\t\n\f\r ]"
_REGULAR = rb"[^\0\t\n\f\r ()<>\[\]{}/%]"
_REFERENCE = rb"\d{1,10} 0 R(?!%s)" % _REGULAR
_STRING = rb"<[0-9A-Fa-f]*>|\((?:[^()\\]++|\\.)*+\)"
_FLAT = rb"<<[^<>()\[\]%]*+>>|\[[^<>()\[\]%]*+\]"
"""Dictionaries and arrays without brackets or strings in them: read at one stroke."""
_SIMPLE = rb"%s|/?%s++|%s|%s" % (_REFERENCE, _REGULAR, _FLAT, _STRING)

ENTRY = re.compile(rb"%s*+(?:(>>)|(/%s++)%s*+(%s)?)" % (BLANK, _REGULAR, BLANK, _SIMPLE), re.DOTALL)
TOKEN = re.compile(rb"%s*+(%s|<<|>>|[\[\]])" % (BLANK, _SIMPLE), re.DOTALL)
OPENING = re.compile(rb"%s*+<<" % BLANK)
REFERENCE = re.compile(_REFERENCE)
NUMBER = re.compile(rb"\d{1,10}")
CLOSING = {b"<<": b">>", b"[": b"]"}


class OtherForm(Exception):
    """The file is not of the one form that is read here."""


def entries_at(raw: bytes, at: int) -> tuple[Dictionary, int]:
    """Return the entries of the dictionary at an offset, and where it ends; no name may be there twice or escaped."""
    found = OPENING.match(raw, at)
    entries: Dictionary = {}
    while found is not None and (found := ENTRY.match(raw, found.end())) is not None:
        closing, name, value = found.groups()
        if closing:
            return entries, found.end()
        if b"#" in name or name in entries:
            break
        if value is None:
            value, found = _nested(raw, found.end())
        entries[name] = value
    raise OtherForm


def number_of(entries: Dictionary, name: bytes) -> int:
    """Return the whole number that an entry is."""
    found = NUMBER.fullmatch(entries.get(name, b""))
    if found is None:
        raise OtherForm
    return int(found[0])


def reference_of(entries: Dictionary, name: bytes) -> int:
    """Return the number of the object that an entry refers to."""
    return referred(entries.get(name, b""))


def referred(value: bytes) -> int:
    """Return the number of the object that a value refers to."""
    found = REFERENCE.fullmatch(value)
    if found is None:
        raise OtherForm
    return int(found[0].split()[0])


def elements_of(entries: Dictionary, name: bytes) -> list[bytes]:
    """Return the simple values of the array that an entry is, as they are written."""
    array, at = entries.get(name, b""), 1
    elements: list[bytes] = []
    while array.startswith(b"[") and (found := TOKEN.match(array, at)) is not None:
        if found[1] == b"]":
            return elements
        if found[1] in (b"<<", b">>", b"["):
            break
        elements.append(found[1])
        at = found.end()
    raise OtherForm


def _nested(raw: bytes, at: int) -> tuple[bytes, re.Match[bytes]]:
    """Return the dictionary or array at an offset as it is written, and the token that ends it."""
    found = TOKEN.match(raw, at)
    start, awaited = at, list[bytes]()
    while found is not None:
        token = found[1]
        if token in CLOSING:
            awaited.append(CLOSING[token])
        elif not awaited or (token in CLOSING.values() and token != awaited.pop()):
            break
        if not awaited:
            return raw[start : found.end()], found
        found = TOKEN.match(raw, found.end())
    raise OtherForm
