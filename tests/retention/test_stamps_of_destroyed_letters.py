"""A letter whose term is over is destroyed whatever stamp it waited for, and is then stamped by nobody (C9, A26)."""

import pytest

from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_tenants.letters.service import SealTools, queue_stamps, stamp_letter
from support.companies import VAULT
from support.retention_made import Ended, publish_rules

WAITS = {
    "the one that it was sealed without": "seal_note = 'TIMESTAMP_UNAVAILABLE'",
    "the next of its rounds": "seal_level = 'B-LTA', stamps_end_at = now() + interval '10 days'",
}


@pytest.mark.parametrize("stamp", WAITS)
async def test_a_letter_that_was_destroyed_is_queued_for_no_stamp_and_a_job_of_before_leaves_it_as_it_is(
    ended: Ended, renderer: Renderer, stamp: str
) -> None:
    system, letter_id = ended.office.company.system, ended.letter.id
    async with tenant_transaction(system):
        await execute(f"update letter set {WAITS[stamp]}")
        assert await queue_stamps(system) == 1
        # One that failed is queued again after a day.
        await execute("update outbox set failed_at = now() - interval '2 days' where topic = 'letters.stamp'")
    await publish_rules(ended.office.company.admin, ("LETTER", "SHRED", 24))
    run_id = await ended.start()
    assert run_id is not None
    await ended.to_the_end(run_id)
    tools = SealTools(renderer=renderer, storage=ended.storage, vault=VAULT, public_url="https://plumb.example.test/")
    before = await ended.row()
    async with tenant_transaction(system):
        assert await queue_stamps(system) == 0
        assert (await stamp_letter(system, letter_id, tools)).file_key is None
        assert await fetch("select id from letter_stamp") == []
    assert (before["shredded_at"] is None, await ended.row()) == (False, before)
