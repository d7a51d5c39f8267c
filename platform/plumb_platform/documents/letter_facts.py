"""What a page of a letter says, as plain data for either engine: title, words, the sections that hold something."""

from collections.abc import Iterable, Mapping
from typing import Any

from plumb_platform.documents.letter_bars import fronts
from plumb_platform.documents.letter_data import ORDER, Design, LetterDocument, LetterSection
from plumb_platform.documents.letter_words import TITLES, WORDS

SPLITS_PER_ROW = 6
SIDES = ("manager", "employee")
LONGEST_CHOPPED = 20
"""Characters of a company's name that stand in one line where it signs."""
NUMBERED = frozenset({"formal", "addendum"})
"""Designs whose sections are articles."""
UNNAMED = frozenset({"parties", "preamble", "signatures"})


def letter_facts(letter: LetterDocument, *, filled: Mapping[int, str] | None = None) -> dict[str, Any]:
    """Return all that a design shows of `letter` in its own locale, pictures apart.

    `filled` has the markup of custom sections by their place in `sections_of`; one that is not filled is left out.
    """
    words = WORDS[letter.locale]
    facts = {
        "letter": letter.model_dump(),
        "words": dict(words),
        "title": letter.title or TITLES[letter.locale][letter.design],
        "sections": list(_shown(letter, filled or {})),
        "short_digest": _short(letter.goals_sha256),
        "signatures": {each.role: each.model_dump() for each in letter.signatures},
        "others": [each.model_dump() for each in letter.signatures if each.role not in SIDES],
        "splits_per_row": SPLITS_PER_ROW,
        "beside_seal": not _is_chopped(letter.company),
    }
    return facts | (_battle(letter, words) if letter.design == "battle_map" else {})


def _is_chopped(company: str) -> bool:
    """Return whether the seal may lie over the end of a company's name, as a chop does: in Chinese, and in one line."""
    return len(company) <= LONGEST_CHOPPED and not any("a" <= each <= "z" for each in company.lower())


def template_of(design: Design) -> str:
    """Return the template that draws a design."""
    return "formal" if design == "addendum" else design


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
            "markup": filled.get(place, ""),
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
