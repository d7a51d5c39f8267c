"""The audit page of a letter: a document of its own that tells who did what, when, from where, and how they were known (A28)."""

import asyncio
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from plumb_platform.documents.glyph_proof import prove_glyphs, visible_text
from plumb_platform.documents.letter_html import LetterPage
from plumb_platform.documents.letter_styles import audit_css
from plumb_platform.documents.letter_words import AUDIT_WORDS
from plumb_platform.documents.qr import qr_data_url
from plumb_platform.documents.renderer import Renderer
from plumb_platform.documents.templates import render_shipped


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AuditEvent(_Plain):
    """One event of a letter's life; texts are in the letter's own locale."""

    number: int
    """Of the entry in the company's audit chain."""
    at: str
    act: str
    who: str
    evidence: str = ""
    address: str = ""
    agent: str = ""
    hash: str = ""


class AuditSigner(_Plain):
    """One of the chain as it ended."""

    label: str
    act: str
    name: str
    state: str
    at: str = ""


class AuditDocument(_Plain):
    """All that the audit page says; hashes are SHA-256 in hex."""

    locale: Literal["zh-CN", "en"] = "zh-CN"
    company: str
    title: str
    number: str
    employee: str
    period: str
    original_sha256: str
    """Of what everybody signed: the canonical JSON of the letter."""
    final_sha256: str
    """Of the sealed file."""
    file_size: str
    seal: str
    """Level and certificate of the seal."""
    sealed_at: str
    verify_url: str
    verify_code: str
    signers: tuple[AuditSigner, ...]
    events: tuple[AuditEvent, ...]
    made_at: str


def audit_page(document: AuditDocument) -> LetterPage:
    """Return the page of an audit document."""
    data = {
        "audit": document.model_dump(),
        "words": AUDIT_WORDS[document.locale],
        "qr": qr_data_url(document.verify_url),
    }
    return LetterPage(html=render_shipped("audit.html", data), css=audit_css())


async def print_audit(renderer: Renderer, document: AuditDocument, *, identifier: bytes, created: datetime) -> bytes:
    """Return the audit page as PDF; equal arguments give equal bytes. Raises the errors of `Renderer.render_pdf`."""
    page = audit_page(document)
    pdf = await renderer.render_pdf(page.html, css=page.css, identifier=identifier, created=created)
    await asyncio.to_thread(prove_glyphs, pdf, visible_text(page.html))
    return pdf
