"""`make chaos`: letters issued by a run, signed over HTTP and sealed by real processes while what they stand on fails (N5).

API, workers and relays are processes. The disk is full, and Valkey stands still and forgets; two relays send at once while
workers are killed; and all of it together with PostgreSQL, which restarts. None is lost, doubled or altered, each job is done
once, and no chain of the audit is broken. Seconds are bounds for what hangs: two idle cores take about a minute for each.
"""

import asyncio
import os
import resource
import signal
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_platform.settings import Settings
from support.api_process import api_process
from support.letters_made import Office
from support.many_letters import assert_each_sealed_once, drained, office_with_people, sealed
from support.restarting import FAST, IMMEDIATE, commits_kept, restart_postgres
from support.staff_of_letters import Staff
from support.warm_background import WarmBackground

LETTERS = int(os.environ.get("PLUMB_CHAOS_LETTERS", "0")) // 5
SECONDS = 300 + 2 * LETTERS
STILL_SECONDS, FULL_SECONDS, FULL_BEYOND = 12, 8, 30_000
pytestmark = [
    pytest.mark.skipif(not LETTERS, reason="takes minutes: `make chaos` runs it"),
    pytest.mark.timeout(2 * SECONDS),
]
Fault = Callable[[WarmBackground, Office, str], Awaitable[None]]


async def valkey_fails(background: WarmBackground) -> None:
    """Let Valkey stand still, with connections that nobody answers, and then forget again and again."""
    valkey = background.processes["valkey"]
    valkey.send_signal(signal.SIGSTOP)
    await asyncio.sleep(STILL_SECONDS)
    valkey.send_signal(signal.SIGCONT)
    for _turn in range(20):
        await asyncio.to_thread(background.flush)
        await asyncio.sleep(0.4)


async def full_disk_and_valkey(background: WarmBackground, office: Office, _: str) -> None:
    """Let no worker write more than a part of a letter into one file; nothing is sealed meanwhile. Then Valkey fails."""
    pids = [pid for name, pid in background.forked.items() if name.startswith("worker")]
    bounds = [resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids]
    for pid, (_soft, hard) in zip(pids, bounds, strict=True):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (FULL_BEYOND, hard))
    # What was being written when the disk filled up may still have got through.
    await asyncio.sleep(3)
    before = await sealed(office)
    await asyncio.sleep(FULL_SECONDS)
    assert await sealed(office) == before < LETTERS
    for pid, bound in zip(pids, bounds, strict=True):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, bound)
    await valkey_fails(background)


async def two_relays_and_kills(background: WarmBackground, _: Office, __: str) -> None:
    background.start("relay2")
    for name in ("worker1", "relay", "worker2", "relay2", "worker1", "worker2", "relay", "worker1"):
        await asyncio.sleep(1)
        await asyncio.to_thread(background.kill, name)


async def postgres_restarts(worker: str) -> None:
    for how in (IMMEDIATE, FAST, IMMEDIATE):
        await asyncio.to_thread(restart_postgres, worker, how)
        await asyncio.sleep(2)


async def all_of_it(background: WarmBackground, office: Office, worker: str) -> None:
    await asyncio.gather(valkey_fails(background), two_relays_and_kills(background, office, worker), postgres_restarts(worker))


async def begun(office: Office) -> None:
    """Wait for the first seal, so that the fault comes into the middle."""
    async with asyncio.timeout(SECONDS):
        while not await sealed(office):  # noqa: ASYNC110 - the workers are other processes
            await asyncio.sleep(0.1)


async def all_done(office: Office) -> None:
    """Wait until no job of the company is open: the battle maps come after the seals."""
    async with asyncio.timeout(SECONDS):
        while True:
            async with tenant_transaction(office.company.system):
                if not await fetch_value("select count(*) from outbox where done_at is null and failed_at is null"):
                    return
            await asyncio.sleep(0.25)


@pytest.mark.parametrize("fault", [full_disk_and_valkey, two_relays_and_kills, all_of_it], ids=lambda each: each.__name__)
async def test_none_is_lost_doubled_or_altered(
    database: Database, settings: Settings, background: WarmBackground, worker_id: str, fault: Fault
) -> None:
    worker = os.environ.get("PLUMB_TEST_NAME", "") + worker_id
    office, people = await office_with_people(settings, LETTERS)
    background.start("valkey")
    redis = f"unix://{background.socket_path}"
    own = settings.model_copy(update={"home": background.folder, "redis_url": redis})
    async with commits_kept(settings), api_process(own) as api:
        staff = Staff(office, own, api.address, people, SECONDS)
        await staff.open_sessions()
        for name in ("worker1", "worker2", "relay"):
            background.start(name)
        run = await staff.start()
        following, signing = (asyncio.create_task(each) for each in (staff.follow(run), staff.sign(LETTERS)))
        await begun(office)
        await fault(background, office, worker)
        await signing
        last = await following
        await staff.close()
    assert last == {"state": "DONE", "issued": LETTERS, "refused": 0, "waiting": 0}
    await drained(office, LETTERS, SECONDS)
    await all_done(office)
    await assert_each_sealed_once(office, LETTERS, background.folder / "files")
    async with tenant_transaction(office.company.system):
        count = partial(fetch_value, "select count(*) from audit_entry where action = $1")
        assert [await count(action) for action in ("letter.issue", "letter.sign")] == [LETTERS, 2 * LETTERS]
        assert await fetch("select topic, error_code from outbox where failed_at is not null") == []
