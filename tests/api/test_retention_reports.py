"""The signed report of an erasure over plain HTTP: by its short-lived link and by who may read it, each download audited."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.identity.tokens import create_token
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_platform.stored_files import store_file
from plumb_schema.ground.ids import encode_id
from plumb_tenants.company.service import root_certificates
from plumb_tenants.retention.models import RetentionItem, RetentionRun
from plumb_tenants.retention.service import print_reports
from plumb_verify.files import Options, verify
from support.companies import VAULT, make_company
from support.pdf_read import words_of
from support.retention_made import erased_leaver
from support.serving import Caller

LINK = """mutation ($run: ID!, $format: RetentionReportFormat! = JSON) { createReportLink(input: {runId: $run, format: $format}) {
  ... on ReportLink { path expiresAt } ... on Problem { code } } }"""


async def caller(http: httpx2.AsyncClient, actor: Actor) -> Caller:
    async with tenant_transaction(actor):
        token = (await create_token(actor, name="报告", scopes=["retention:read"], days=1)).credential
    return Caller(http, token=token)


async def test_the_report_is_fetched_by_its_link_alone_and_holds_without_the_server(
    http: httpx2.AsyncClient, settings: Settings, database: Database, renderer: Renderer
) -> None:
    company, other = await make_company(), await make_company()
    run_id = await erased_leaver(settings, company)
    run, admin = encode_id("RetentionRun", run_id), await caller(http, company.admin)
    assert await (await caller(http, other.admin)).ask(LINK, run=run) == {"code": "NOT_FOUND"}
    made = await admin.ask(LINK, run=run)
    report = await http.get(made["path"])
    own = await http.get(f"/retention/{run}/report.json", headers={"authorization": f"Bearer {admin.token}"})
    assert (report.status_code, own.status_code, own.content) == (200, 200, report.content)
    assert report.headers["content-disposition"].startswith("attachment")
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from audit_entry where action = 'retention.download'") == 2
        roots = await root_certificates(company.system)
    said = verify(report.content, Options(roots))
    assert (said["kind"], said["run"], said["root_given"]) == ("retention report", str(run_id), True)
    assert "张伟" not in report.text
    assert await admin.ask(LINK, run=run, format="PDF") == {"code": "RETENTION_PRINT_MISSING"}
    assert (await http.get(made["path"] + "&format=pdf")).json()["errors"][0]["extensions"]["code"] == "RETENTION_PRINT_MISSING"
    storage = open_storage(settings.storage_url, home=settings.home)
    async with tenant_transaction(company.system):
        assert await print_reports(company.system, run_id, renderer=renderer, storage=storage, vault=VAULT) == 2
        assert await print_reports(company.system, run_id, renderer=renderer, storage=storage, vault=VAULT) == 0
    printed = await http.get((await admin.ask(LINK, run=run, format="PDF"))["path"])
    direct = await http.get(f"/retention/{run}/report.pdf?lang=zh-CN", headers={"authorization": f"Bearer {admin.token}"})
    for pdf, title in ((printed, "Report of retention"), (direct, "保存与销毁报告")):
        assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
        assert title in words_of(pdf.content)
        said = verify(pdf.content, Options(roots))
        assert (said["kind"], said["report_sha256"]) == ("printed retention report", sha256_hex(report.content))


async def test_a_file_that_a_hold_saved_is_handed_out_to_who_may_place_holds_and_to_nobody_else(
    http: httpx2.AsyncClient, settings: Settings, database: Database, signed_in: Callable[[Actor], Awaitable[Caller]]
) -> None:
    company, other = await make_company(), await make_company()
    content, storage = b"%PDF-1.7 held", open_storage(settings.storage_url, home=settings.home)
    digest = sha256_hex(content)
    async with tenant_transaction(company.system):
        run = await RetentionRun.create(kind="DUE", state="DONE", said={})
        key = await store_file(storage, company.tenant_id, "letters", content)
        facts: dict[str, Any] = {
            "category": "LETTER",
            "object_type": "Letter",
            "object_id": run.id,
            "sha256": digest,
            "file_key": key,
        }
        item = await RetentionItem.create(run_id=run.id, outcome="PENDING", **facts)
    admin, path = await signed_in(company.admin), f"/retention/held/{digest}"
    assert (await admin.http.get(path)).status_code == 404
    async with tenant_transaction(company.system):
        await RetentionItem.filter(id=item.id).update(outcome="HELD")
    assert [(await http.get(path)).status_code, (await (await signed_in(company.hr)).http.get(path)).status_code] == [401, 403]
    foreign = await (await signed_in(other.admin)).http.get(path)
    assert (foreign.status_code, foreign.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    for hostile in (digest.upper(), digest[:-1], "%00", "%E2%80%AE" * 64, "..%2f..%2fetc%2fpasswd"):
        assert (await admin.http.get(f"/retention/held/{hostile}")).status_code == 404
    found = await admin.http.get(path)
    assert (found.status_code, found.content, found.headers["x-content-type-options"]) == (200, content, "nosniff")
    assert found.headers["content-disposition"] == f"attachment; filename*=UTF-8''held-{digest[:12]}.pdf"
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from audit_entry where action = 'retention.held_download'") == 1


@pytest.mark.parametrize("path", ["/retention/by-link", "/retention/by-link?link=x.y"])
async def test_without_the_word_of_a_link_there_is_no_report(http: httpx2.AsyncClient, path: str) -> None:
    response = await http.get(path)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
