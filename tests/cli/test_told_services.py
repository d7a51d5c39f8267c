"""What a command stands on besides the database is told by its own name: the file store, the API, roots of stamps, open files."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from plumb_platform.documents.timestamp_servers import timestamp_servers_of
from plumb_platform.settings import Settings, SettingUnfit
from plumb_server.command_problems import problem_of
from support.companies import CompanyFixture

Plumb = Callable[..., Awaitable[Any]]
NOWHERE = "127.0.0.1:1"
UNFIT_ROOTS = "PLUMB_TIMESTAMP_ROOTS must name a file of certificates in PEM"
NO_CERTIFICATES = (b"", b"no certificate at all", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
BUCKET = {
    "PLUMB_STORAGE_URL": "s3://letters",
    "AWS_ENDPOINT": f"http://{NOWHERE}",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_ALLOW_HTTP": "true",
    "AWS_REGION": "us-east-1",
}


async def test_a_file_store_that_refuses_is_told_as_that_and_not_as_the_database(
    plumb: Plumb, company: CompanyFixture, key: str, tmp_path: Path
) -> None:
    ended = await plumb("company", "export", key, "--to", str(tmp_path / "all.tar"), "--by", "ops", **BUCKET)
    assert (ended.code, ended.output) == (3, "")
    assert ended.errors.startswith("STORAGE_UNAVAILABLE ")
    assert [*tmp_path.iterdir()] == []  # noqa: ASYNC240 - a folder of the test


@pytest.mark.parametrize("content", NO_CERTIFICATES)
def test_roots_of_stamps_that_are_none_are_told_by_the_name_of_their_setting(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "roots.pem").write_bytes(content)
    with pytest.raises(SettingUnfit, match=UNFIT_ROOTS):
        timestamp_servers_of(Settings(home=tmp_path, timestamp_roots=tmp_path / "roots.pem"))


@pytest.mark.parametrize("command", ["worker", "api"])
async def test_such_roots_stop_what_would_judge_by_them_at_its_start(plumb: Plumb, tmp_path: Path, command: str) -> None:
    (tmp_path / "roots.pem").write_bytes(b"no certificate at all")
    ended = await plumb(command, PLUMB_TIMESTAMP_ROOTS=str(tmp_path / "roots.pem"))
    assert (ended.code, ended.output, "Traceback" in ended.errors) == (2, "", False)
    assert ended.errors.endswith(f"设置有误 / unfit setting {UNFIT_ROOTS}\n")


async def test_roots_of_stamps_that_are_not_there_are_told_as_a_file(plumb: Plumb, tmp_path: Path) -> None:
    ended = await plumb("worker", PLUMB_TIMESTAMP_ROOTS=str(tmp_path / "none.pem"))
    assert (ended.code, ended.output, "Traceback" in ended.errors) == (3, "", False)
    assert f"FILE_UNUSABLE 无法使用 {tmp_path}/none.pem" in ended.errors


async def test_an_api_that_refuses_is_told_as_that_and_not_as_the_database() -> None:
    with pytest.raises(httpx2.TransportError) as refused:
        async with httpx2.AsyncClient() as http:
            await http.get(f"http://{NOWHERE}/graphql")
    problem = problem_of(refused.value)
    assert problem is not None
    assert (problem.code, problem.values) == ("API_AWAY", {"reason": "ConnectError"})


def test_a_file_that_is_known_by_its_number_alone_is_told_by_it() -> None:
    with pytest.raises(OSError, match="Bad file descriptor") as refused:
        os.stat(12_345)
    assert refused.value.filename == 12_345
    problem = problem_of(refused.value)
    assert problem is not None
    assert (problem.code, problem.values) == ("FILE_UNUSABLE", {"file": "/dev/fd/12345", "reason": "Bad file descriptor"})
