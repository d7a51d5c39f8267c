"""Stored files that a later signature knows: kept back from everybody, told, and released when the alarm was false (C92)."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch, tenant_transaction
from plumb_platform.scanning import Scanner, ScannerUnavailable, scanner_at
from plumb_platform.settings import Settings
from plumb_platform.storage import Storage, open_storage
from plumb_schema.ground.ids import encode_id
from plumb_tenants.forms import service
from plumb_tenants.forms.models import Attachment
from plumb_tenants.retention.models import RetentionItem, RetentionRun
from plumb_workers.schedule import TIMERS, Timers
from support.clamd import Clamd
from support.companies import add_person
from support.forms_made import PDF, Office, make_office
from support.serving import Caller

BAD = PDF + b"/JavaScript"
SignedIn = Callable[[Actor], Awaitable[Caller]]
TODAY: dict[str, Any] = {"day": "2031-01-01", "part": 1}


@pytest.fixture
def storage(settings: Settings) -> Storage:
    return open_storage(settings.storage_url, home=settings.home)


@pytest.fixture
def scanner(clamd: Clamd) -> Iterator[Scanner]:
    """Return the scanner, which has learnt today that what BAD carries is malware."""
    was = clamd.knows, clamd.version
    clamd.knows, clamd.version = (b"/JavaScript", "Pdf.Trojan-1"), "ClamAV 1.4.6/27801/Fri Nov 27 09:00:00 2026"
    yield scanner_at(clamd.urls[0])
    clamd.knows, clamd.version = was
    clamd.odd, clamd.stream_max_length = None, 1_000_000


async def brought(office: Office, storage: Storage, content: bytes = BAD) -> Attachment:
    """Store a file that passed the scan of its day."""
    draft = await office.start({"申报值": "1"})
    async with tenant_transaction(office.seller):
        given: dict[str, Any] = {"field": "证据", "name": "证据.pdf", "content": content}
        kept = await service.upload_attachment(office.seller, storage, scanner_at(""), submission_id=draft, **given)
        return await Attachment.get(id=kept)


async def rescanned(office: Office, storage: Storage, scanner: Scanner, **given: Any) -> int:
    async with tenant_transaction(office.company.system):
        return await service.rescan(office.company.system, storage, scanner, **TODAY | given)


async def rows(office: Office, sql: str) -> list[tuple[Any, ...]]:
    async with tenant_transaction(office.company.system):
        return [tuple(row.values()) for row in await fetch(sql)]


def path_of(file: Attachment) -> str:
    return f"/attachments/{encode_id('Attachment', file.id)}/file"


async def refused(caller: Caller, path: str, lang: str) -> tuple[int, str, str]:
    answer = await caller.http.get(path, headers={"accept-language": lang})
    (error,) = answer.json()["errors"]
    return answer.status_code, error["extensions"]["code"], error["message"][:30]


async def test_a_file_that_is_found_later_goes_to_nobody_is_told_and_audited_and_released_once_it_is_clean(
    storage: Storage, scanner: Scanner, clamd: Clamd, signed_in: SignedIn
) -> None:
    office = await make_office()
    chief = await add_person(office.company, "A1", "管理员", unit=office.unit, roles=("company_admin",))
    file, clean = await brought(office, storage), await brought(office, storage, PDF)
    seller, admin = await signed_in(office.seller), await signed_in(chief)
    async with tenant_transaction(chief):
        run = await RetentionRun.create(kind="DUE", state="DONE", said={})
        held: dict[str, Any] = {
            "category": "SUBMISSION",
            "object_type": "Submission",
            "object_id": file.submission_id,
        }
        await RetentionItem.create(
            run_id=run.id, outcome="HELD", file_key=file.file_key, sha256=file.sha256, destroyed_at=now(), **held
        )
    paths = ((seller, path_of(file)), (admin, f"/retention/held/{file.sha256}"))
    assert [(await caller.http.get(path)).status_code for caller, path in paths] == [200, 200]
    assert [await rescanned(office, storage, scanner) for _ in range(2)] == [2, 0]
    for caller, path in paths:
        assert await refused(caller, path, "zh-CN") == (
            403,
            "FILE_QUARANTINED",
            "病毒扫描在复查中发现该文件含有“Pdf.Trojan-1”，",
        )
        assert await refused(caller, path, "en") == (403, "FILE_QUARANTINED", "A later scan found Pdf.Trojan-")
    assert (await seller.http.get(path_of(clean))).content == PDF
    assert await storage.get(file.file_key) == BAD
    clamd.knows, clamd.version = (b"nothing", "-"), "ClamAV 1.4.6/27802/Sat Nov 28 09:00:00 2026"
    assert await rescanned(office, storage, scanner) == 2
    assert [(await caller.http.get(path)).content for caller, path in paths] == [BAD, BAD]
    told = await rows(office, "select coalesce(person_id, membership_id), kind from message")
    admins = (chief.person_id, office.company.admin.membership_id)
    assert sorted(told) == sorted((each, f"attachment.{what}") for each in admins for what in ("quarantine", "release"))
    audited = "select action, object_id, after->>'found_as' from audit_entry where action like 'attachment.%e' order by number"
    assert await rows(office, audited) == [
        ("attachment.quarantine", file.id, "Pdf.Trojan-1"),
        ("attachment.release", file.id, None),
    ]


async def test_what_cannot_be_scanned_stays_as_it_was_and_is_tried_again_or_noted(
    storage: Storage, scanner: Scanner, clamd: Clamd
) -> None:
    office = await make_office()
    await brought(office, storage)
    assert await rescanned(office, storage, scanner_at("")) == 0
    clamd.odd = b"stream: O"
    with pytest.raises(ScannerUnavailable):
        await rescanned(office, storage, scanner)
    clamd.odd = None
    found = "select found_as, signatures from file_scan"
    assert await rows(office, found) == []
    assert await rescanned(office, storage, scanner) == 1
    clamd.version, clamd.stream_max_length = "ClamAV 1.5.0", 10
    assert await rescanned(office, storage, scanner) == 1
    assert await rows(office, found) == [("Pdf.Trojan-1", "ClamAV 1.5.0")]


async def test_a_large_company_is_scanned_in_parts_once_a_day_and_nothing_of_ours_is_looked_at(
    storage: Storage, scanner: Scanner
) -> None:
    office, empty = await make_office(), await make_office()
    for number in range(3):
        await brought(office, storage, PDF + bytes([65 + number]))
    letter = await storage.put(office.company.tenant_id, "letters", BAD)
    for _ in range(2):
        await Timers(tuple(each for each in TIMERS if each.name == "files.rescan")).beat()
    queued = "select payload->>'part', dedupe_key from outbox where topic = 'files.rescan' order by id"
    assert await rows(empty, queued) == []
    ((part, key),) = await rows(office, queued)
    day = str(key).removesuffix(":1")
    assert (part, await rescanned(office, storage, scanner, day=day, most=2)) == ("1", 2)
    assert await rows(office, queued) == [("1", f"{day}:1"), ("2", f"{day}:2")]
    assert await rescanned(office, storage, scanner, day=day, part=2, most=2) == 1
    assert (
        await rows(office, "select count(*) as files, count(found_as) as found from file_scan"),
        await storage.get(letter),
    ) == ([(3, 0)], BAD)
