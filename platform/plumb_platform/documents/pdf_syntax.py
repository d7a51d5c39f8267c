"""PDF dictionaries read strictly and kept as they are written; a spelling that could mean two things is refused."""

import re

Dictionary = dict[bytes, bytes]
"""The entries of a PDF dictionary: names with their slash, values as they are written."""

BLANK = rb"[\0\t\n\f\r ]"
_REGULAR = rb"[^\0\t\n\f\r ()<>\[\]{}/%]"
_REFERENCE = rb"\d{1,10} 0 R(?!%s)" % _REGULAR
_STRING = rb"<[0-9A-Fa-f]*>|\((?:[^()\\]++|\\.)*+\)"
_UNBRACKETED = rb"[^<>()\[\]%]++"
DEEPEST = 4
"""How far dictionaries and arrays may stand within each other in a value."""


def _nested(depth: int) -> bytes:
    """Return what matches a dictionary or an array with brackets of at most `depth` levels."""
    inner = b"|".join((_UNBRACKETED, _STRING, *((_nested(depth - 1),) if depth > 1 else ())))
    return rb"<<(?:%s)*+>>|\[(?:%s)*+\]" % (inner, inner)


_SIMPLE = rb"%s|/?%s++|%s|%s" % (_REFERENCE, _REGULAR, _nested(1), _STRING)
_ENTRY = rb"%s*+(/%s++)%s*+(%s|/?%s++|%s|%s)" % (BLANK, _REGULAR, BLANK, _REFERENCE, _REGULAR, _nested(DEEPEST), _STRING)

ENTRY = re.compile(_ENTRY, re.DOTALL)
DICTIONARY = re.compile(rb"%s*+<<((?:%s)*+)%s*+>>" % (BLANK, _ENTRY, BLANK), re.DOTALL)
TOKEN = re.compile(rb"%s*+(%s|<<|>>|[\[\]])" % (BLANK, _SIMPLE), re.DOTALL)
REFERENCE = re.compile(_REFERENCE)
NUMBER = re.compile(rb"\d{1,10}")


class OtherForm(Exception):
    """The file is not of the one form that is read here."""


def entries_at(raw: bytes, at: int) -> tuple[Dictionary, int]:
    """Return the entries of the dictionary at an offset, and where it ends; no name may be there twice or escaped."""
    found = DICTIONARY.match(raw, at)
    if found is None:
        raise OtherForm
    # The dictionary is made of entries without a gap, so that each is found where the last one ends.
    pairs = ENTRY.findall(raw, *found.span(1))
    entries: Dictionary = dict(pairs)
    if len(entries) < len(pairs) or any(b"#" in name for name in entries):
        raise OtherForm
    return entries, found.end()


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
