"""`plumb company export` onto a place that takes no file, or that two name at once; and who is told to have done it."""

import asyncio
import resource
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.audit.operator_acts import OperatorInvalid, checked_operator
from plumb_platform.database import Database
from plumb_platform.settings import Settings
from plumb_platform.storage import Storage, open_storage
from plumb_server.company_export import ExportExists, ExportUnwritable, export_company
from support.companies import make_company

Plumb = Callable[..., Awaitable[Any]]


@pytest.fixture
def storage(settings: Settings) -> Storage:
    return open_storage(settings.storage_url, home=settings.home)


@pytest.fixture
async def key(database: Database) -> str:
    key = f"exp-{uuid4().hex[:10]}"
    await make_company("导出医疗器械有限公司", key=key)
    return key


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let this process write no file beyond a size: as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_place_that_takes_no_file_is_told_and_not_as_a_fault_of_the_program(
    plumb: Plumb, key: str, storage: Storage, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    for place in (tmp_path / "file" / "a.tar", Path("/proc/a.tar"), tmp_path / ("a" * 300)):
        with pytest.raises(ExportUnwritable):
            await export_company(key, to=place, storage=storage, operator="t")
    ended = await plumb("company", "export", key, "--to", str(tmp_path / "none" / "a.tar"))
    assert (ended.code, ended.output, ended.errors.split()[0]) == (1, "", "EXPORT_UNWRITABLE")
    assert names_in(tmp_path) == ["file"]
    assert (await plumb("company", "acts", key)).output == ""


async def test_nothing_is_left_where_the_disk_is_full(key: str, storage: Storage, tmp_path: Path) -> None:
    with largest_file(16 * 1024), pytest.raises(ExportUnwritable):
        await export_company(key, to=tmp_path / "a.tar", storage=storage, operator="t")
    assert names_in(tmp_path) == []
    exported = await export_company(key, to=tmp_path / "a.tar", storage=storage, operator="t")
    assert (exported.rows["company"], names_in(tmp_path)) == (1, ["a.tar"])


async def test_of_two_who_name_one_file_at_once_one_gets_it_whole(key: str, storage: Storage, tmp_path: Path) -> None:
    ended = await asyncio.gather(
        *(export_company(key, to=tmp_path / "a.tar", storage=storage, operator=who) for who in "ab"), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in ended) == [ExportExists.__name__, "Exported"]
    assert names_in(tmp_path) == ["a.tar"]


async def test_a_name_that_would_tell_of_an_act_that_nobody_did_is_refused(plumb: Plumb, key: str, tmp_path: Path) -> None:
    for name in ("王\t运营", "王\u202e运营", "王" * 201, " "):
        with pytest.raises(OperatorInvalid):
            checked_operator(name)
    for words in (("export", key, "--to", str(tmp_path / "a.tar")), ("delete", key, "--now", key)):
        ended = await plumb("company", *words, "--by", "王\n2026-01-01T00:00:00Z\t李\tcompany.delete")
        assert (ended.code, ended.output, ended.errors.split()[0]) == (1, "", "OPERATOR_INVALID")
    assert names_in(tmp_path) == []
    ended = await plumb("company", "export", key, "--to", str(tmp_path / "a.tar"), "--by", " 王\u3000运营 ")
    assert ended.code == 0
    (act,) = (await plumb("company", "acts", key)).output.splitlines()
    assert act.split("\t")[1] == "王\u3000运营"
