"""What a process that is killed while it writes leaves in the file store: swept once a day, and nothing else with it (N5)."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from plumb_platform.clock import clock_at, now
from plumb_platform.database import Database, fetch, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.queue.worker_side import work_on
from plumb_platform.settings import Settings
from plumb_platform.storage import Storage, content_key, open_storage
from plumb_tenants.letters.service import SealTools
from plumb_workers.jobs import Tools, work_with
from plumb_workers.schedule import TIMERS, Timers
from support.companies import VAULT, make_company

TENANT = UUID("019a0000-0000-7000-8000-000000000001")
LETTER = b"%PDF-1.7 letter"
DAY = timedelta(days=1)
KILLED = """
import asyncio, os, sys
from pathlib import Path
from uuid import UUID
from plumb_platform import storage
storage._sync = lambda _: os.kill(os.getpid(), 9)
asyncio.run(storage.open_storage("", home=Path(sys.argv[1])).put(UUID(sys.argv[2]), "letters", sys.argv[3].encode()))
"""


def killed_while_writing(home: Path, tenant: UUID, content: bytes) -> Path:
    """Kill a process in the middle of storing a file, and return what it leaves."""
    ended = subprocess.run([sys.executable, "-c", KILLED, str(home), str(tenant), content.decode()], check=False)
    assert ended.returncode == -signal.SIGKILL
    (left,) = (home / "files" / str(tenant) / "letters").glob(f"{Path(content_key(tenant, 'letters', content)).name}.*")
    return left


def strangers(folder: Path) -> Iterator[Path]:
    """Make old files that are not the store's own leftovers."""
    name = Path(content_key(TENANT, "letters", b"other")).name
    for each in (
        f"{name}.tmp",
        f"{name}.short.tmp",
        f"{name}.aaaaaaaaaaa.tmp.bak",
        "notes.tmp",
        f"{name}.aaaaaaaaaaa.tmp#x",
        name,
    ):
        path = folder / each
        path.write_bytes(b"somebody's")
        yield path


def aged(path: Path, days: int = 2) -> None:
    then = (now() - days * DAY).timestamp()
    os.utime(path, (then, then))


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage("", home=tmp_path)


async def test_what_is_younger_or_nobody_knows_or_another_companys_stays(storage: Storage, tmp_path: Path) -> None:
    key, other = await storage.put(TENANT, "letters", LETTER), UUID(int=TENANT.int + 1)
    folder = tmp_path / "files" / str(TENANT) / "letters"
    young, foreign = killed_while_writing(tmp_path, TENANT, b"%PDF young"), killed_while_writing(tmp_path, other, b"%PDF foreign")
    kept = [tmp_path / "files" / key, foreign, *strangers(folder)]
    for each in kept:
        aged(each)
    assert await storage.sweep(TENANT, before=now() - DAY) == 0
    assert [each for each in (young, *kept) if not each.exists()] == []


async def test_leftovers_older_than_a_day_are_swept_those_of_the_library_below_too(storage: Storage, tmp_path: Path) -> None:
    left = killed_while_writing(tmp_path, TENANT, LETTER)
    half = left.with_name(f"{left.name}#1")
    half.write_bytes(LETTER[:5])
    for each in (left, half):
        aged(each)
    assert await storage.sweep(TENANT, before=now() - DAY) == 2
    assert list(left.parent.iterdir()) == []
    assert await storage.sweep(TENANT, before=now() - DAY) == 0
    # The same file can be stored as if nothing had been.
    assert await storage.get(await storage.put(TENANT, "letters", LETTER)) == LETTER


async def test_the_daily_job_sweeps_each_companys_folder_once_a_day(
    database: Database, settings: Settings, renderer: Renderer, tmp_path: Path
) -> None:
    company, storage = await make_company(), open_storage("", home=tmp_path)
    worker = Tools(settings=settings, seal=SealTools(renderer=renderer, storage=storage, vault=VAULT, public_url=""))
    left = killed_while_writing(tmp_path, company.tenant_id, LETTER)
    aged(left)
    said, noon = [], now().replace(hour=12)
    for moment in (noon, noon + timedelta(minutes=1), noon + 2 * DAY):
        with clock_at(moment):
            await Timers(tuple(each for each in TIMERS if each.name == "files.sweep")).beat()
            async with tenant_transaction(company.system):
                jobs = await fetch("select id, done_at from outbox where topic = 'files.sweep' order by id")
            for job in jobs:
                if job["done_at"] is None:
                    await work_on(company.tenant_id, job["id"], work_with(worker))
        said.append((len(jobs), left.exists()))
    assert said == [(1, False), (1, False), (2, False)]
    async with tenant_transaction(company.system):
        swept = await fetch("select result ->> 'swept' as files from outbox where topic = 'files.sweep' order by id")
    assert [row["files"] for row in swept] == ["1", "0"]
