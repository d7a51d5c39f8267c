"""Seals and stamps that wait for somebody to mend what keeps them: done by themselves once it is mended (N5, A26)."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from plumb_platform import clock
from plumb_platform.actor import Actor, system_actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.documents.seal_inspection import inspect_seal
from plumb_platform.documents.timestamp_servers import TimestampServers
from plumb_platform.settings import Settings
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from plumb_schema.ground.ids import encode_id
from plumb_tenants.company.service import renew_signing_key
from plumb_tenants.definitions.service import create_definition, new_draft, publish_version, update_draft
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.service import (
    Proof,
    SealTools,
    queue_stamps,
    requeue_unsealed,
    revoke_letter,
    seal_letter,
    verify_upload,
)
from plumb_verify.files import Options, verify
from plumb_workers.schedule import TIMERS, Timers
from support.asking import Ask
from support.companies import VAULT
from support.full_disk import full_disk
from support.letters_made import Office
from support.timestamp_server import stamp_server
from support.working import work


async def requeued(system: Actor, after: timedelta) -> int:
    """Return how many seals the reconciler queues when `after` has gone by since they failed."""
    async with tenant_transaction(system):
        await execute("update outbox set failed_at = failed_at - $1::interval where failed_at is not null", after)
        return await requeue_unsealed(system)


async def test_letters_signed_while_the_key_had_ended_are_sealed_once_it_is_renewed(
    office: Office, tools: SealTools, settings: Settings
) -> None:
    letter, system, admin = await office.signed(), office.company.system, office.company.admin
    async with tenant_transaction(system):
        (key,) = await fetch("update signing_key set not_after = now() - interval '1 hour' returning serial")
    assert await work(office, tools, settings, "letters.seal") == [(False, "NO_SIGNING_KEY")]
    assert await requeued(system, timedelta(0)) == 0
    async with tenant_transaction(admin):
        await renew_signing_key(admin, serial=key["serial"], vault=VAULT)
    assert await requeued(system, timedelta(hours=2)) == 1
    assert await work(office, tools, settings, "letters.seal") == [(True, None)]
    async with tenant_transaction(system):
        sealed = await Letter.get(id=letter.id)
        assert (sealed.state, sealed.file_key is None) == ("SEALED", False)


async def test_a_letter_that_waited_for_a_new_key_for_days_says_no_time_at_which_that_key_was_not_there(
    office: Office, tools: SealTools, settings: Settings
) -> None:
    await office.signed()
    system, admin, later = office.company.system, office.company.admin, now() + timedelta(days=10)
    async with tenant_transaction(system):
        (key,) = await fetch("update signing_key set not_after = now() - interval '1 hour' returning serial")
    with clock.clock_at(later):
        async with tenant_transaction(admin):
            await renew_signing_key(admin, serial=key["serial"], vault=VAULT)
        assert await work(office, tools, settings, "letters.seal") == [(True, None)]
    async with tenant_transaction(system):
        letter = await Letter.get()
        root = bytes(await fetch_value("select root_certificate from signing_key where active"))
    content = await tools.storage.get(str(letter.file_key))
    assert (await verify_upload(content)).status == "VALID"
    assert datetime.fromisoformat(verify(content, Options([root]))["claimed_at"]) >= later.replace(microsecond=0)


async def test_letters_whose_key_the_operator_had_locked_are_sealed_once_it_opens(
    office: Office, tools: SealTools, settings: Settings
) -> None:
    await office.signed()
    tools.vault = KeyVault(b"x" * 32)
    assert await work(office, tools, settings, "letters.seal") == [(False, "KEY_LOCKED")]
    tools.vault = VAULT
    assert await requeued(office.company.system, timedelta(hours=2)) == 1
    assert await work(office, tools, settings, "letters.seal") == [(True, None)]


async def test_a_letter_sealed_on_a_full_disk_waits_leaves_nothing_and_is_sealed_once_there_is_room(
    office: Office, tools: SealTools, settings: Settings, tmp_path: Path
) -> None:
    letter, system = await office.signed(), office.company.system
    for _ in range(3):
        with full_disk(beyond=40_000):
            assert await work(office, tools, settings, "letters.seal") == [(False, None)]
        assert [each for each in (tmp_path / "files").rglob("*") if each.is_file()] == []
        async with tenant_transaction(system):
            assert await fetch_value("select state from letter where id = $1", letter.id) == "SIGNED"
            assert await fetch_value("select failures from outbox where topic = 'letters.seal'") == 0
    assert await work(office, tools, settings, "letters.seal") == [(True, None)]
    async with tenant_transaction(system):
        sealed = await Letter.get(id=letter.id)
    assert [each.name for each in (tmp_path / "files").rglob("*.*")] == [f"{sealed.file_sha256}.pdf"]
    assert (await verify_upload(await tools.storage.get(str(sealed.file_key)))).status == "VALID"


async def stamped(office: Office, tools: SealTools) -> Letter:
    """Return a letter that was sealed as B-LTA."""
    admin, system = office.company.admin, office.company.system
    async with tenant_transaction(admin):
        draft = await create_definition(admin, kind="seal", key="default", name="签章规则", body={"seal_level": "B-LTA"})
        await publish_version(admin, draft.id, version=draft.version)
    signed = await office.signed()
    async with tenant_transaction(system):
        return await seal_letter(system, signed.id, tools)


async def revisions(system: Actor) -> list[datetime]:
    """Return until when each later revision of the company's letters is stamped."""
    async with tenant_transaction(system):
        return [row["stamps_end_at"] for row in await fetch("select stamps_end_at from letter_stamp order by number")]


