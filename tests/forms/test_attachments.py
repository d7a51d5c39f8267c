"""Files of submissions: type by content, size, count, and who may read them (C92)."""

from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from tortoise.exceptions import BaseORMException

from plumb_platform.actor import Actor
from plumb_platform.database import execute, tenant_transaction
from plumb_platform.errors import DomainError, NotFound
from plumb_platform.scanning import scanner_at
from plumb_platform.storage import Storage, open_storage
from plumb_tenants.forms import service
from plumb_tenants.forms.body import MediaType
from plumb_tenants.forms.content import media_type_of
from support.forms_made import PDF, Office, make_office


@pytest.fixture
def storage(tmp_path: Any) -> Storage:
    return open_storage("", home=tmp_path)


def archive(*names: str) -> bytes:
    """Return a zip file with empty members."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as made:
        for name in names:
            made.writestr(name, b"")
    return buffer.getvalue()


CONTENTS = [
    (PDF, MediaType.PDF),
    (b"\x89PNG\r\n\x1a\n....", MediaType.PNG),
    (b"\xff\xd8\xff\xe0....", MediaType.JPEG),
    (archive("[Content_Types].xml", "xl/workbook.xml"), MediaType.XLSX),
    (archive("[Content_Types].xml", "word/document.xml"), MediaType.DOCX),
    (archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), None),
    (archive("a.exe"), None),
    (b"PK\x03\x04 broken", None),
    ("客户,数量\n甲,3\n".encode("gb18030"), MediaType.CSV),
    ("客户,数量\n".encode(), MediaType.CSV),
    (b"<html>,<script>", None),
    (b"MZ\x90\x00", None),
    (b"a\x00b,c", None),
    (b"plain words", None),
]


@pytest.mark.parametrize(("content", "found"), CONTENTS)
def test_a_file_is_what_its_content_says(content: bytes, found: MediaType | None) -> None:
    assert media_type_of(content) is found


async def upload(office: Office, storage: Storage, draft: UUID, content: bytes = PDF, **more: Any) -> UUID:
    actor = more.pop("actor", office.seller)
    scanner = more.pop("scanner", scanner_at(""))
    async with tenant_transaction(actor):
        given = {"field": "证据", "name": "会议纪要.pdf"} | more
        return await service.upload_attachment(actor, storage, scanner, submission_id=draft, content=content, **given)


async def refusal(act: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await act()
    return caught.value


async def test_a_file_of_another_type_too_large_or_for_no_field_is_refused(office: Office, storage: Storage) -> None:
    draft = await office.start({"申报值": "1"})
    cases = (
        ({"content": b"\x89PNG\r\n\x1a\n"}, "ATTACHMENT_TYPE_WRONG"),
        ({"content": PDF + b" " * 100}, "ATTACHMENT_TOO_LARGE"),
        ({"content": b""}, "ATTACHMENT_TOO_LARGE"),
        ({"field": "申报值"}, "FORM_FIELD_UNKNOWN"),
        ({"name": "../a.pdf"}, "ATTACHMENT_NAME_INVALID"),
        # Shown as 证据exe.pdf.
        ({"name": "证据\u202efdp.exe"}, "ATTACHMENT_NAME_INVALID"),
        ({"name": "证据\u2067.pdf"}, "ATTACHMENT_NAME_INVALID"),
        ({"name": "a\u0085b.pdf"}, "ATTACHMENT_NAME_INVALID"),
        ({"name": "a\u2028b.pdf"}, "ATTACHMENT_NAME_INVALID"),
    )
    for changes, code in cases:
        error = await refusal(lambda changes=changes: upload(office, storage, draft, **changes))
        assert error.code == code
    assert await office.value("select count(*) from attachment") == 0


async def test_a_second_file_is_one_too_many_and_the_same_again_is_the_first(office: Office, storage: Storage) -> None:
    draft = await office.start({"申报值": "1"})
    first = await upload(office, storage, draft)
    assert await upload(office, storage, draft) == first
    assert (await refusal(lambda: upload(office, storage, draft, PDF + b"\n"))).code == "ATTACHMENTS_FULL"
    async with tenant_transaction(office.seller):
        await service.remove_attachment(office.seller, attachment_id=first)
    await upload(office, storage, draft, PDF + b"\n")


async def test_a_file_is_read_by_who_may_read_its_submission_and_by_nobody_else(office: Office, storage: Storage) -> None:
    draft = await office.start({"申报值": "1"})
    kept = await upload(office, storage, draft)
    others = await make_office("别的公司")

    async def download(actor: Actor) -> service.AttachedFile:
        async with tenant_transaction(actor):
            return await service.download_attachment(actor, kept, storage)

    for stranger in (office.newcomer, others.company.admin, others.seller):
        assert isinstance(await refusal(lambda stranger=stranger: download(stranger)), NotFound)
    for reader in (office.seller, office.manager, office.hr):
        found = await download(reader)
        assert (found.content, found.name, found.media_type) == (PDF, "会议纪要.pdf", "application/pdf")
    assert await office.value("select count(*) from audit_entry where action = 'attachment.download'") == 3


async def test_only_its_person_changes_the_files_of_a_draft(office: Office, storage: Storage) -> None:
    draft = await office.start({"申报值": "1"})
    kept = await upload(office, storage, draft)
    assert isinstance(await refusal(lambda: upload(office, storage, draft, actor=office.manager)), NotFound)

    async def remove() -> None:
        async with tenant_transaction(office.hr):
            await service.remove_attachment(office.hr, attachment_id=kept)

    assert isinstance(await refusal(remove), NotFound)


async def test_the_files_of_a_submitted_form_stay(office: Office, storage: Storage) -> None:
    draft = await office.start({"申报值": "1"})
    kept = await upload(office, storage, draft)
    async with tenant_transaction(office.seller):
        await service.submit(office.seller, submission_id=draft, version=1)

    async def remove() -> None:
        async with tenant_transaction(office.seller):
            await service.remove_attachment(office.seller, attachment_id=kept)

    assert (await refusal(remove)).code == "SUBMISSION_FINAL"
    assert (await refusal(lambda: upload(office, storage, draft, PDF + b"\n"))).code == "SUBMISSION_FINAL"
    for sql in ("delete from attachment", "update attachment set name = 'b'"):
        with pytest.raises(BaseORMException):
            async with tenant_transaction(office.company.system):
                await execute(sql)
    assert await office.value("select values -> '证据' ->> 0 from submission") == str(kept)
