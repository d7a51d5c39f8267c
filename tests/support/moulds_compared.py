"""Letters that were poured into moulds and the same letters set by typst, character by character."""

import json
from typing import Any

import numpy as np
import pypdfium2
import pytest
from pypdfium2 import raw

from plumb_platform.documents.attachments import goals_attachment
from plumb_platform.documents.letter_data import LetterDocument
from plumb_platform.documents.letter_facts import template_of
from plumb_platform.documents.letter_typst import typst_facts
from plumb_platform.documents.packing import packed
from plumb_platform.documents.typeset import Typesetter
from support.letter_samples import GOALS, SEALED_AT

IDENTIFIER, CREATED = b"sixteen bytes id", SEALED_AT.isoformat(timespec="seconds")
NEAR, FAINT = 0.02, 8.0
"""Points within which a character stands where typst puts it, and how much a pixel at 100 dpi may differ, of 255."""
Place = tuple[int, float, float, str]


def facts_of(letter: LetterDocument) -> str:
    return json.dumps(typst_facts(letter, attachments=[goals_attachment(GOALS)]), ensure_ascii=False)


def poured(typesetter: Typesetter, letter: LetterDocument) -> bytes | None:
    assert typesetter.moulds is not None
    design = template_of(letter.design)
    return typesetter.moulds.make(design, json.loads(facts_of(letter)), identifier=IDENTIFIER, created=CREATED)


def by_typst(typesetter: Typesetter, letter: LetterDocument) -> bytes:
    return packed(typesetter.typeset(template_of(letter.design), facts_of(letter), CREATED), IDENTIFIER)


def characters(pdf: bytes) -> list[Place]:
    """Return every character that a reader copies, with its page and its origin."""
    found = []
    with pypdfium2.PdfDocument(pdf) as document:
        for number, page in enumerate(document):
            text = page.get_textpage()
            for at in range(text.count_chars()):
                x, y = raw.c_double(), raw.c_double()
                raw.FPDFText_GetCharOrigin(text, at, x, y)
                character = chr(raw.FPDFText_GetUnicode(text, at))
                if character.strip():
                    found.append((number, y.value, x.value, character))
    return sorted(found)


def pictures(pdf: bytes) -> list[Any]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [np.asarray(page.render(scale=100 / 72).to_pil().convert("L"), dtype=float) for page in document]


def assert_alike(ours: bytes, theirs: bytes, *, in_pictures: bool = False) -> None:
    """Hold every character of one file, and its pictures when asked for, against the other."""
    for one, two in zip(characters(ours), characters(theirs), strict=True):
        assert (one[0], one[3], *one[1:3]) == (two[0], two[3], *(pytest.approx(each, abs=NEAR) for each in two[1:3]))
    for one, two in zip(pictures(ours), pictures(theirs), strict=True) if in_pictures else ():
        assert np.abs(one - two).max() <= FAINT


def shapes_of(typesetter: Typesetter, letter: LetterDocument) -> str | None:
    """Return the shape that a letter shares, or None for one that is left to typst before anything is set."""
    moulds = typesetter.moulds
    assert moulds is not None
    return moulds.shape_of(template_of(letter.design), json.loads(facts_of(letter)))
