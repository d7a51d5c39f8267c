"""Stored files that a later signature knows: kept back from everybody, told, and released when the alarm was false (C92)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import tenant_transaction
from plumb_platform.scanning import Scanner, ScannerUnavailable, scanner_at
from plumb_platform.storage import Storage
from plumb_tenants.retention.models import RetentionItem, RetentionRun
from plumb_workers.schedule import TIMERS, Timers
from support.clamd import Clamd
from support.companies import add_person
from support.forms_made import PDF, make_office
from support.rescans import BAD, brought, path_of, refused, rescanned, rows
from support.serving import Caller

SignedIn = Callable[[Actor], Awaitable[Caller]]


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
    assert [await rescanned(office.company, storage, scanner) for _ in range(2)] == [2, 0]
    for caller, path in paths:
        for lang, words in (
            ("zh-CN", "病毒扫描在复查中发现该文件含有“Pdf.Trojan-1”，"),
            ("en", "A later scan found Pdf.Trojan-1 in"),
        ):
            status, code, message = await refused(caller, path, lang)
            assert (status, code, message.startswith(words)) == (403, "FILE_QUARANTINED", True)
    assert (await seller.http.get(path_of(clean))).content == PDF
    assert await storage.get(file.file_key) == BAD
    clamd.knows, clamd.version = (b"nothing", "-"), "ClamAV 1.4.6/27802/Sat Nov 28 09:00:00 2026"
    assert await rescanned(office.company, storage, scanner) == 2
    assert [(await caller.http.get(path)).content for caller, path in paths] == [BAD, BAD]
    told = await rows(office.company, "select coalesce(person_id, membership_id), kind from message")
    asked = (chief.person_id, office.company.admin.membership_id, office.seller.person_id)
    assert sorted(told) == sorted((each, f"attachment.{what}") for each in asked for what in ("quarantine", "release"))
    audited = "select action, object_id, after->>'found_as' from audit_entry where action like 'attachment.%e' order by number"
    assert await rows(office.company, audited) == [
        ("attachment.quarantine", file.id, "Pdf.Trojan-1"),
        ("attachment.release", file.id, None),
    ]


async def test_what_cannot_be_scanned_stays_as_it_was_and_is_tried_again_or_noted(
    storage: Storage, scanner: Scanner, clamd: Clamd
) -> None:
    office = await make_office()
    await brought(office, storage)
    assert await rescanned(office.company, storage, scanner_at("")) == 0
    clamd.odd = b"stream: O"
    with pytest.raises(ScannerUnavailable):
        await rescanned(office.company, storage, scanner)
    clamd.odd = None
    found = "select found_as, signatures from file_scan"
    assert await rows(office.company, found) == []
    assert await rescanned(office.company, storage, scanner) == 1
    clamd.version, clamd.stream_max_length = "ClamAV 1.5.0", 10
    assert await rescanned(office.company, storage, scanner) == 1
    assert await rows(office.company, found) == [("Pdf.Trojan-1", "ClamAV 1.5.0")]


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
    assert await rows(empty.company, queued) == []
    ((part, key),) = await rows(office.company, queued)
    day = str(key).removesuffix(":1")
    assert (part, await rescanned(office.company, storage, scanner, day=day, most=2)) == ("1", 2)
    assert await rows(office.company, queued) == [("1", f"{day}:1"), ("2", f"{day}:2")]
    assert await rescanned(office.company, storage, scanner, day=day, part=2, most=2) == 1
    assert (
        await rows(office.company, "select count(*) as files, count(found_as) as found from file_scan"),
        await storage.get(letter),
    ) == ([(3, 0)], BAD)
