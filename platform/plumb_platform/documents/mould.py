"""A letter set by typst once with marks in its slots, into which other letters of the same shape are poured.

What they have in common (outlines, structure, most of each page) is written as it is; lines with slots, metadata, attached files
and the outlines of other characters are each letter's own.
"""

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256

from plumb_platform.documents.lent_fonts import lent_by
from plumb_platform.documents.letter_slots import ATTACHED, TakenApart
from plumb_platform.documents.mould_drawings import Drawing, DrawingReader, DrawnBar, Unmouldable, own_of
from plumb_platform.documents.mould_fonts import CutFont, borrowed_font
from plumb_platform.documents.mould_metadata import information, metadata, pdf_date, strings_of, text_string
from plumb_platform.documents.packing import PackedFile, unpacked
from plumb_platform.documents.page_lines import font_of
from plumb_platform.documents.set_line import LineSetter
from plumb_platform.documents.slot_glyphs import Borrowed
from plumb_platform.documents.slot_lines import SlotLine
from plumb_platform.documents.streams import DEFLATED, POURED, is_stream, lean, streamed

REFERENCE = rb" (\d+) 0 R"
RESOURCES, CONTENTS = re.compile(rb"/Resources" + REFERENCE), re.compile(rb"/Contents" + REFERENCE)
INFORMATION, METADATA = re.compile(rb"/Info" + REFERENCE), re.compile(rb"/Type/Metadata/")
FONTS, FONT = re.compile(rb"/Font<<(?:/f\d+ \d+ 0 R)+"), re.compile(rb"/f(\d+)" + REFERENCE)
DESCENDANT, TO_UNICODE = re.compile(rb"/DescendantFonts\[(\d+) 0 R\]"), re.compile(rb"/ToUnicode" + REFERENCE)
DESCRIPTOR = re.compile(rb"/FontDescriptor" + REFERENCE)
CUT = re.compile(rb"/BaseFont/[A-Z]{6}\+(Plumb(?:Serif|Sans))-(400|700)/")
FILE = re.compile(rb"/Type/Filespec.*/EF<</F" + REFERENCE, re.DOTALL)
DESCRIBED = re.compile(rb"/Desc\(%b\)" % ATTACHED.format(r"(\d+)").encode())
EMBEDDED = re.compile(rb"<</Length \d+(/Type/EmbeddedFile.*?)/Params<<", re.DOTALL)
STREAM = re.compile(rb"<</Length \d+(?P<said>.*?)>>\nstream\n(?P<content>.*)\nendstream", re.DOTALL)
Objects = dict[int, bytes]
SetterOf = Callable[[str, str, bool], LineSetter]
"""Takes family and weight of a cut font, as a PDF names them, and whether it sets a page, whose text has a language."""


