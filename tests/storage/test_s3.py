"""The file store on an S3 server in a process of its own: put, get, changed and missing files, short links, away (A56)."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import boto3  # type: ignore[import-untyped]  # it carries no types
import httpx2
import pytest

from plumb_platform.clock import now
from plumb_platform.storage import FileChanged, FileMissing, Storage, StorageUnavailable, content_key, open_storage
from support.refusing_store import refusing

TENANT = UUID("0197d2f0-0000-7000-8000-000000000001")
LETTER = b"%PDF-1.7 a letter"
BUCKET = "plumb-letters"


def wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait for as long as the process lives: beside others it takes tens of seconds to begin, and no test waits for ever."""
    with socket.socket() as client:
        while client.connect_ex(("127.0.0.1", port)):
            assert process.poll() is None, "the S3 server has ended"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", str(port)]
    log = (tmp_path_factory.mktemp("s3") / "log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until_it_listens(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        log.close()


@pytest.fixture
def s3(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Storage:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "plumb",
        "AWS_SECRET_ACCESS_KEY": "plumb-secret",
        "AWS_REGION": "cn-north-1",
        "AWS_ENDPOINT": server,
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    os.environ.pop("AWS_PROFILE", None)
    client = boto3.client("s3", endpoint_url=server, region_name="cn-north-1")
    if BUCKET not in {each["Name"] for each in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "cn-north-1"})
    return open_storage(f"s3://{BUCKET}/files", home=tmp_path)


async def test_a_file_that_is_missing_or_was_changed_on_the_server_is_refused(s3: Storage, server: str) -> None:
    with pytest.raises(FileMissing):
        await s3.get(content_key(TENANT, "letters", b"never stored"))
    key = await s3.put(TENANT, "letters", b"to be changed")
    client = boto3.client("s3", endpoint_url=server, region_name="cn-north-1")
    await asyncio.to_thread(client.put_object, Bucket=BUCKET, Key=f"files/{key}", Body=b"changed")
    with pytest.raises(FileChanged):
        await s3.get(key)


async def test_a_large_file_comes_in_one_request_of_which_nothing_is_left_when_it_breaks_off(s3: Storage, server: str) -> None:
    content = os.urandom(11 << 20)
    key = await s3.put(TENANT, "letters", content)
    client = boto3.client("s3", endpoint_url=server, region_name="cn-north-1")
    # S3 counts the parts of a file behind its digest.
    tag = (await asyncio.to_thread(client.head_object, Bucket=BUCKET, Key=f"files/{key}"))["ETag"]
    assert "-" not in tag
    assert await s3.get(key) == content
    assert await s3.sweep(TENANT, before=now()) == 0


async def test_a_file_comes_back_whole_under_its_content_address(s3: Storage) -> None:
    key = await s3.put(TENANT, "letters", LETTER)
    assert key == content_key(TENANT, "letters", LETTER)
    assert (await s3.put(TENANT, "letters", LETTER), await s3.get(key)) == (key, LETTER)


async def test_a_file_that_is_destroyed_is_gone_with_its_links_and_destroying_it_again_is_done(s3: Storage) -> None:
    gone, kept = await s3.put(TENANT, "letters", b"to be destroyed"), await s3.put(TENANT, "letters", LETTER)
    address = await s3.link(gone, seconds=60)
    await s3.delete(gone)
    with pytest.raises(FileMissing):
        await s3.get(gone)
    async with httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.get(address or "")).status_code == 404
    # S3 does not tell whether there was one.
    await s3.delete(gone)
    with pytest.raises(FileMissing):
        await s3.delete("../elsewhere")
    assert await s3.get(kept) == LETTER


@pytest.mark.parametrize("status", [301, 302, 307, 503])
async def test_what_a_server_refuses_or_sends_elsewhere_is_neither_stored_nor_destroyed(
    s3: Storage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int
) -> None:
    key = await s3.put(TENANT, "letters", LETTER)
    async with refusing(status) as (address, asked):
        monkeypatch.setenv("AWS_ENDPOINT", address)
        away = open_storage(f"s3://{BUCKET}/files", home=tmp_path)
        with pytest.raises(StorageUnavailable):
            await away.put(TENANT, "letters", LETTER)
        with pytest.raises(StorageUnavailable):
            await away.delete(key)
    assert {each.split()[0] for each in asked if BUCKET in each} == {"PUT", "POST"}
    assert await s3.get(key) == LETTER


async def test_a_link_fetches_its_file_without_credentials_and_no_other(s3: Storage, tmp_path: Path) -> None:
    key = await s3.put(TENANT, "letters", LETTER)
    address = await s3.link(key, seconds=60)
    assert address is not None
    assert "X-Amz-Expires=60" in address
    async with httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.get(address)).content == LETTER
    assert await open_storage("", home=tmp_path).link(key, seconds=60) is None
    with pytest.raises(FileMissing):
        await s3.link("../elsewhere", seconds=60)


async def test_a_server_that_is_away_is_said_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, s3: Storage) -> None:
    monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:9")
    away = open_storage(f"s3://{BUCKET}/files?", home=tmp_path)
    with pytest.raises(StorageUnavailable):
        async with asyncio.timeout(120):
            await away.put(TENANT, "letters", LETTER)
