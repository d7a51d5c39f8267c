"""Makes the HTML and style sheet of a responsibility letter from its data, in one of the shipped designs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from plumb_platform.documents.letter_data import LetterDocument
from plumb_platform.documents.letter_facts import letter_facts, template_of
from plumb_platform.documents.letter_styles import letter_css
from plumb_platform.documents.letter_words import WORDS
from plumb_platform.documents.qr import qr_data_url
from plumb_platform.documents.seal_picture import seal_data_url
from plumb_platform.documents.templates import render_shipped, trusted_markup

Assets = Mapping[str, tuple[bytes, str]]


@dataclass(frozen=True, slots=True)
class LetterPage:
    """What `Renderer.render_pdf` takes: `html`, `css` and the pictures that the page names."""

    html: str
    css: str
    assets: Assets = field(default_factory=dict)


def letter_page(letter: LetterDocument, *, assets: Assets | None = None, filled: Mapping[int, str] | None = None) -> LetterPage:
    """Return the page of `letter`; the style sheet is one text, so that a child parses it once.

    `assets` has the pictures that the letter names, `filled` the markup of custom sections (see `letter_facts`).
    """
    facts = letter_facts(letter, filled=filled)
    for section in facts["sections"]:
        section["markup"] = trusted_markup(section["markup"])
    facts |= {
        "qr": qr_data_url(letter.verify_url),
        "logo": f"asset:{letter.logo}" if letter.logo else "",
        "seal": _seal(letter),
    }
    css = letter_css(letter.design, page_size=letter.page_size, accent=letter.accent, typeface=letter.typeface)
    return LetterPage(html=render_shipped(f"{template_of(letter.design)}.html", facts), css=css, assets=assets or {})


def _seal(letter: LetterDocument) -> str:
    if letter.seal_image:
        return f"asset:{letter.seal_image}"
    caption = str(WORDS[letter.locale]["seal_caption"])
    return seal_data_url(letter.company, caption=caption, code=letter.verify_code, typeface=letter.typeface)
