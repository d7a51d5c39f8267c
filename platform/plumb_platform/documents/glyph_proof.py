"""Proof before sealing that a PDF shows its text: every code point comes back out, drawn by a real glyph (rows A30, N4)."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any

from plumb_platform.errors import InvalidInput
from plumb_platform.texts import TURNING

UNSEEN = frozenset({"head", "style", "script", "title", "template"})
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
NEVER_SHOWN = frozenset({"Cc", "Co", "Cs"})


class MissingGlyph(InvalidInput):
    """A character of the letter is not in the PDF, or only as the box of a font that lacks it."""

    code = "MISSING_GLYPH"
    zh = "没有字体能显示字符“{character}”（{codepoint}），文件未生成。请更换该字符或安装含有它的字体。"
    en = "No font can show the character “{character}” ({codepoint}); the document was not made."

    def __init__(self, character: str) -> None:
        self.character = character
        self.codepoint = f"U+{ord(character):04X}"
        shown = character if character.isprintable() else "\ufffd"
        super().__init__(character=shown, codepoint=self.codepoint)


def prove_glyphs(pdf: bytes, texts: str | Iterable[str]) -> None:
    """Raise MISSING_GLYPH for the first code point of `texts` that `pdf` does not show as often as it stands there.

    `texts` is all that the document must say (see `visible_text`). Compared after NFC, without white space and
    default-ignorable characters; the PDF may say more, such as page numbers and repeated table heads. Private use, controls and
    controls of writing direction are refused outright: a font may draw anything for them.
    """
    from plumb_platform.documents.pdf_text import drawn_glyphs  # pypdf: 30 MB that only the proof needs

    wanted = Counter(_countable("".join(texts)))
    refuse_unshowable(wanted)
    shown: Counter[str] = Counter()
    for glyph in drawn_glyphs(pdf):
        if not glyph.has_shape and glyph.text.strip():
            raise MissingGlyph(glyph.text[0])
        shown.update(_countable(glyph.text))
    for character, count in wanted.items():
        if shown[character] < count:
            raise MissingGlyph(character)


def refuse_unshowable(characters: Iterable[str]) -> None:
    """Raise MISSING_GLYPH for private use, controls and controls of writing direction, whatever a font draws for them."""
    for character in characters:
        if character in TURNING or (unicodedata.category(character) in NEVER_SHOWN and not character.isspace()):
            raise MissingGlyph(character)


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text within plain data."""
    match value:
        case str():
            yield value
        case dict():
            yield from texts_of(list(value.values()))
        case list() | tuple():
            for each in value:
                yield from texts_of(each)


def unshown(pdf: bytes, text: str) -> set[str]:
    """Return the characters of `text` that `pdf` does not show by a glyph with a shape."""
    from plumb_platform.documents.pdf_text import drawn_glyphs

    shown = {character for glyph in drawn_glyphs(pdf) if glyph.has_shape for character in _countable(glyph.text)}
    return set(_countable(text)) - shown


def visible_text(html: str) -> str:
    """Return the text that a reader of `html` is meant to see: no head, style or script, entities resolved."""
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


def _countable(text: str) -> list[str]:
    return [character for character in unicodedata.normalize("NFC", text) if not _is_silent(character)]


def _is_silent(character: str) -> bool:
    if character.isspace() or character in TURNING:
        return character.isspace()
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return selector or unicodedata.category(character) == "Cf"


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # html.parser passes them
        if (self._unseen or tag in UNSEEN) and tag not in VOID:
            self._unseen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            while self._unseen.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)
