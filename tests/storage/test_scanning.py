"""The scan of files that people bring, against a scanner that speaks clamd's protocol: what did not pass is refused (C92)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from plumb_platform.scanning import CHUNK, FileInfected, FileTooLargeToScan, Scanner, ScannerUnavailable, scanner_at
from support.clamd import EICAR, VERSION, Clamd, clamd_on

pytestmark = pytest.mark.parametrize("socket", [0, 1], ids=["tcp", "unix"])


@pytest.fixture
async def clamd(tmp_path: Path) -> AsyncIterator[Clamd]:
    async with clamd_on(tmp_path) as running:
        yield running


@pytest.fixture
def outcomes() -> list[str]:
    return []


@pytest.fixture
def scanner(clamd: Clamd, socket: int, outcomes: list[str]) -> Scanner:
    return scanner_at(clamd.urls[socket], seconds=5, at_once=4, observe=lambda outcome, _: outcomes.append(outcome))


async def reason_of(scanner: Scanner, content: bytes = b"a") -> str:
    with pytest.raises(ScannerUnavailable) as refused:
        await scanner.check(content)
    return str(refused.value.values["reason"])


async def test_what_the_scanner_knows_is_refused_also_across_two_chunks(scanner: Scanner, outcomes: list[str]) -> None:
    for content in (EICAR, b"%PDF" + EICAR, b"a" * (CHUNK - 30) + EICAR + b"b" * CHUNK):
        with pytest.raises(FileInfected) as refused:
            await scanner.check(content)
        assert (refused.value.field, refused.value.values) == ("content", {"signature": "Eicar-Signature"})
        assert "查杀后上传" in refused.value.text("zh-CN")
    assert outcomes == ["infected"] * 3


async def test_a_file_larger_than_the_scanner_takes_is_refused_while_it_is_sent(
    scanner: Scanner, clamd: Clamd, outcomes: list[str]
) -> None:
    clamd.stream_max_length = CHUNK
    with pytest.raises(FileTooLargeToScan) as refused:
        await scanner.check(b"a" * 4_000_000)
    assert refused.value.values == {"size": 4_000_000}
    with pytest.raises(FileTooLargeToScan):
        await scanner.check(b"a" * (CHUNK + 1))
    await scanner.check(b"a" * CHUNK)
    assert outcomes == ["too_large", "too_large", "clean"]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (b"stream: OK", "answer cut off"),
        (b"stream: O\0", "stream: O"),
        (b"", "answer cut off"),
        (b"\0", "empty answer"),
        (b"stream: FOUND\0", "stream: FOUND"),
        (b"stream: it is not OK\0", "stream: it is not OK"),
        (b"stream: Can't allocate memory ERROR\0", "stream: Can't allocate memory ERROR"),
        (b"stream: OK\n\xff\0", "stream: OK\n\ufffd"),
        (b"x" * 10_000, "answer too long"),
    ],
)
async def test_an_answer_that_is_cut_off_or_odd_lets_no_file_pass(
    scanner: Scanner, clamd: Clamd, outcomes: list[str], odd: bytes, reason: str
) -> None:
    clamd.odd = odd
    assert await reason_of(scanner) == reason
    assert outcomes == ["unavailable"]


async def test_a_scanner_that_is_away_or_slow_lets_no_file_pass(
    clamd: Clamd, socket: int, tmp_path: Path, unused_tcp_port: int
) -> None:
    away = (f"tcp://127.0.0.1:{unused_tcp_port}", f"unix://{tmp_path}/none.ctl")[socket]
    assert await reason_of(scanner_at(away)) == ("ConnectionRefusedError", "FileNotFoundError")[socket]
    clamd.released.clear()
    slow = scanner_at(clamd.urls[socket], seconds=0.02)
    assert await reason_of(slow, b"a" * 100_000) == "no answer in 0.02 s"
    clamd.released.set()
    await scanner_at(clamd.urls[socket]).check(b"a")


async def test_clean_files_pass_in_chunks_whatever_their_size(scanner: Scanner, clamd: Clamd, outcomes: list[str]) -> None:
    for size, chunks in ((0, []), (1, [1]), (CHUNK, [CHUNK]), (CHUNK + 1, [CHUNK, 1])):
        await scanner.check(b"a" * size)
        assert clamd.scanned == chunks
    assert outcomes == ["clean"] * 4
    assert await scanner.version() == VERSION


async def test_uploads_at_once_each_get_their_own_answer_and_no_more_wait_than_may(scanner: Scanner, clamd: Clamd) -> None:
    clamd.released.clear()
    asked = [asyncio.create_task(scanner.check(content)) for content in (b"a", EICAR, b"b", EICAR)]
    await clamd.heard(4)
    assert await reason_of(scanner) == "busy"
    clamd.released.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in found] == [type(None), FileInfected, type(None), FileInfected]
    await scanner.check(b"a")


async def test_whoever_answers_is_asked_whether_it_is_a_scanner(scanner: Scanner, clamd: Clamd) -> None:
    for odd in (b"HTTP/1.1 400 Bad Request\r\n\r\n\0", b"PONG\0"):
        clamd.odd = odd
        with pytest.raises(ScannerUnavailable):
            await scanner.version()


def test_a_misspelt_place_stops_the_process_and_none_scans_nothing(socket: int) -> None:
    for url in ("clamd:3310", "tcp://", "tcp://host:99999", "tcp://host/x", "unix://relative", "unix:", "http://host"):
        with pytest.raises(ValueError, match="PLUMB_SCAN_URL"):
            scanner_at(url)
    assert (scanner_at("").is_set, scanner_at("tcp://clamav").port, scanner_at("unix:///a%20b").path) == (False, 3310, "/a b")
