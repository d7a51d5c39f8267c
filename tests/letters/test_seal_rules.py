"""Seals by the company's rules (A26): levels, a timestamp server that is away, keys that end and are renewed, stamps renewed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plumb_platform import clock
from plumb_platform.actor import Actor, system_actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.documents.timestamp_servers import TimestampServers, TimestampUnavailable
from plumb_platform.errors import Forbidden
from plumb_tenants.company.service import count_key_alarms, renew_signing_key
from plumb_tenants.company.signing_keys import SigningKeyReplaced
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.letters import readiness
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.readiness import LetterFontsMissing, NoSigningKey
from plumb_tenants.letters.service import (
    SealTools,
    download_letter,
    queue_stamps,
    requeue_unsealed,
    seal_alarms,
    seal_letter,
    stamp_letter,
    verify_by_code,
    verify_upload,
)
from support.companies import VAULT
from support.letters_made import Office
from support.pdf_read import words_of
from support.timestamp_server import NAME, StampServer, stamp_server


@pytest.fixture(scope="module")
def tsa() -> Iterator[StampServer]:
    with stamp_server(made_at=now(), days=400) as running:
        yield running


@pytest.fixture
def stamping(tools: SealTools, tsa: StampServer) -> Iterator[SealTools]:
    tools.timestamps = tsa.servers
    yield tools
    tsa.mood = "well"


async def publish(office: Office, **body: Any) -> None:
    actor = office.company.admin
    async with tenant_transaction(actor):
        draft = await create_definition(actor, kind="seal", key="default", name="签章规则", body=body)
        await publish_version(actor, draft.id, version=draft.version)


async def seal(office: Office, tools: SealTools) -> Letter:
    letter = await office.signed()
    actor = system_actor(office.company.tenant_id)
    async with tenant_transaction(actor):
        return await seal_letter(actor, letter.id, tools)


async def renew(actor: Actor, serial: str) -> str:
    async with tenant_transaction(actor):
        return (await renew_signing_key(actor, serial=serial, vault=VAULT)).serial


async def serial_of(office: Office) -> str:
    async with tenant_transaction(office.company.system):
        return str(await fetch_value("select serial from signing_key where active"))


async def test_a_letter_waits_for_the_timestamp_server_and_is_tried_again(
    office: Office, stamping: SealTools, tsa: StampServer
) -> None:
    await publish(office, seal_level="B-T")
    tsa.mood = "away"
    with pytest.raises(TimestampUnavailable):
        await seal(office, stamping)
    system = office.company.system
    async with tenant_transaction(system):
        assert await fetch("select state, file_key from letter") == [{"state": "SIGNED", "file_key": None}]
        await execute("update outbox set failed_at = now() - interval '2 hours', error_code = 'TIMESTAMP_UNAVAILABLE'")
        assert await requeue_unsealed(system) == 1


async def test_a_letter_sealed_without_its_stamp_says_so_in_print_and_in_its_row(
    office: Office, stamping: SealTools, tsa: StampServer
) -> None:
    await publish(office, seal_level="B-LTA", without_timestamp="seal")
    tsa.mood = "away"
    letter = await seal(office, stamping)
    assert (letter.state, letter.seal_level, letter.seal_note, letter.stamped_at) == (
        "SEALED",
        "B-B",
        "TIMESTAMP_UNAVAILABLE",
        None,
    )
    assert letter.file_key is not None
    content = await stamping.storage.get(letter.file_key)
    printed = re.sub(r"\s", "", words_of(content))
    assert "签章时时间戳服务不可用：本责任书未加盖可信时间戳（规定级别B-LTA，实际级别B-B）。" in printed
    assert (await verify_upload(content)).status == "VALID"


async def test_a_stamped_letter_tells_whoever_verifies_it_the_time_and_the_server(
    office: Office, stamping: SealTools, tsa: StampServer
) -> None:
    await publish(office, seal_level="B-LT")
    letter = await seal(office, stamping)
    assert letter.stamped_at is not None
    assert (letter.seal_level, letter.seal_note) == ("B-LT", None)
    found = await verify_by_code(letter.verify_code, stamping.storage, stamping.timestamps.roots)
    assert (found.status, found.seal_level, found.stamped_at, found.stamped_by) == ("VALID", "B-LT", letter.stamped_at, NAME)


async def test_a_stamp_that_ends_is_renewed_once_and_both_files_verify(
    office: Office, stamping: SealTools, tsa: StampServer
) -> None:
    await publish(office, seal_level="B-LTA")
    letter, system = await seal(office, stamping), office.company.system
    assert letter.file_key is not None
    assert letter.stamps_end_at is not None
    async with tenant_transaction(system):
        assert await queue_stamps(system) == 0
        assert (await stamp_letter(system, letter.id, stamping)).stamps_end_at == letter.stamps_end_at
    soon = letter.stamps_end_at - timedelta(days=60)
    with clock.clock_at(soon), stamp_server(made_at=soon, days=800) as newer:
        newer.at = soon
        stamping.timestamps = TimestampServers(urls=newer.servers.urls, roots=(tsa.root, newer.root))
        async with tenant_transaction(system):
            assert (await queue_stamps(system), await queue_stamps(system)) == (1, 0)
            assert await fetch_value("select count(*) from outbox where topic = 'letters.stamp'") == 1
            for _ in range(2):
                await stamp_letter(system, letter.id, stamping)
            assert await queue_stamps(system) == 0
            assert await fetch_value("select count(*) from letter_stamp") == 1
        async with tenant_transaction(office.employee):
            newest = (await download_letter(office.employee, letter.id, stamping.storage, copy_key=b"")).content
        for content in (await stamping.storage.get(letter.file_key), newest):
            assert (await verify_upload(content, stamping.timestamps.roots)).status == "VALID"
        assert (await verify_upload(newest + b"\n", stamping.timestamps.roots)).status == "MODIFIED"
        assert (await verify_by_code(letter.verify_code, stamping.storage, stamping.timestamps.roots)).status == "VALID"


async def test_an_expired_key_or_a_missing_font_blocks_issuing_and_is_an_alarm(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, system = office.company.admin, office.company.system
    async with tenant_transaction(system):
        ends_at = await fetch_value("select not_after from signing_key")
    for days, codes in ((31, []), (29, [("SIGNING_KEY_ENDING", False)]), (-1, [("NO_SIGNING_KEY", True)])):
        with clock.clock_at(ends_at - timedelta(days=days)):
            async with tenant_transaction(admin):
                assert [(each.reason.code, each.blocking) for each in await seal_alarms(admin)] == codes
    with clock.clock_at(ends_at + timedelta(days=1)), pytest.raises(NoSigningKey):
        await office.issued()
    monkeypatch.setattr(readiness, "FONTS", readiness.Fonts(look=lambda: ["Noto Serif CJK SC Bold"]))
    with pytest.raises(LetterFontsMissing) as refused:
        await office.issued()
    assert "Noto Serif CJK SC Bold" in refused.value.text("zh-CN")
    async with tenant_transaction(admin):
        (alarm,) = await seal_alarms(admin)
        assert (alarm.reason.code, alarm.blocking) == ("LETTER_FONTS_MISSING", True)
        assert await fetch_value("select count(*) from letter") == 0
    async with tenant_transaction(office.employee):
        with pytest.raises(Forbidden):
            await seal_alarms(office.employee)


async def test_alarms_of_all_companies_are_counted_thirty_days_ahead(office: Office) -> None:
    before = await count_key_alarms()
    async with tenant_transaction(office.company.system):
        await execute("update signing_key set not_after = $1", now() + timedelta(days=29))
    ending = await count_key_alarms()
    assert (ending.missing - before.missing, ending.ending - before.ending) == (0, 1)
    async with tenant_transaction(office.company.system):
        await execute("update signing_key set active = false")
    missing = await count_key_alarms()
    assert (missing.missing - before.missing, missing.ending - before.ending) == (1, 0)


async def test_a_key_is_renewed_by_an_administrator_who_names_the_present_one(office: Office) -> None:
    serial = await serial_of(office)
    for actor, given, refusal in (
        (office.company.hr, serial, Forbidden),
        (office.employee, serial, Forbidden),
        (office.company.admin, "0", SigningKeyReplaced),
    ):
        with pytest.raises(refusal):
            await renew(actor, given)
    assert await serial_of(office) == serial
    renewed = await renew(office.company.admin, serial)
    with pytest.raises(SigningKeyReplaced):
        await renew(office.company.admin, serial)
    assert (await serial_of(office), renewed == serial) == (renewed, False)
    async with tenant_transaction(office.company.system):
        rows = await fetch("select active, root_certificate from signing_key order by created_at")
        assert await fetch_value("select count(*) from audit_entry where action = 'signing_key.create'") == 2
    assert ([row["active"] for row in rows], len({row["root_certificate"] for row in rows})) == ([False, True], 1)


async def test_letters_of_before_verify_after_a_renewal_and_after_a_new_root(office: Office, tools: SealTools) -> None:
    letter = await seal(office, tools)
    first = await serial_of(office)
    await renew(office.company.admin, first)
    with clock.clock_at(datetime(2045, 1, 1, tzinfo=UTC)):
        # The root would end before a new seal: there is a new one.
        await renew(office.company.admin, await serial_of(office))
        found = await verify_by_code(letter.verify_code, tools.storage)
    assert (found.status, found.certificate_serial) == ("VALID", first)
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select count(distinct root_certificate) from signing_key") == 2
