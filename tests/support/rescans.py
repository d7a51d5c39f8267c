"""Files that a later scan knows: brought by the seller of the forms' office, and scanned again as the daily job does."""

from typing import Any

from plumb_platform.database import fetch, tenant_transaction
from plumb_platform.scanning import Scanner, scanner_at
from plumb_platform.storage import Storage
from plumb_schema.ground.ids import encode_id
from plumb_tenants.files.service import rescan
from plumb_tenants.forms import service
from plumb_tenants.forms.models import Attachment
from support.companies import CompanyFixture
from support.forms_made import PDF, Office
from support.serving import Caller

BAD = PDF + b"/JavaScript"
"""What the scanner learns to know today."""
TODAY: dict[str, Any] = {"day": "2031-01-01", "part": 1}


async def brought(office: Office, storage: Storage, content: bytes = BAD, *, scanner: Scanner | None = None) -> Attachment:
    """Store a file that passed the scan of its day, where there was one."""
    draft = await office.start({"申报值": "1"})
    async with tenant_transaction(office.seller):
        given: dict[str, Any] = {"field": "证据", "name": "证据.pdf", "content": content}
        kept = await service.upload_attachment(office.seller, storage, scanner or scanner_at(""), submission_id=draft, **given)
        return await Attachment.get(id=kept)


async def rescanned(company: CompanyFixture, storage: Storage, scanner: Scanner, **given: Any) -> int:
    """Do what the daily job does, and return how many were scanned."""
    async with tenant_transaction(company.system):
        return await rescan(company.system, storage, scanner, **TODAY | given)


async def rows(company: CompanyFixture, sql: str) -> list[tuple[Any, ...]]:
    """Return rows as the company itself sees them."""
    async with tenant_transaction(company.system):
        return [tuple(row.values()) for row in await fetch(sql)]


def path_of(file: Attachment) -> str:
    """Return where an attachment is downloaded."""
    return f"/attachments/{encode_id('Attachment', file.id)}/file"


async def refused(caller: Caller, path: str, lang: str) -> tuple[int, str, str]:
    """Return status, code and text of a download that is refused."""
    answer = await caller.http.get(path, headers={"accept-language": lang})
    (error,) = answer.json()["errors"]
    return answer.status_code, error["extensions"]["code"], error["message"]
