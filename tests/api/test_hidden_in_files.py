"""A file tells no more than lists do: the audit chain and reports of retention under a matrix that hides a field (C56)."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from plumb_platform.actor import Actor
from plumb_platform.audit.resources import AUDIT_ENTRY
from plumb_platform.database import Database
from plumb_platform.settings import Settings
from plumb_schema.ground.ids import encode_id
from plumb_tenants.retention.resources import RUN
from support.companies import make_company, member
from support.matrices import grant, matrix, published
from support.retention_made import erased_leaver
from support.serving import Caller

SignedIn = Callable[[Actor], Awaitable[Caller]]
LINK = "mutation ($run: ID!) { createReportLink(input: {runId: $run}) { ... on ReportLink { path } ... on Problem { code } } }"


def told(answer: httpx2.Response) -> tuple[int, str]:
    """Return status and code of a refusal, nothing for the code of a file."""
    is_file = "attachment" in answer.headers.get("content-disposition", "")
    return answer.status_code, "" if is_file else answer.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("hidden", sorted(AUDIT_ENTRY.fields))
async def test_the_audit_chain_is_for_who_sees_entries_whole(database: Database, signed_in: SignedIn, hidden: str) -> None:
    company = await make_company()
    await published(company.admin, matrix(reader=[grant("audit:read")]))
    caller = await signed_in(await member(company.tenant_id, "reader"))
    assert told(await caller.http.get("/audit/chain.jsonl")) == (200, "")
    await published(company.admin, matrix(reader=[grant("audit:read", fields=sorted(AUDIT_ENTRY.fields - {hidden}))]))
    assert told(await caller.http.get("/audit/chain.jsonl")) == (403, "FIELD_HIDDEN")


@pytest.mark.parametrize("hidden", ["RetentionRun.personId", "RetentionRun.confirmedAt", "RetentionRun.reportSha256"])
async def test_a_report_of_retention_is_for_who_sees_what_it_says(
    database: Database, settings: Settings, signed_in: SignedIn, hidden: str
) -> None:
    company = await make_company()
    run = encode_id("RetentionRun", await erased_leaver(settings, company))
    await published(company.admin, matrix(reader=[grant("retention:read")]))
    caller = await signed_in(await member(company.tenant_id, "reader"))
    link = (await caller.ask(LINK, run=run))["path"]
    paths = (f"/retention/{run}/report.json", link)
    assert [told(await caller.http.get(each)) for each in paths] == [(200, "")] * 2
    await published(company.admin, matrix(reader=[grant("retention:read", fields=sorted(RUN.fields - {hidden}))]))
    assert [told(await caller.http.get(each)) for each in paths] == [(403, "FIELD_HIDDEN")] * 2
    assert await caller.ask(LINK, run=run) == {"code": "FIELD_HIDDEN"}
