"""A note at the end of a letter: what its reader has to know of the seal, in the letter's own locale."""

from collections.abc import Mapping
from dataclasses import replace
from html import escape

from plumb_platform.documents.letter_html import LetterPage
from plumb_platform.errors import Locale

NOT_STAMPED: Mapping[Locale, str] = {
    "zh-CN": "签章时时间戳服务不可用：本责任书未加盖可信时间戳（规定级别 {level}，实际级别 B-B）。",
    "en": "The timestamp server was away at sealing: this letter bears no trusted time stamp (level {level} wanted, B-B made).",
}
STYLE = "font-size: 8pt; text-align: center; margin: 5mm 0 0; break-inside: avoid"


def noted_page(page: LetterPage, note: str) -> LetterPage:
    """Return the page with the note at its end, or as it is when there is none."""
    if not note:
        return page
    head, end, tail = page.html.rpartition("</body>")
    return replace(page, html=f'{head}<p style="{STYLE}">{escape(note)}</p>{end}{tail}')
