"""`make chaos`: a run of letters is paused, resumed and cancelled while its workers are killed: one letter each (A29, N5)."""

import asyncio
import os
from collections import Counter

import pytest

from plumb_platform.audit.service import verify_chain
from plumb_platform.database import Database, fetch, fetch_one, fetch_value, tenant_transaction
from plumb_platform.errors import Conflict
from plumb_platform.settings import Settings
from plumb_tenants.letters.runs import RunNotThere, cancel_letter_run, pause_letter_run, resume_letter_run, start_letter_run
from support.background import Background
from support.letters_made import Office
from support.many_letters import office_with_people

LETTERS = int(os.environ.get("PLUMB_CHAOS_LETTERS", "0")) // 5
SECONDS = 120 + LETTERS
TURNS = ("worker1", "relay", "worker2", "worker1", "worker2", "relay")
pytestmark = [
    pytest.mark.skipif(not LETTERS, reason="takes a minute: `make chaos` runs it"),
    pytest.mark.timeout(2 * SECONDS),
]
ACTS = {"pause": pause_letter_run, "resume": resume_letter_run, "cancel": cancel_letter_run}
WRITTEN = {"pause": "letter_run.paused", "resume": "letter_run.running", "cancel": "letter_run.cancelled"}


async def turned(office: Office, act: str) -> int:
    """Do an act to the company's run by the version that stands; return how often it was done: a piece may end meanwhile."""
    hr = office.company.hr
    try:
        async with tenant_transaction(hr):
            run = await fetch_one("select id, version from letter_run")
            assert run is not None
            await ACTS[act](hr, run_id=run["id"], version=run["version"])
    except (Conflict, RunNotThere):
        return 0
    return 1


async def state_of(office: Office) -> str:
    async with tenant_transaction(office.company.system):
        return str(await fetch_value("select state from letter_run"))


async def settled(office: Office) -> None:
    """Wait until the run is over and no job of it is open."""
    open_ones = "select count(*) from outbox where topic = 'letters.run' and done_at is null and failed_at is null"
    async with asyncio.timeout(SECONDS):
        while True:
            async with tenant_transaction(office.company.system):
                count = await fetch_value(open_ones)
            if not count and await state_of(office) in ("DONE", "CANCELLED"):
                return
            await asyncio.sleep(0.2)


async def assert_whole(office: Office, done: Counter[str]) -> Counter[str]:
    """Assert that items, letters and audit tell the same; return how many items are in each state."""
    async with tenant_transaction(office.company.system):
        letters = await fetch("select id, employee_id from letter")
        items = await fetch("select employee_id, state, letter_id, error_code from letter_run_item")
        written = Counter(row["action"] for row in await fetch("select action from audit_entry"))
        assert (await verify_chain(office.company.system)).broken_at is None
        assert await fetch("select topic from outbox where failed_at is not null") == []
    assert len({each["employee_id"] for each in letters}) == len(letters) == written["letter.issue"]
    issued = {(each["employee_id"], each["letter_id"]) for each in items if each["state"] == "ISSUED"}
    assert issued == {(each["employee_id"], each["id"]) for each in letters}
    assert {act: written[name] for act, name in WRITTEN.items()} == {act: done[act] for act in WRITTEN}
    return Counter(each["state"] for each in items)


@pytest.mark.parametrize("is_cancelled", [False, True], ids=["to its end", "cancelled"])
async def test_a_run_that_is_turned_again_and_again_while_workers_die_issues_each_letter_once(
    database: Database, settings: Settings, background: Background, is_cancelled: bool
) -> None:
    office, _ = await office_with_people(settings, LETTERS)
    hr = office.company.hr
    for name in ("valkey", "worker1", "worker2", "relay"):
        background.start(name)
    async with tenant_transaction(hr):
        await start_letter_run(hr, cycle_id=office.cycle, template_version_id=office.template)
    done: Counter[str] = Counter()
    for name in TURNS:
        await asyncio.sleep(0.4)
        done["pause"] += await turned(office, "pause")
        await asyncio.to_thread(background.kill, name)
        done["resume"] += await turned(office, "resume")
    if is_cancelled:
        done["cancel"] += await turned(office, "cancel")
    await settled(office)
    states = await assert_whole(office, done)
    if done["cancel"]:
        assert (await state_of(office), states["WAITING"], states["ISSUED"] + states["CANCELLED"]) == ("CANCELLED", 0, LETTERS)
    else:
        assert (await state_of(office), states) == ("DONE", {"ISSUED": LETTERS})
