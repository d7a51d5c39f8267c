"""Attachments over plain HTTP: handed out to who may read the submission, and to nobody else (C92)."""

from uuid import uuid4

import httpx2

from plumb_platform.actor import Actor
from plumb_platform.database import Database, tenant_transaction
from plumb_platform.scanning import scanner_at
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_schema.ground.ids import encode_id
from plumb_tenants.forms import service
from support.filled_company import new_session
from support.forms_made import PDF, make_office


async def get(http: httpx2.AsyncClient, actor: Actor, path: str) -> httpx2.Response:
    return await http.get(path, headers={"cookie": f"plumb_session={await new_session(actor)}"})


async def test_a_file_goes_to_who_may_read_its_submission(
    http: httpx2.AsyncClient, settings: Settings, database: Database
) -> None:
    office, others = await make_office(), await make_office("别的公司")
    draft = await office.start({"申报值": "1"})
    storage = open_storage(settings.storage_url, home=settings.home)
    async with tenant_transaction(office.seller):
        given = {"submission_id": draft, "field": "证据", "name": "会议纪要.pdf", "content": PDF}
        kept = await service.upload_attachment(office.seller, storage, scanner_at(""), **given)  # type: ignore[arg-type]  # mixed
    path = f"/attachments/{encode_id('Attachment', kept)}/file"
    assert (await http.get(path)).status_code == 401
    for actor, asked in (
        (office.newcomer, path),
        (others.company.admin, path),
        (office.seller, f"/attachments/{encode_id('Attachment', uuid4())}/file"),
        (office.seller, f"/attachments/{encode_id('Goal', kept)}/file"),
        (office.seller, "/attachments/nonsense/file"),
    ):
        response = await get(http, actor, asked)
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    for actor in (office.seller, office.manager):
        response = await get(http, actor, path)
        assert (response.status_code, response.content) == (200, PDF)
        assert response.headers["content-type"] == "application/pdf"
        assert response.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E4%BC%9A")
    assert await office.value("select count(*) from audit_entry where action = 'attachment.download'") == 2
