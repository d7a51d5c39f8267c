"""Makes the HTML and style sheet of a responsibility letter from its data, in one of the shipped designs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from plumb_platform.documents.letter_bars import fronts
from plumb_platform.documents.letter_data import ORDER, LetterDocument, LetterSection
from plumb_platform.documents.letter_styles import letter_css
from plumb_platform.documents.letter_words import TITLES, WORDS
from plumb_platform.documents.qr import qr_data_url
from plumb_platform.documents.seal_picture import seal_data_url
from plumb_platform.documents.templates import render_shipped, trusted_markup

SPLITS_PER_ROW = 6
SIDES = ("manager", "employee")
NUMBERED = frozenset({"formal", "addendum"})
"""Designs whose sections are articles."""
UNNAMED = frozenset({"parties", "preamble", "signatures"})
Assets = Mapping[str, tuple[bytes, str]]


@dataclass(frozen=True, slots=True)
class LetterPage:
    """What `Renderer.render_pdf` takes: `html`, `css` and the pictures that the page names."""

    html: str
    css: str
    assets: Assets = field(default_factory=dict)


def letter_page(letter: LetterDocument, *, assets: Assets | None = None, filled: Mapping[int, str] | None = None) -> LetterPage:
    """Return the page of `letter`, in its own locale; the style sheet is one text, so that a child parses it once.

    `assets` has the pictures that the letter names, `filled` the markup of custom sections by their place in
    `sections_of` (see `letter_print.filled_sections`); a custom section that is not filled is left out.
    """
    words = WORDS[letter.locale]
    sections = list(_shown(letter, filled or {}))
    data = {
        "letter": letter.model_dump(),
        "words": words,
        "title": letter.title or TITLES[letter.locale][letter.design],
        "sections": sections,
        "short_digest": _short(letter.goals_sha256),
        "qr": qr_data_url(letter.verify_url),
        "logo": f"asset:{letter.logo}" if letter.logo else "",
        "seal": _seal(letter, str(words["seal_caption"])),
        "signatures": {each.role: each.model_dump() for each in letter.signatures},
        "others": [each.model_dump() for each in letter.signatures if each.role not in SIDES],
        "splits_per_row": SPLITS_PER_ROW,
    }
    if letter.design == "battle_map":
        data |= _battle(letter, words)
    template = "formal" if letter.design == "addendum" else letter.design
    css = letter_css(letter.design, page_size=letter.page_size, accent=letter.accent)
    return LetterPage(html=render_shipped(f"{template}.html", data), css=css, assets=assets or {})


def sections_of(letter: LetterDocument) -> tuple[LetterSection, ...]:
    """Return the sections in the order of the company, or of the design when it chose none."""
    return letter.sections or tuple(LetterSection(kind=kind) for kind in ORDER[letter.design])


def _shown(letter: LetterDocument, filled: Mapping[int, str]) -> Iterable[dict[str, Any]]:
    """Yield what each section needs: its name, the number of its article, its markup; empty ones are left out."""
    words, article = WORDS[letter.locale], 0
    for place, section in enumerate(sections_of(letter)):
        if not _has_content(letter, section, place in filled):
            continue
        name = "" if section.kind in UNNAMED else section.title or words.get(section.kind, "")
        counts = bool(name) and letter.design in NUMBERED and article < len(words["articles"])
        article += counts
        yield {
            "kind": section.kind,
            "name": name,
            "article": article if counts else 0,
            "paragraphs": section.paragraphs,
            "markup": trusted_markup(filled.get(place, "")),
        }


def _has_content(letter: LetterDocument, section: LetterSection, is_filled: bool) -> bool:
    match section.kind:
        case "custom":
            return is_filled
        case "text":
            return bool(section.paragraphs)
        case "splits":
            return any(goal.splits for goal in letter.goals)
        case "rights_and_duties" | "rewards" | "revision" | "miscellany" | "actions":
            return bool(getattr(letter, section.kind))
        case _:
            return True


def _seal(letter: LetterDocument, caption: str) -> str:
    if letter.seal_image:
        return f"asset:{letter.seal_image}"
    return seal_data_url(letter.company, caption=caption, code=letter.verify_code)


def _battle(letter: LetterDocument, words: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "fronts": fronts(letter.goals),
        "facts": [
            (words["fighter"], letter.party_b.name),
            *letter.party_b.details[1:3],
            *letter.party_a.details[:1],
            (words["campaign_period"], letter.period),
            (words["weights"], letter.weight_total),
        ],
        "numbered_actions": [{"ordinal": place, "text": text} for place, text in enumerate(letter.actions, 1)],
    }


def _short(digest: str) -> str:
    return " ".join(digest[start : start + 4] for start in range(0, 16, 4)).upper()