async def round_of_stamps(office: Office, tools: SealTools, settings: Settings, at: datetime) -> list[tuple[bool, Any]]:
    """Let the timer and then the worker do what is due at a moment; the last attempt of each job counts."""
    system, said = office.company.system, []
    with clock.clock_at(at):
        async with tenant_transaction(system):
            await queue_stamps(system)
        for _ in range(5):
            said = await work(office, tools, settings, "letters.stamp")
    return said


async def test_a_server_whose_certificate_ends_no_later_renews_nothing_until_it_has_another(
    office: Office, tools: SealTools, settings: Settings
) -> None:
    with stamp_server(made_at=now(), days=400) as old:
        tools.timestamps = old.servers
        letter, system = await stamped(office, tools), office.company.system
        ends_at = letter.stamps_end_at
        assert ends_at is not None
        first, later, last = (ends_at - timedelta(days=days) for days in (80, 79, 40))
        for at in (first, later):
            assert await round_of_stamps(office, tools, settings, at) == [(False, "TIMESTAMP_ENDS_TOO_SOON")]
        assert await revisions(system) == []
        with stamp_server(made_at=last, days=800) as newer:
            tools.timestamps, newer.at = TimestampServers(urls=newer.servers.urls, roots=(old.root, newer.root)), last
            assert await round_of_stamps(office, tools, settings, last) == [(True, None)]
            assert await revisions(system) == [last.replace(microsecond=0) + timedelta(days=800)]
            assert await round_of_stamps(office, tools, settings, last) == [(True, None)]
            with clock.clock_at(last):
                found = await verify_upload(await newest_content(system, tools), tools.timestamps.roots)
            assert found.status == "VALID"


async def newest_content(system: Actor, tools: SealTools) -> bytes:
    async with tenant_transaction(system):
        (row,) = await fetch("select file_key from letter_stamp order by number desc limit 1")
    return await tools.storage.get(row["file_key"])


async def root_of(letter: Letter) -> bytes:
    """Return the root certificate that a letter's seal leads to."""
    async with tenant_transaction(system_actor(letter.tenant_id)):
        return bytes(await fetch_value("select root_certificate from signing_key where id = $1", letter.signing_key_id))


@pytest.fixture
def ask(product_engine: Engine, ground: Ground) -> Ask:
    return Ask(product_engine, ground)


LEVELS = ("B-T", "B-LT", "B-LTA")
ASKED = "query ($id: ID!) { letter(id: $id) { sealLevel sealNote stampedAt } }"


async def sealed_while_away(office: Office, tools: SealTools, level: str) -> tuple[Letter, bytes]:
    """Return a letter whose rules want a level and let it be sealed without a stamp, and the file that it got."""
    admin, system = office.company.admin, office.company.system
    async with tenant_transaction(admin):
        body = {"seal_level": level, "without_timestamp": "seal"}
        draft = await create_definition(admin, kind="seal", key="default", name="签章规则", body=body)
        await publish_version(admin, draft.id, version=draft.version)
    signed = await office.signed()
    async with tenant_transaction(system):
        letter = await seal_letter(system, signed.id, tools)
    assert (letter.seal_level, letter.seal_note, letter.file_key is None) == ("B-B", "TIMESTAMP_UNAVAILABLE", False)
    return letter, await tools.storage.get(str(letter.file_key))


