"""A certifying PAdES B-B signature as one short revision at the end of a PDF, whose own bytes are read once, to be hashed.

It says what pyHanko's would (ETSI EN 319 142-1 over ISO 32000-1): an invisible field on the first page, no change allowed.
"""

import hashlib
from datetime import UTC, datetime

from plumb_platform.documents.pdf_syntax import Dictionary, OtherForm, elements_of, reference_of
from plumb_platform.documents.plain_pdf import PlainPdf
from plumb_platform.documents.seal_cms import SealCms

EXTENSIONS = (
    b"<</ESIC<</Type/DeveloperExtensions/BaseVersion/1.7/ExtensionLevel 1>>"
    b"/ISO_[<</Type/DeveloperExtensions/BaseVersion/2.0/ExtensionLevel 32002"
    b"/URL(https://www.iso.org/standard/45875.html)/ExtensionRevision(:2022)>>]>>"
)
"""CAdES signatures, which ETSI has added to PDF 1.7, and keys on elliptic curves (ISO/TS 32002)."""
NO_CHANGES = b"[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/V/1.2/P 1>>>>]"
PRINTED_AND_LOCKED = b"132"
BYTE_RANGE, RANGE_WIDTH = b"/ByteRange ", 40
Offsets = dict[int, int]


def seal_quickly(
    pdf: bytes, cms: SealCms, *, field: str, name: str, reason: str, location: str, moment: datetime, spare: int = 0
) -> bytes:
    """Return `pdf` with the signature of `cms` over all of it; equal arguments and a steady key give equal bytes.

    `spare` hexadecimal digits of room are left behind the signature. Raises OtherForm when the file is of a form that is not
    known here, or has a form, a signature or extensions already.
    """
    old, digest = PlainPdf(pdf), hashlib.sha256(pdf)
    said = {b"/Name": _text(name), b"/Reason": _text(reason)} | ({b"/Location": _text(location)} if location else {})
    said[b"/M"] = moment.astimezone(UTC).strftime("(D:%Y%m%d%H%M%SZ)").encode()
    room = 2 * cms.most_bytes + spare
    before, after = _around_contents(old, field, said, room=room, identifier=digest.digest()[:16])
    digest.update(before)
    digest.update(after)
    contents = cms.over(digest.digest()).hex().encode().ljust(room, b"0")
    return b"".join((pdf, before, b"<", contents, b">", after))


def _around_contents(old: PlainPdf, field: str, said: Dictionary, *, room: int, identifier: bytes) -> tuple[bytes, bytes]:
    """Return the new revision: what stands before the hexadecimal digits of the signature, and what after them."""
    changed, seal = _changed(old, field)
    written, start = bytearray(b"" if old.raw.endswith(b"\n") else b"\n"), len(old.raw)
    offsets: Offsets = {}
    for number, entries in changed.items():
        offsets[number] = start + len(written)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, _dictionary(entries))
    offsets[seal] = start + len(written)
    written += b"%d 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/Contents " % seal
    gap = start + len(written), start + len(written) + room + len(b"<>")
    ending = b"".join(b"%s %s" % each for each in said.items()) + b"/Reference%s>>\nendobj\n" % NO_CHANGES
    xref_at = gap[1] + len(BYTE_RANGE) + RANGE_WIDTH + len(ending)
    ending += _end_of_file(old, offsets, xref_at, identifier)
    covered = b"[0 %d %d %d]" % (*gap, len(BYTE_RANGE) + RANGE_WIDTH + len(ending))
    return bytes(written), BYTE_RANGE + covered.ljust(RANGE_WIDTH) + ending


def _changed(old: PlainPdf, field: str) -> tuple[dict[int, Dictionary], int]:
    """Return the objects that the seal changes or adds, by their numbers, and the number of its signature."""
    root, widget, seal = reference_of(old.trailer, b"/Root"), old.size, old.size + 1
    catalog = old.dictionary(root)
    number, page = old.first_page(reference_of(catalog, b"/Pages"))
    added = {
        b"/AcroForm": b"<</Fields[%d 0 R]/SigFlags 3>>" % widget,
        b"/Perms": b"<</DocMDP %d 0 R>>" % seal,
        b"/Extensions": EXTENSIONS,
        b"/Version": b"/2.0",
    }
    annotations = elements_of({b"/Annots": b"[]"} | page, b"/Annots")
    if catalog.get(b"/Type") != b"/Catalog" or catalog.keys() & added:
        raise OtherForm
    drawn = {b"/Type": b"/Annot", b"/Subtype": b"/Widget", b"/FT": b"/Sig", b"/T": _text(field), b"/F": PRINTED_AND_LOCKED}
    drawn |= {b"/Rect": b"[0 0 0 0]", b"/P": b"%d 0 R" % number, b"/V": b"%d 0 R" % seal}
    annotated = page | {b"/Annots": b"[%s]" % b" ".join((*annotations, b"%d 0 R" % widget))}
    return {root: catalog | added, number: annotated, widget: drawn}, seal


def _end_of_file(old: PlainPdf, offsets: Offsets, at: int, identifier: bytes) -> bytes:
    """Return the cross-reference section in the form that the file has, since readers may not mix them, and the pointer to it."""
    identifiers = elements_of(old.trailer, b"/ID")
    if len(identifiers) != 2:
        raise OtherForm
    trailer = {name: value for name, value in old.trailer.items() if name in (b"/Root", b"/Info")}
    trailer |= {b"/ID": b"[%s<%s>]" % (identifiers[0], identifier.hex().encode()), b"/Prev": b"%d" % old.xref_at}
    section = _table(offsets, trailer) if old.has_table else _stream(offsets, trailer, at)
    return section + b"startxref\n%d\n%%%%EOF\n" % at


def _table(offsets: Offsets, trailer: Dictionary) -> bytes:
    rows = b"".join(b"%d 1\n%010d 00000 n \n" % row for row in sorted(offsets.items()))
    return b"xref\n%strailer\n%s\n" % (rows, _dictionary(trailer | {b"/Size": b"%d" % (max(offsets) + 1)}))


def _stream(offsets: Offsets, trailer: Dictionary, at: int) -> bytes:
    number = max(offsets) + 1
    rows = sorted((offsets | {number: at}).items())
    content = b"".join(b"\1%s\0" % offset.to_bytes(5) for _, offset in rows)
    described = trailer | {
        b"/Type": b"/XRef",
        b"/Size": b"%d" % (number + 1),
        b"/Index": b"[%s]" % b" ".join(b"%d 1" % each for each, _ in rows),
        b"/W": b"[1 5 1]",
        b"/Length": b"%d" % len(content),
    }
    return b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (number, _dictionary(described), content)


def _dictionary(entries: Dictionary) -> bytes:
    return b"<<%s>>" % b"".join(b"%s %s" % each for each in entries.items())


def _text(text: str) -> bytes:
    """Return a text string in digits, so that nothing in it is syntax."""
    return b"<FEFF%s>" % text.encode("utf-16-be").hex().encode()
