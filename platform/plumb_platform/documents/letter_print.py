"""Prints a letter by the engine that it needs, with every character proven to be in it."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from html import escape

from plumb_platform.documents.attachments import Attachment
from plumb_platform.documents.fonts_system import Typeface
from plumb_platform.documents.glyph_proof import prove_glyphs, refuse_unshowable, texts_of, unshown, visible_text
from plumb_platform.documents.letter_data import LetterDocument
from plumb_platform.documents.letter_facts import sections_of, template_of
from plumb_platform.documents.letter_html import Assets, LetterPage, letter_page
from plumb_platform.documents.letter_note import noted_page
from plumb_platform.documents.letter_styles import letter_css
from plumb_platform.documents.letter_typst import typst_facts
from plumb_platform.documents.renderer import Renderer

HIDDEN = {"sections", "signatures", "logo", "seal_image", "verify_code"}
"""What a company's own section does not see of a letter."""
MARK = "\ufeff"
"""The byte order mark."""


async def print_letter(
    renderer: Renderer,
    letter: LetterDocument,
    *,
    identifier: bytes,
    created: datetime,
    assets: Assets | None = None,
    attachments: Sequence[Attachment] = (),
    note: str = "",
) -> bytes:
    """Return the PDF of a letter, with a note at its end if one is given; equal arguments give equal bytes.

    A letter of our own sections is set by typst; one with a company's own markup is laid out by WeasyPrint from the same
    facts in the same design. Raises the errors of `Renderer.render_pdf` and `fill_template`, and MISSING_GLYPH.
    """
    if all(section.kind != "custom" for section in sections_of(letter)):
        refuse_unshowable(set("".join(texts_of(letter.model_dump()))))
        facts = typst_facts(_without_marks(letter), assets=assets, attachments=attachments, note=note)
        return await renderer.set_letter(template_of(letter.design), facts, identifier=identifier, created=created)
    page = noted_page(await page_of(renderer, letter, assets), note)
    pdf = await renderer.render_pdf(
        page.html, css=page.css, assets=page.assets, identifier=identifier, created=created, attachments=attachments
    )
    await asyncio.to_thread(prove_glyphs, pdf, visible_text(page.html))
    return pdf


def _without_marks(letter: LetterDocument) -> LetterDocument:
    """Leave out byte order marks, which spreadsheets leave behind: they show nothing, and PDF/A allows no text to hold one."""
    written = letter.model_dump_json()
    return LetterDocument.model_validate_json(written.replace(MARK, "")) if MARK in written else letter


async def page_of(renderer: Renderer, letter: LetterDocument, assets: Assets | None = None) -> LetterPage:
    """Return the page of a letter with its own sections filled in."""
    data = letter.model_dump(mode="json", exclude=HIDDEN)
    filled = {
        place: await renderer.fill_template(section.source, data)
        for place, section in enumerate(sections_of(letter))
        if section.kind == "custom"
    }
    return letter_page(letter, assets=assets, filled=filled)


async def unshown_characters(renderer: Renderer, characters: Collection[str], typeface: Typeface = "SONG") -> set[str]:
    """Return those of the characters that no font draws in a letter of this typeface; one page proves them all."""
    text = "".join(sorted(characters))
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    page = f'<html lang="zh-CN"><title>characters</title><body><p>{escape(text)}</p></body></html>'
    pdf = await renderer.render_pdf(page, css=letter_css("formal", typeface=typeface), identifier=b"characters", created=moment)
    return await asyncio.to_thread(unshown, pdf, text)