@pytest.mark.parametrize("level", LEVELS)
async def test_a_letter_sealed_while_the_timestamp_server_was_away_gets_its_level_once_it_is_back(
    office: Office, tools: SealTools, settings: Settings, ask: Ask, level: str
) -> None:
    system = office.company.system
    # The certificate of the server is younger than the seal: what is judged is the moment of the stamp.
    with stamp_server(made_at=now() + timedelta(days=3), days=800) as tsa:
        tools.timestamps, tsa.mood = tsa.servers, "away"
        letter, before = await sealed_while_away(office, tools, level)
        back = tsa.at = now().replace(microsecond=0) + timedelta(days=5)
        with clock.clock_at(back):
            await Timers(tuple(each for each in TIMERS if each.name == "letters.stamp")).beat()
            assert await work(office, tools, settings, "letters.stamp") == [(False, None)]
            assert await revisions(system) == []
            tsa.mood = "well"
            assert await work(office, tools, settings, "letters.stamp") == [(True, None)]
            after = await newest_content(system, tools)
            assert await round_of_stamps(office, tools, settings, back) == [(True, None)]
        assert len(await revisions(system)) == 1
        shown = await ask(office.company.hr, ASKED, id=encode_id("Letter", letter.id))
        assert (shown["sealLevel"], shown["sealNote"], shown["stampedAt"][:10]) == (level, None, f"{back:%Y-%m-%d}")
        for content, hint in ((before, "B-B"), (after, level)):
            report = await inspect_seal(content, [await root_of(letter)], tsa.servers.roots)
            assert (report.valid, report.level) == (True, hint)
            assert (await verify_upload(content, tsa.servers.roots)).status == "VALID"
        # What was sealed is the same: the stamp stands in the seal's own place.
        start, end = (int(each) for each in re.findall(rb"/ByteRange \[0 (\d+) (\d+) \d+\]", before)[0])
        assert (after[:start], after[end : len(before)]) == (before[:start], before[end:])
        if level == "B-T":
            assert verify(after, Options([await root_of(letter)]))["stamped_at"].startswith(f"{back:%Y-%m-%d}")


@pytest.mark.parametrize("level", LEVELS)
async def test_a_server_that_is_back_after_the_key_has_ended_stamps_nothing_and_is_not_asked_day_by_day(
    office: Office, tools: SealTools, settings: Settings, ask: Ask, level: str
) -> None:
    """What a stamp from after the end of the certificate says of the seal is nothing, and no level above B-T could be reached."""
    system = office.company.system
    with stamp_server(made_at=now(), days=4000) as tsa:
        tools.timestamps, tsa.mood = tsa.servers, "away"
        letter, before = await sealed_while_away(office, tools, level)
        tsa.mood, asked = "well", tsa.asked
        async with tenant_transaction(system):
            ends_at = await fetch_value("select not_after from signing_key where active")
        for days in (1, 3):
            back = tsa.at = ends_at.replace(microsecond=0) + timedelta(days=days)
            assert await round_of_stamps(office, tools, settings, back) == [(True, None)]
        assert (tsa.asked, await revisions(system)) == (asked, [])
        shown = await ask(office.company.hr, ASKED, id=encode_id("Letter", letter.id))
        assert shown == {"sealLevel": "B-B", "sealNote": "TIMESTAMP_UNAVAILABLE", "stampedAt": None}
        assert (await verify_upload(before, tsa.servers.roots)).status == "VALID"


async def rules_of_b_b(office: Office) -> None:
    """Publish seal rules that want no stamp any more, in the place of those before them."""
    admin = office.company.admin
    async with tenant_transaction(admin):
        definition = await fetch_value("select id from definition where kind = 'seal'")
        draft = await new_draft(admin, definition)
        draft = await update_draft(admin, draft.id, version=draft.version, body={"seal_level": "B-B"})
        await publish_version(admin, draft.id, version=draft.version)


@pytest.mark.parametrize(("since", "jobs"), [("revoked", 0), ("revoked while its job waits", 1), ("other rules", 1)])
async def test_a_letter_that_wants_its_late_stamp_no_more_gets_none_and_nobody_is_asked_for_it(
    office: Office, tools: SealTools, settings: Settings, since: str, jobs: int
) -> None:
    system, hr = office.company.system, office.company.hr
    with stamp_server(made_at=now(), days=800) as tsa:
        tools.timestamps, tsa.mood = tsa.servers, "away"
        letter, _ = await sealed_while_away(office, tools, "B-T")
        tsa.mood, asked = "well", tsa.asked
        if jobs:
            async with tenant_transaction(system):
                assert await queue_stamps(system) == 1
        if since == "other rules":
            await rules_of_b_b(office)
        else:
            async with tenant_transaction(hr):
                await revoke_letter(hr, letter_id=letter.id, version=letter.version, reason="有误", proof=Proof())
        assert await round_of_stamps(office, tools, settings, now()) == [(True, None)] * jobs
        assert (tsa.asked, await revisions(system)) == (asked, [])
