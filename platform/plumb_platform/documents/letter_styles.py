"""The style sheets of letters: one text per design, page size and colour, so that a child parses each once."""

from functools import lru_cache
from string import Template

from plumb_platform.documents.fonts_system import FAMILIES, FAMILY, Typeface
from plumb_platform.documents.letter_colours import tones_of
from plumb_platform.documents.letter_data import Design, PageSize
from plumb_platform.documents.letter_facts import template_of
from plumb_platform.documents.templates import shipped_text

ACCENTS: dict[Design, str] = {"formal": "#a3231d", "commitment": "#1c4a46", "battle_map": "#16324f", "addendum": "#a3231d"}
PAGES: dict[PageSize, str] = {"A4": "A4", "LETTER": "letter"}
WARM = {"tint": "#f6f1e7", "line": "#cfc4b0", "rule": "#d9cdb8", "frame": "#b59a6a"}
"""The paper tones beside the shipped red; another colour brings its own."""


@lru_cache(maxsize=1)
def audit_css() -> str:
    """Return the style sheet of audit pages."""
    return Template(shipped_text("ground.css") + shipped_text("audit.css")).substitute(
        WARM, accent="#23364a", page="A4", family=FAMILY
    )


def letter_tones(design: Design, accent: str = "") -> dict[str, str]:
    """Return the colours of a design by name: its accent, or a company's, and the paper tones beside it."""
    accent = accent or ACCENTS[design]
    return {"accent": accent, **(WARM if accent == ACCENTS["formal"] else tones_of(accent))}


@lru_cache(maxsize=64)
def letter_css(design: Design, *, page_size: PageSize = "A4", accent: str = "", typeface: Typeface = "SONG") -> str:
    """Return the style sheet of a design in a typeface and a colour such as `#14304f`; empty takes the design's own."""
    text = shipped_text("ground.css") + shipped_text(f"{template_of(design)}.css")
    return Template(text).substitute(letter_tones(design, accent), page=PAGES[page_size], family=FAMILIES[typeface])
