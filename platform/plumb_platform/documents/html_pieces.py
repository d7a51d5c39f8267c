"""Takes the HTML of a document apart: what many letters of one template have in common, and the texts that differ.

Lexing is strict: what could be read in two ways is no piece and stays with what documents have in common. Nothing here lays out.
"""

import re
from dataclasses import dataclass
from html import unescape

MARK = "\ue000{}\ue001"
MARKED = re.compile("\ue000([0-9]+)\ue001")
_NAME, _SPACE = r"[A-Za-z][A-Za-z0-9-]*+", r"[ \t\n]"
_ATTRIBUTE = r"""%s++[^ \t\n\r\f"'<>/=&]++(?:%s*+=%s*+(?:"[^"]*+"|'[^']*+'|[^ \t\n\r\f"'<>=`]++))?+""" % ((_SPACE,) * 3)
TAG = re.compile(rf"(<!DOCTYPE html>|<!--(?:(?!--).)*+-->|</?{_NAME}(?:{_ATTRIBUTE})*+{_SPACE}*+/?>)", re.DOTALL | re.IGNORECASE)
"""A tag as HTML, section 13.1.2 writes it, a comment without hyphens side by side, or the document type."""
RAW = re.compile(
    r"<(?:script|textarea|xmp|iframe|noembed|noframes|noscript|plaintext|template|svg|math|select|frameset|object|link|base)\b",
    re.IGNORECASE,
)
"""Elements whose text is no text, or that bring something along."""
STYLE = re.compile(r"<style\b.*?(?:</style|\Z)", re.DOTALL | re.IGNORECASE)
_LETTER = (
    "[^\x00-\x20&<>\x7f-\xa0\xad\u0600-\u06ff\u115f\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ud800-\uf8ff\ufeff]"
)
_SHOWN = rf"(?:{_LETTER}|&(?:amp|lt|gt|quot|\#34|\#39);)++"
TEXT = re.compile(rf"({_SPACE}*+)({_SHOWN}(?:[ \t\n]++{_SHOWN})*+)({_SPACE}*+)")
"""White space, a text, white space; the text has no letter that shows nothing, and no entity but those that Jinja writes."""
VALUES = re.compile(
    r'(?<=^<meta name="description" content=")[^"&<>\ue000]++(?="[ />])'
    r'|(?<=\sdata-digest=")[^"&<>\ue000]++(?=")'
    r'|(?<=\ssrc=")data:image/[^"&<>\ue000]++(?=")'
)
"""Values of attributes that differ from letter to letter: they are shown as they are, or not at all."""
STRING_OF_PAGE = "string-set: digest attr(data-digest)"
SELECTING = re.compile(r"\[|attr|\\|@import", re.IGNORECASE)
"""What a style sheet looks at values of attributes by; an escape may spell any of it."""
BLANKS = re.compile(r"[ \t\n]+")


@dataclass(frozen=True, slots=True)
class TakenApart:
    """HTML between its pieces, one part more than there are pieces, and the pieces as the document writes them."""

    parts: tuple[str, ...]
    pieces: tuple[str, ...]

    def whole(self) -> str:
        """Return the HTML."""
        return "".join(text for pair in zip(self.parts, (*self.pieces, ""), strict=True) for text in pair)

    def numbered(self) -> str:
        """Return the HTML with the number of each piece in its place."""
        return TakenApart(self.parts, tuple(MARK.format(place) for place in range(len(self.pieces)))).whole()

    def texts(self) -> tuple[str, ...]:
        """Return what the pieces say."""
        return tuple(unescape(piece) for piece in self.pieces)


def taken_apart(html: str, css: str) -> TakenApart:
    """Return a document by its pieces; one that is not written strictly is one part without any."""
    tokens = TAG.split(html)
    if RAW.search(html) or "\ue000" in html or "\ue001" in html or any("<" in text for text in tokens[::2]):
        return TakenApart((html,), ())
    styles = css.replace(STRING_OF_PAGE, "") + "".join(STYLE.findall(html))
    has_values = SELECTING.search(styles) is None
    parts, pieces = [""], []

    def take(before: str, piece: str) -> None:
        parts[-1] += before
        pieces.append(piece)
        parts.append("")

    for place, token in enumerate(tokens):
        at = 0
        if place % 2:
            for value in VALUES.finditer(token) if has_values else ():
                take(token[at : value.start()], value[0])
                at = value.end()
        elif (text := TEXT.fullmatch(token)) and not tokens[place - 1].lower().startswith("<style"):
            take(text[1], text[2])
            at = text.start(3)
        parts[-1] += token[at:]
    return TakenApart(tuple(parts), tuple(pieces))


def collapsed(text: str) -> str:
    """Return a text with each run of white space as one space."""
    return BLANKS.sub(" ", text)