class Mould:
    """What all letters of a shape have in common, and where each has its own."""

    def __init__(self, pdf: bytes, taken: TakenApart, setter_of: SetterOf) -> None:
        """Read a letter of marks as typst set it; raises Unmouldable and Unfit."""
        read = unpacked(pdf)
        self._state = sha256(pdf).digest()
        self._objects, self._trailer = read.objects, read.trailer
        self._setter_of, self._reader = setter_of, DrawingReader(taken)
        self._fonts: dict[int, CutFont] = {}
        self._names: dict[int, dict[int, int]] = {}
        pictures = list(self._pictures())
        self._drawings = [*self._pages(), *pictures]
        if taken.is_sealed != any(isinstance(piece, SlotLine) for each in pictures for piece in each.pieces):
            raise Unmouldable("the code of the seal was not found")
        self._refuse_missing(taken)
        self._information = _reference(INFORMATION, read.trailer)
        self._metadata = next(number for number, body in read.objects.items() if METADATA.search(body[:200]))
        self._packet = _content(read.objects[self._metadata])
        self._files = [number for number, body in read.objects.items() if FILE.search(body)]
        self._refuse_said(taken)
        self._base = self._common(read.head, read.size)

    def poured(self, taken: TakenApart, *, identifier: bytes, created: datetime) -> bytes:
        """Return the PDF of a letter of this shape; raises Unfit. Equal arguments give equal bytes."""
        own, borrowed = own_of(taken), dict[int, Borrowed]()
        drawn = [each.written(own, borrowed.setdefault(each.resources, {})) for each in self._drawings]
        file = self._base.copy()
        plain: Objects = {}
        for drawing, operators in zip(self._drawings, drawn, strict=True):
            file.add(drawing.number, streamed(drawing.said, operators, POURED))
        moment = created.astimezone(UTC)
        self._attach(file, plain, taken, moment)
        plain |= self._lend(file, borrowed)
        plain[self._information] = information(self._objects[self._information], own.texts, moment)
        state = sha256(b"".join((self._state, *drawn, *plain.values()))).digest()[:16]
        packet = metadata(self._packet, own.texts, moment, identifier=identifier, state=state)
        file.add(self._metadata, streamed(b"/Type/Metadata/Subtype/XML", packet, POURED))
        file.add_plain(plain.items(), POURED)
        return file.finished(self._trailer, (identifier, state))

    def _pages(self) -> Iterator[Drawing]:
        for body in self._objects.values():
            if body.startswith(b"<</Type/Page/"):
                yield self._drawing(_reference(CONTENTS, body), _reference(RESOURCES, body), is_page=True)

    def _pictures(self) -> Iterator[Drawing]:
        for number, body in self._objects.items():
            if b"/Subtype/Form/" in body[:120]:
                resources = _reference(RESOURCES, body)
                if FONTS.search(self._objects[resources]):
                    yield self._drawing(number, resources, is_page=False)

    def _drawing(self, number: int, resources: int, *, is_page: bool) -> Drawing:
        found = STREAM.fullmatch(self._objects[number])
        if found is None:
            raise Unmouldable("not as typst writes a stream")
        names = {int(name): int(font) for name, font in FONT.findall(self._objects[resources])}
        self._names[resources] = names
        fonts = {name: self._font(font) for name, font in names.items()}
        said = {name: each.said for name, each in fonts.items()}
        content = _content(self._objects[number])
        setters = {name: self._setter_of(*each.cut, is_page) for name, each in fonts.items() if each.cut}
        pieces = self._reader.pieces(content, said, setters, is_page=is_page)
        return Drawing(number, found["said"].replace(DEFLATED, b""), resources, pieces)

    def _font(self, number: int) -> CutFont:
        if number not in self._fonts:
            body = self._objects[number]
            below = self._objects[_reference(DESCENDANT, body)]
            mapped = _content(self._objects[_reference(TO_UNICODE, body)])
            descriptor = self._objects[_reference(DESCRIPTOR, below)]
            cut = CUT.search(below)
            face = (cut[1].decode(), cut[2].decode()) if cut else None
            self._fonts[number] = CutFont(font_of(below, mapped), face, descriptor)
        return self._fonts[number]

    def _attach(self, file: PackedFile, plain: Objects, taken: TakenApart, moment: datetime) -> None:
        """Write the letter's own files; what the mould says of each names it by its place in the facts."""
        for number in self._files:
            body = self._objects[number]
            given = taken.attached[_reference(DESCRIBED, body)]
            content = given["content"].encode()
            before, _, after = DESCRIBED.split(body)
            plain[number] = b"%b/Desc%b%b" % (before, text_string(given["description"]), after)
            embedded = _reference(FILE, body)
            said = EMBEDDED.match(self._objects[embedded])
            if said is None:
                raise Unmouldable("not as typst embeds a file")
            head = b"%b/Params<</Size %d/ModDate(%b)>>" % (said[1].replace(DEFLATED, b""), len(content), pdf_date(moment))
            file.add(embedded, streamed(head, content, POURED))

    def _lend(self, file: PackedFile, borrowed: Mapping[int, Borrowed]) -> Objects:
        """Return the resources of all drawings, each with the fonts of the characters that the mould lacks."""
        wanted: dict[tuple[int, int], dict[int, tuple[int, str]]] = {}
        for resources, glyphs in borrowed.items():
            for (name, place), each in glyphs.items():
                wanted.setdefault((self._names[resources][name], place), {}).update(each)
        numbers: dict[tuple[int, int], int] = {}
        plain: Objects = {}
        for (font, place), characters in sorted(wanted.items()):
            cut = self._fonts[font]
            face = self._setter_of(*(cut.cut or ("", "")), True).face(place)
            objects = borrowed_font(cut, place, characters, lent_by(face).program(sorted(characters)), file)
            numbers[font, place] = min(objects)
            plain |= objects
        for resources, names in self._names.items():
            lent = b"".join(
                b"/e%d.%d %d 0 R" % (name, place, numbers[names[name], place])
                for name, place in sorted(borrowed.get(resources, {}))
            )
            plain[resources] = self._objects[resources].replace(b"/Font<<", b"/Font<<" + lent)
        return plain

    def _refuse_missing(self, taken: TakenApart) -> None:
        """Raise Unmouldable unless the QR code and each bar were found, once: what was not would show the mark itself."""
        pieces = [piece for each in self._drawings for piece in each.pieces]
        bars = sorted(each.mark for each in pieces if isinstance(each, DrawnBar))
        if pieces.count(None) != bool(taken.qr) or bars != sorted(each.mark for each in taken.bars):
            raise Unmouldable("the code or a bar was not found")

    def _refuse_said(self, taken: TakenApart) -> None:
        """Raise Unmouldable where a mark stands in what is never written anew, such as a bookmark or a description."""
        marks = re.compile("|".join([*(each.mark for each in taken.slots), *taken.swaps]))
        filled = {self._information, self._metadata}
        for number, body in self._objects.items():
            if number not in filled and not is_stream(body) and any(marks.search(each) for each in strings_of(body)):
                raise Unmouldable("a mark stands where nothing fills it in")
        empty, moment = dict.fromkeys((each.mark for each in taken.slots), ""), datetime(2000, 1, 1, tzinfo=UTC)
        said = [*strings_of(information(self._objects[self._information], empty, moment))]
        said.append(metadata(self._packet, empty, moment, identifier=b"", state=b"").decode())
        if any(map(marks.search, said)):
            raise Unmouldable("a mark stands where nothing fills it in")

    def _common(self, head: bytes, size: int) -> PackedFile:
        own = {self._information, self._metadata, *self._files, *(_reference(FILE, self._objects[each]) for each in self._files)}
        own |= {each.number for each in self._drawings} | self._names.keys()
        common = [(number, body) for number, body in self._objects.items() if number not in own]
        self._objects = {number: self._objects[number] for number in own}
        base = PackedFile(head, size)
        for number, body in common:
            if is_stream(body):
                base.add(number, lean(body))
        base.add_plain((number, body) for number, body in common if not is_stream(body))
        return base


def _content(body: bytes) -> bytes:
    found = STREAM.fullmatch(body)
    if found is None:
        raise Unmouldable("not as typst writes a stream")
    return zlib.decompress(found["content"]) if DEFLATED in found["said"] else found["content"]


def _reference(pattern: re.Pattern[bytes], body: bytes) -> int:
    found = pattern.search(body)
    if found is None:
        raise Unmouldable("not as typst refers to an object")
    return int(found[1])
