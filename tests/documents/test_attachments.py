"""The goals inside the letter: canonical JSON with its SHA-256 (row N3)."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from plumb_platform.documents.attachments import Attachment, AttachmentChanged, AttachmentMissing, extract_attachment
from plumb_platform.documents.renderer import Renderer
from plumb_platform.documents.report_print import ReportDocument, print_report
from plumb_tenants.retention.due import MOST
from plumb_tenants.retention.printing import REPORT_FILE
from plumb_tenants.retention.running import MOST_STEPS


class Forged(Attachment):
    """An attachment whose stated digest is another file's."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(b"other").hexdigest()


async def embedded(renderer: Renderer, attachment: Attachment) -> bytes:
    created = datetime(2026, 1, 5, tzinfo=UTC)
    return await renderer.render_pdf("<title>x</title>准绳", identifier=b"x", created=created, attachments=[attachment])


async def test_a_file_that_does_not_fit_its_digest_is_refused(renderer: Renderer) -> None:
    with pytest.raises(AttachmentChanged):
        extract_attachment(await embedded(renderer, Forged(name="goals.json", content=b"{}")))


async def test_a_pdf_without_the_file_says_so(renderer: Renderer) -> None:
    with pytest.raises(AttachmentMissing):
        extract_attachment(await embedded(renderer, Attachment(name="other.json", content=b"{}")))


@pytest.mark.parametrize("pdf", [b"", b"no pdf", b"%PDF-1.7\n%%EOF"])
def test_a_file_that_is_no_pdf_holds_no_attachment(pdf: bytes) -> None:
    with pytest.raises(AttachmentMissing):
        extract_attachment(pdf)


async def test_the_goals_come_back_byte_for_byte(renderer: Renderer) -> None:
    content = '{"goals":[{"metric":"销售回款额","target":"11385000.00"}]}'.encode()
    found = extract_attachment(await embedded(renderer, Attachment(name="goals.json", content=content, title="Goals.")))
    assert found.content == content
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.title == "Goals."


async def test_a_report_carries_the_bytes_of_the_largest_run_there_is(renderer: Renderer) -> None:
    item = '{"object_id":"01a219ef-9519-7d30-835d-%012d","outcome":"DESTROYED","sha256":null,"what":"row"}'
    content = ("[" + ",".join(item % number for number in range(MOST_STEPS * MOST)) + "]").encode()
    facts: dict[str, Any] = dict.fromkeys(("company", "title", "subtitle", "number", "page_of", "notice"), "x")
    within = Attachment(name=REPORT_FILE, content=content)
    report = ReportDocument(sha256=within.sha256, facts=(), sections=(), **facts)
    created = datetime(2026, 1, 5, tzinfo=UTC)
    pdf = await print_report(renderer, report, attachments=(within,), identifier=b"report-1", created=created)
    assert extract_attachment(pdf, REPORT_FILE).content == content
    assert len(pdf) < len(content) / 5
