"""Set letters packed into object streams: the same objects for every reader, in two thirds of the bytes."""

import io
import re
from datetime import UTC, datetime

import pikepdf
import pytest
import typst

from plumb_platform.documents.packing import packed

SOURCE = b"""#set document(title: "endobj stream endstream xref")
#set page(width: 80mm, height: 40mm)
= trailer startxref
%s
"""
MOMENT = datetime(2026, 1, 5, tzinfo=UTC)


def written(paragraphs: int) -> bytes:
    lines = b"\n\n".join(b"obj %d 0 R endobj << /Type /Catalog >> xref" % number for number in range(paragraphs))
    made = typst.compile(SOURCE % lines, format="pdf", pdf_standards="a-3a", timestamp=MOMENT)
    assert isinstance(made, bytes)
    return made


def described(pdf: bytes) -> dict[int, tuple[str, bytes]]:
    """Return every object by its number, as a library that is not ours reads it; what only holds others is left out."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        objects = {each.objgen[0]: each for each in opened.objects}
        return {number: (shown(each), content(each)) for number, each in objects.items() if not holds_others(each)}


def shown(each: pikepdf.Object) -> str:
    if is_said_anew(each):
        return "said anew"
    return each.stream_dict.unparse().decode("latin-1") if isinstance(each, pikepdf.Stream) else each.unparse().decode("latin-1")


def content(each: pikepdf.Object) -> bytes:
    if is_said_anew(each):
        return mapped(each.read_bytes()) if "/WMode" in each else each.read_bytes()
    return each.read_raw_bytes() if isinstance(each, pikepdf.Stream) else b""


def is_said_anew(each: pikepdf.Object) -> bool:
    """Metadata are deflated, maps of characters written by ranges: what they say is what counts."""
    is_font = isinstance(each, pikepdf.Stream) and str(each.get("/Subtype")) == "/CIDFontType0C"
    return is_font or (isinstance(each, pikepdf.Stream) and str(each.get("/Type")) in ("/Metadata", "/CMap"))


def mapped(cmap: bytes) -> bytes:
    """Return codes and their texts, with or without spaces and lines between them."""
    found = re.findall(rb"<(....)> ?<([0-9A-F]+)>", cmap[cmap.index(b"endcodespacerange") :])
    assert found
    return repr([(int(code, 16), text) for code, text in found]).encode()


def holds_others(each: pikepdf.Object) -> bool:
    return isinstance(each, pikepdf.Stream) and str(each.get("/Type")) in ("/ObjStm", "/XRef")


@pytest.mark.parametrize("paragraphs", [1, 40, 300])
def test_a_packed_file_holds_the_same_objects_under_the_same_numbers(paragraphs: int) -> None:
    plain = written(paragraphs)
    small = packed(plain, b"letter")
    assert b"/ID[<%s>" % b"letter".hex().encode() in small
    assert small == packed(plain, b"letter")
    assert (b"<?xpacket" in plain, b"<?xpacket" in small) == (True, False)
    before, after = described(plain), described(small)
    assert len(before) > 20
    assert after == before
    with pikepdf.open(io.BytesIO(small)) as opened:
        assert opened.check_pdf_syntax() == []
        assert str(opened.docinfo.Title) == "endobj stream endstream xref"


def test_catalogue_and_pages_come_first_so_that_little_is_inflated_for_them() -> None:
    with pikepdf.open(io.BytesIO(packed(written(300), b"letter"))) as opened:
        pages = len(opened.pages)
        first = min((each for each in opened.objects if holds_others(each) and "/N" in each), key=lambda each: each.objgen)
        bodies = first.read_bytes()[int(first.First) :].split(b"\n")
    assert pages > 10
    kinds = [body.startswith((b"<</Type/Catalog", b"<</Type/Page")) for body in bodies]
    assert kinds.index(False) == sum(kinds) == pages + 2


def test_a_file_of_many_pages_takes_two_thirds_at_most() -> None:
    plain = written(300)
    assert len(packed(plain, b"letter")) < len(plain) * 2 / 3


@pytest.mark.parametrize("cut", [0, 10, -10, -200])
def test_a_file_that_does_not_end_as_typst_ends_one_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="typst"):
        packed(written(1)[:cut], b"letter")
