"""Prints a report by the engine of letters: facts by name, tables, and within it the signed bytes that it was made of."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from plumb_platform.documents.attachments import Attachment
from plumb_platform.documents.glyph_proof import refuse_unshowable, texts_of
from plumb_platform.documents.renderer import Renderer

DESIGN = "report"
Align = Literal["left", "right"]


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReportSection(_Plain):
    """A table under its title; a column's width is a share of what is left, 0 as wide as its words; size in points."""

    title: str
    intro: str = ""
    heads: tuple[str, ...] = ()
    columns: tuple[float, ...] = ()
    align: tuple[Align, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    size: float = 8.6


class ReportDocument(_Plain):
    """All that a report says, in its own locale; `sha256` is of the bytes that travel within."""

    locale: Literal["zh-CN", "en"] = "zh-CN"
    company: str
    title: str
    subtitle: str
    number: str
    sha256: str
    page_of: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[ReportSection, ...]
    notice: str


async def print_report(
    renderer: Renderer,
    document: ReportDocument,
    *,
    attachments: tuple[Attachment, ...] = (),
    identifier: bytes,
    created: datetime,
) -> bytes:
    """Return the report as PDF/A-3a; equal arguments give equal bytes. Raises MISSING_GLYPH and the errors of `render_pdf`."""
    facts = document.model_dump(mode="json")
    refuse_unshowable(set("".join(texts_of(facts)).replace("\n", "")))
    embedded = [each.fields() | {"content": each.content.decode()} for each in attachments]
    return await renderer.set_letter(DESIGN, facts | {"attachments": embedded}, identifier=identifier, created=created)
