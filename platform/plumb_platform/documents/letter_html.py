"""Makes the HTML and style sheet of a responsibility letter from its data."""

from dataclasses import dataclass

from plumb_platform.documents.letter_data import LetterDocument
from plumb_platform.documents.letter_words import WORDS
from plumb_platform.documents.qr import qr_data_url
from plumb_platform.documents.seal_picture import seal_data_url
from plumb_platform.documents.templates import render_shipped, shipped_text

TEMPLATE, STYLES = "responsibility_letter.html", "responsibility_letter.css"
SPLITS_PER_ROW = 6


@dataclass(frozen=True, slots=True)
class LetterPage:
    """What `Renderer.render_pdf` takes: `html` and `css`."""

    html: str
    css: str


def letter_page(letter: LetterDocument) -> LetterPage:
    """Return the page of `letter`, in its own locale; the style sheet is one text, so that a child parses it once."""
    words = WORDS[letter.locale]
    data = {
        "letter": letter.model_dump(),
        "words": words,
        "title": letter.title or words["title"],
        "short_digest": _short(letter.goals_sha256),
        "qr": qr_data_url(letter.verify_url),
        "seal": seal_data_url(letter.company, caption=words["seal_caption"], code=letter.verify_code),
        "signatures": {each.role: each.model_dump() for each in letter.signatures},
        "splits_per_row": SPLITS_PER_ROW,
    }
    return LetterPage(html=render_shipped(TEMPLATE, data), css=shipped_text(STYLES))


def _short(digest: str) -> str:
    return " ".join(digest[start : start + 4] for start in range(0, 16, 4)).upper()
