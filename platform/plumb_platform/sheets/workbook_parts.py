"""The parts of a workbook (ECMA-376, Office Open XML) as they stand in its archive: bounded, without document types."""

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from posixpath import join, normpath
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from plumb_platform.errors import InvalidInput
from plumb_platform.sheets.number_forms import NumberForm, form_of
from plumb_platform.sheets.table import TableTooLarge
from plumb_platform.texts import as_seen

LARGEST_UNPACKED = 48 * 1024 * 1024
"""Bytes of all parts that are read, unpacked: 50,000 rows of eleven columns take about 30 MB."""
MOST_TEXTS = 1_000_000
MOST_ELEMENTS = 100_000
DEEPEST = 50
LARGEST_TAG = 1 << 20
"""Bytes of one tag or comment: a parser begins anew with an unfinished one whenever it is given more of it."""
_PIECE = 1 << 16
_ESCAPED = re.compile("_x((?!D[89A-F])[0-9A-F]{4})_", re.IGNORECASE)

Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]
Text = Callable[[list[str], str], None]


class WorkbookUnreadable(InvalidInput):
    """A workbook is an .xlsx file without a password."""

    code = "WORKBOOK_UNREADABLE"
    zh = "无法读取此工作簿：请在 Excel 或 WPS 中另存为 .xlsx（不设密码），不支持旧版 .xls。"
    en = "The workbook cannot be read: save it as .xlsx without a password; files of the older kind .xls are not read."


def _nothing(*_: object) -> None:
    pass


def _refuse(*_: object) -> None:
    raise WorkbookUnreadable(field="content")


class Archive:
    """The archive of a workbook, of which no more is unpacked than LARGEST_UNPACKED."""

    def __init__(self, content: bytes) -> None:
        self._left = LARGEST_UNPACKED
        try:
            self._zip = ZipFile(BytesIO(content))
        except (BadZipFile, ValueError, OSError, NotImplementedError):
            raise WorkbookUnreadable(field="content") from None

    def has(self, name: str) -> bool:
        """Return whether there is such a part."""
        return name in self._zip.NameToInfo

    def parse(self, name: str, *, start: Start, end: End = _nothing, text: Text = _nothing) -> None:
        """Read a part element by element, by their local names; raise WorkbookUnreadable or TableTooLarge.

        `text` is told the names of the elements around a piece of text, the outermost first.
        """
        path: list[str] = []

        def opened(tag: str, attributes: Mapping[str, str]) -> None:
            path.append(tag.rpartition("}")[2])
            if len(path) > DEEPEST:
                raise WorkbookUnreadable(field="content")
            start(path[-1], attributes)

        parser = ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = opened
        parser.EndElementHandler = lambda _: end(path.pop())
        parser.CharacterDataHandler = lambda piece: text(path, piece)
        parser.StartDoctypeDeclHandler = _refuse
        given = 0
        try:
            for piece in self._pieces(name):
                parser.Parse(piece, False)
                given += len(piece)
                if given - parser.CurrentByteIndex > LARGEST_TAG:
                    raise WorkbookUnreadable(field="content")
            parser.Parse(b"", True)
        except (BadZipFile, ExpatError, EOFError, LookupError, OSError, RuntimeError, ValueError, zlib.error):
            raise WorkbookUnreadable(field="content") from None

    def _pieces(self, name: str) -> Iterator[bytes]:
        if self._zip.getinfo(name).compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise WorkbookUnreadable(field="content")
        with self._zip.open(name) as part:
            while piece := part.read(_PIECE):
                self._left -= len(piece)
                if self._left < 0:
                    raise TableTooLarge
                yield piece


def elements_of(archive: Archive, name: str, tags: frozenset[str]) -> list[tuple[str, Mapping[str, str]]]:
    """Return those elements of a part that have one of the names, with their attributes by local name, in their order."""
    found: list[tuple[str, Mapping[str, str]]] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag in tags:
            found.append((tag, {key.rpartition("}")[2]: value for key, value in attributes.items()}))
            if len(found) > MOST_ELEMENTS:
                raise TableTooLarge

    archive.parse(name, start=start)
    return found


def targets_of(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Return where the relations of a part lead, by id: the last word of the relation's type, and the name of the part."""
    folder, _, file = part.rpartition("/")
    name = join(folder, "_rels", f"{file}.rels")
    if not archive.has(name):
        raise WorkbookUnreadable(field="content")
    return {
        each["Id"]: (each["Type"].rpartition("/")[2], normpath(join("/", folder, each["Target"])).lstrip("/"))
        for _, each in elements_of(archive, name, frozenset({"Relationship"}))
    }


def shared_texts(archive: Archive, name: str) -> list[str]:
    """Return the texts that cells name by number, as they are seen; how a word is read aloud is no part of it."""
    texts: list[str] = []
    pieces: list[str] = []

    def end(tag: str) -> None:
        if tag == "si":
            texts.append(seen("".join(pieces)))
            pieces.clear()
            if len(texts) > MOST_TEXTS:
                raise TableTooLarge

    def text(path: list[str], piece: str) -> None:
        if path[-1] == "t" and "rPh" not in path:
            pieces.append(piece)

    archive.parse(name, start=_nothing, end=end, text=text)
    return texts


def seen(written: str) -> str:
    """Return a text as a cell shows it: characters that XML cannot hold are written by their number (22.9.2.19)."""
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), written) if "_x" in written else written
    return as_seen(text.strip()).strip()


def shown_as(archive: Archive, name: str) -> list[NumberForm]:
    """Return what each style of cells shows of a number."""
    elements = elements_of(archive, name, frozenset({"numFmt", "cellXfs", "xf", "cellStyles"}))
    codes = {each.get("numFmtId"): each.get("formatCode", "") for tag, each in elements if tag == "numFmt"}
    at = next((at for at, (tag, _) in enumerate(elements) if tag == "cellXfs"), len(elements))
    last = next((end for end in range(at, len(elements)) if elements[end][0] == "cellStyles"), len(elements))
    formats = [each.get("numFmtId", "0") for tag, each in elements[at:last] if tag == "xf"]
    return [form_of(format_id, codes.get(format_id)) for format_id in formats]
