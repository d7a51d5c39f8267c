"""A clock that was wrong by an hour or a day and was set right: seals and stamps hold, and nobody is reminded more often (N5)."""

from datetime import timedelta

import pytest

from plumb_platform.clock import clock_at, now
from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_tenants.letters.service import SealTools, remind_signers, seal_letter, verify_upload
from plumb_verify.files import Options
from support.letters_made import Office, make_office
from support.sealed_letter import offline, seal_rules
from support.timestamp_server import stamp_server

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JUMPS = (HOUR, -HOUR, DAY, -DAY)


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_letter_sealed_under_a_clock_that_was_set_right_holds_at_every_level(
    database: Database, tools: SealTools, jump: timedelta
) -> None:
    """Key and signatures are of the wrong hour or day, seal and stamp of the right one."""
    at = now().replace(microsecond=0)
    with clock_at(at + jump):
        office = await make_office()
        signed, system = await office.signed(), office.company.system
    with clock_at(at):
        await seal_rules(office, seal_level="B-LTA")
    with stamp_server(made_at=at - 2 * DAY) as tsa, clock_at(at + HOUR * 2):
        tools.timestamps, tsa.at = tsa.servers, at + HOUR * 2
        async with tenant_transaction(system):
            letter = await seal_letter(system, signed.id, tools)
            root = bytes(await fetch_value("select root_certificate from signing_key where active"))
        content = await tools.storage.get(str(letter.file_key))
        found = await verify_upload(content, (tsa.root,))
        said = offline(content, Options([root], str(letter.file_sha256), stamp_roots=[tsa.root]))
    assert (letter.state, letter.seal_level, letter.stamped_at) == ("SEALED", "B-LTA", at + HOUR * 2)
    assert (found.status, found.stamped_at, said) == ("VALID", at + HOUR * 2, "VALID")


@pytest.mark.parametrize("jump", JUMPS)
async def test_reminders_are_no_more_for_a_clock_that_jumps(office: Office, jump: timedelta) -> None:
    start, system, sent = now(), office.company.system, [0, 0]
    await office.issued()
    for day in range(20):
        for wrong in (timedelta(0), jump, timedelta(0)):
            with clock_at(start + day * DAY + wrong):
                async with tenant_transaction(system):
                    sent[wrong != timedelta(0)] += await remind_signers(system)
    assert 4 <= sum(sent) <= 5
    async with tenant_transaction(system):
        told = await fetch_value("select count(*) from message where kind = 'letter.reminder'")
    assert told == sum(sent)
