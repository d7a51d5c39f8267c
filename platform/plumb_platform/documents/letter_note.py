"""A note at the foot of every page of a letter: what its reader has to know of the seal, in the letter's own locale."""

from collections.abc import Mapping
from html import escape

from plumb_platform.documents.letter_html import LetterPage
from plumb_platform.errors import Locale

NOT_STAMPED: Mapping[Locale, str] = {
    "zh-CN": "签章时时间戳服务不可用：本责任书未加盖可信时间戳（规定级别 {level}，实际级别 B-B）。",
    "en": "The timestamp server was away at sealing: this letter bears no trusted time stamp (level {level} wanted, B-B made).",
}
STYLE = "position: fixed; bottom: -9mm; left: 0; right: 0; font-size: 7.5pt; text-align: center"


def noted_page(page: LetterPage, note: str) -> LetterPage:
    """Return the page with the note on each of its sheets."""
    head, end, tail = page.html.rpartition("</body>")
    return LetterPage(html=f'{head}<p style="{STYLE}">{escape(note)}</p>{end}{tail}', css=page.css)
