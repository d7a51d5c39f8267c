"""A worker killed at the steps of a run of retention: each row and file goes once, the report is complete."""

import json
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.documents.key_vault import vault_of
from plumb_platform.settings import Settings
from plumb_platform.storage import FileMissing
from plumb_platform.telling import Sentence
from plumb_tenants.company.service import add_signing_key, root_certificates
from plumb_tenants.notifications.service import notify
from plumb_tenants.retention.models import RetentionItem
from plumb_tenants.retention.service import download_print, download_report
from plumb_verify.files import Options, verify
from plumb_verify.signatures import Broken
from support.dying_worker_run import DyingWorker
from support.pdf_read import words_of
from support.retention_made import Ended, publish_rules

STEP, PRINT = "retention.run", "retention.print"
WORK = (
    *(("rows-emptied", STEP), ("healthy", STEP)),
    *(("file-gone", STEP), ("healthy", f"{STEP}+{STEP}")),
    *(("report-stored", STEP), ("healthy", f"{STEP}+{PRINT}")),
)
"""What happens to one step after the other: the letters' rows; their files, then the messages; the report, then its prints."""


async def test_each_row_and_file_goes_once_whatever_step_the_worker_died_at(
    ended: Ended, settings: Settings, tmp_path: Path, dying: DyingWorker
) -> None:
    company, own = ended.office.company, settings.model_copy(update={"home": tmp_path})
    async with tenant_transaction(company.system):
        await execute("update signing_key set active = false")
        await add_signing_key(company.system, company_name=company.name, vault=vault_of(settings))
        people = [each.person_id for each in (ended.office.employee, ended.office.manager) if each.person_id]
        said = Sentence(zh="旧", en="old")
        await notify(company.system, people=people, kind="x", object_type="Goal", object_id=ended.office.goal, said=said)
        await execute("update message set created_at = $1", now() - timedelta(days=4000))
        messages = await fetch_value("select count(*) from message")
    await publish_rules(company.admin, ("LETTER", "SHRED", 24), ("MESSAGE", "SHRED", 12))
    run_id = await ended.start()
    assert run_id is not None
    did = await dying.run(own, str(company.tenant_id), [f"{step}={jobs}" for step, jobs in WORK])
    assert did == [f"{step} {0 if step == 'healthy' else -signal.SIGKILL}" for step, _ in WORK]
    assert ended.letter.file_key
    with pytest.raises(FileMissing):
        await ended.storage.get(ended.letter.file_key)
    async with tenant_transaction(company.system):
        items = await RetentionItem.filter(run_id=run_id)
        acts = await fetch(
            "select action, count(*)::int as n from audit_entry where action like 'retention.%' group by action order by action"
        )
        roots = await root_certificates(company.system)
        assert await fetch_value("select count(*) from message") == 0
        assert await fetch_value("select count(*) from outbox where topic like 'retention.%' and done_at is null") == 0
    assert len(items) == len({(each.object_id, each.file_key) for each in items}) == 2 + messages
    assert {each.outcome for each in items} == {"DESTROYED"}
    assert {each["action"]: each["n"] for each in acts} == {
        "retention.destroy": 2,
        "retention.finish": 1,
        "retention.print": 2,
        "retention.start": 1,
    }
    async with tenant_transaction(company.admin):
        report, sha256 = await download_report(company.admin, run_id, ended.storage)
        chinese, _ = await download_print(company.admin, run_id, ended.storage, locale="zh-CN")
        english, _ = await download_print(company.admin, run_id, ended.storage, locale="en")
    assert len(json.loads(report)["said"]["destroyed"]) == len(items)
    printed(chinese, "保存与销毁报告", sha256, roots)
    printed(english, "Report of retention", sha256, roots)


def printed(pdf: bytes, title: str, sha256: str, roots: list[bytes]) -> None:
    """Expect a sealed PDF that says the report and holds without the server, and not once a byte of it is another."""
    said = verify(pdf, Options(roots))
    assert (said["kind"], said["report_sha256"], said["root_given"]) == ("printed retention report", sha256, True)
    text = words_of(pdf)
    assert title in text
    assert sha256[:32] in text
    for forged, given in ((pdf.replace(b"/Type", b"/Tipe", 1), roots), (pdf, roots[:1]), (pdf + b" ", roots)):
        with pytest.raises(Broken):
            verify(forged, Options(given))
