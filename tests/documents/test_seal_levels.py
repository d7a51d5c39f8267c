"""Seals with time stamps (A26): every level is what it says, for other tools too; a server that fails stamps nothing."""

import asyncio
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpcore2
import pytest

from plumb_platform import clock
from plumb_platform.documents import timestamps
from plumb_platform.documents.company_key import CompanyKey
from plumb_platform.documents.seal import OpenedKey, Stamping, seal_pdf, stamp_again
from plumb_platform.documents.seal_inspection import inspect_seal
from plumb_platform.documents.seal_level import SealLevel
from plumb_platform.documents.timestamp_servers import TimestampServers, TimestampUnavailable
from support.letter_samples import COMPANY, SEALED_AT, VAULT, SealedLetter
from support.timestamp_server import NAME, StampServer, stamp_server

LATER = SEALED_AT + timedelta(days=400)
STAMPED = [level for level in SealLevel if level is not SealLevel.B_B]


@pytest.fixture(scope="module")
def tsa() -> Iterator[StampServer]:
    with stamp_server(made_at=SEALED_AT, days=600) as running:
        running.at = SEALED_AT
        yield running


@pytest.fixture
def well(tsa: StampServer) -> Iterator[StampServer]:
    yield tsa
    tsa.mood = "well"


async def told(*command: str) -> str:
    """Return what another tool says of a file; it must have ended well."""
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


def opened_key(key: CompanyKey) -> OpenedKey:
    return OpenedKey(key, company_id="company-1", vault=VAULT)


async def stamped(letter: SealedLetter, key: CompanyKey, stamping: Stamping) -> bytes:
    with clock.clock_at(SEALED_AT):
        return await seal_pdf(letter.plain, opened_key(key), signed_at=SEALED_AT, stamping=stamping)


async def test_whom_https_servers_are_vouched_for_by_is_read_once_and_not_for_each_stamp(
    letter: SealedLetter, company_key: CompanyKey, tsa: StampServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, default, asked = [], httpcore2.default_ssl_context, tsa.asked

    def reading(**named: Any) -> ssl.SSLContext:
        read.append(named)
        return default(**named)

    monkeypatch.setattr(httpcore2, "default_ssl_context", reading)
    timestamps.authorities.cache_clear()
    for _ in range(2):
        await stamped(letter, company_key, Stamping(SealLevel.B_T, tsa.servers, "default"))
    assert (len(read), timestamps.authorities().verify_mode, timestamps.authorities().check_hostname) == (
        1,
        ssl.CERT_REQUIRED,
        True,
    )
    assert tsa.asked >= asked + 2


@pytest.mark.parametrize(("mood", "reason"), [("away", "HTTP 503"), ("refuses", "answer refused"), ("lies", "not trusted")])
async def test_a_server_that_is_away_refuses_or_lies_stamps_nothing(
    letter: SealedLetter, company_key: CompanyKey, well: StampServer, mood: str, reason: str
) -> None:
    well.mood = mood
    with pytest.raises(TimestampUnavailable) as refused:
        await stamped(letter, company_key, Stamping(SealLevel.B_T, well.servers, "default"))
    assert refused.value.values == {"server": "default", "reason": reason}


async def test_a_server_that_lets_us_wait_is_not_asked_again_at_once(
    letter: SealedLetter, company_key: CompanyKey, well: StampServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten thousand letters of one company do not each wait for it, and nobody else's behind them (A59)."""
    monkeypatch.setattr(timestamps, "REQUEST_SECONDS", 0.2)
    stamping, well.mood = Stamping(SealLevel.B_T, well.servers, "default"), "hangs"
    for reason in ("TimeoutError", "let us wait", "let us wait"):
        with pytest.raises(TimestampUnavailable) as refused:
            await stamped(letter, company_key, stamping)
        assert refused.value.values["reason"] == reason
    well.mood = "well"
    monkeypatch.setattr(timestamps, "REQUEST_SECONDS", 60)
    with clock.clock_at(SEALED_AT + timestamps.LEFT_ALONE + timedelta(seconds=1)):
        sealed = await seal_pdf(letter.plain, opened_key(company_key), signed_at=SEALED_AT, stamping=stamping)
    assert (await inspect_seal(sealed, [letter.root], [well.root])).stamped_by == NAME
    assert not stamping.servers.left_alone


async def test_a_clock_that_is_set_back_leaves_no_server_alone_for_as_long(
    letter: SealedLetter, company_key: CompanyKey, well: StampServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timestamps, "REQUEST_SECONDS", 0.2)
    stamping, well.mood = Stamping(SealLevel.B_T, well.servers, "default"), "hangs"
    with pytest.raises(TimestampUnavailable):
        await stamped(letter, company_key, stamping)
    well.mood = "well"
    monkeypatch.setattr(timestamps, "REQUEST_SECONDS", 60)
    with clock.clock_at(SEALED_AT - timedelta(minutes=1)):
        sealed = await seal_pdf(letter.plain, opened_key(company_key), signed_at=SEALED_AT, stamping=stamping)
    assert (await inspect_seal(sealed, [letter.root], [well.root])).stamped_by == NAME


async def test_a_server_that_answers_others_meanwhile_is_not_left_alone_for_one_lost_request(
    letter: SealedLetter, company_key: CompanyKey, well: StampServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter that may be sealed without a stamp would have none for ever, though the server is well."""
    bounds: list[tuple[asyncio.AbstractEventLoop, asyncio.Timeout]] = []

    def bound(seconds: float) -> asyncio.Timeout:
        bounds.append((asyncio.get_running_loop(), asyncio.timeout(seconds if bounds else None)))
        return bounds[-1][1]

    monkeypatch.setattr(timestamps, "asyncio", SimpleNamespace(timeout=bound))
    stamping, start = Stamping(SealLevel.B_T, well.servers, "default"), time.monotonic()
    seal = partial(seal_pdf, letter.plain, opened_key(company_key), signed_at=SEALED_AT, stamping=stamping)
    with clock.clock_at(lambda: SEALED_AT + timedelta(seconds=time.monotonic() - start)):
        asked, well.mood = well.asked, "hangs"
        lost = asyncio.create_task(seal())
        async with asyncio.timeout(60):
            while well.asked == asked:  # noqa: ASYNC110 - a server in a thread
                await asyncio.sleep(0.01)
        well.mood = "well"
        await seal()
        loop, waited = bounds[0]
        loop.call_soon_threadsafe(waited.reschedule, 0)  # the lost request has waited for as long as it may
        with pytest.raises(TimestampUnavailable) as refused:
            await lost
        assert refused.value.values["reason"] == "TimeoutError"
        assert not stamping.servers.left_alone
        await seal()


async def test_a_server_that_nobody_named_or_trusts_or_reaches_stamps_nothing(
    letter: SealedLetter, company_key: CompanyKey, well: StampServer
) -> None:
    closed = TimestampServers(urls={"default": "http://127.0.0.1:9/"}, roots=(well.root,))
    for servers, name, reason in (
        (well.servers, "other", "not configured"),
        (replace(well.servers, roots=()), "default", "not trusted"),
        (replace(well.servers, roots=(company_key.root_certificate,)), "default", "not trusted"),
        (closed, "default", "ConnectError"),
    ):
        with pytest.raises(TimestampUnavailable) as refused:
            await stamped(letter, company_key, Stamping(SealLevel.B_T, servers, name))
        assert refused.value.values["reason"] == reason


@pytest.mark.parametrize("level", STAMPED)
async def test_each_level_is_what_it_says_and_strangers_agree(
    letter: SealedLetter, company_key: CompanyKey, well: StampServer, level: SealLevel, tmp_path: Path
) -> None:
    sealed = await stamped(letter, company_key, Stamping(level, well.servers, "default"))
    report = await inspect_seal(sealed, [letter.root], [well.root])
    assert report.valid
    assert (report.level, report.signed_at, report.stamped_at, report.stamped_by) == (level, SEALED_AT, SEALED_AT, NAME)
    assert report.stamps_end_at == SEALED_AT + timedelta(days=600)
    assert (report.signer_name, report.certificate_serial) == (COMPANY, company_key.serial)
    file = tmp_path / "letter.pdf"
    file.write_bytes(sealed)
    # poppler judges the seal at every level; of stamps over the file it says that it cannot.
    seen = await told("pdfsig", "-nocert", str(file))
    assert seen.count("Signature Validation: Signature is Valid.") == 1
    assert "No syntax or stream encoding errors found" in await told("qpdf", "--check", str(file))


async def test_a_stamp_under_another_root_counts_for_nothing(
    letter: SealedLetter, company_key: CompanyKey, well: StampServer
) -> None:
    sealed = await stamped(letter, company_key, Stamping(SealLevel.B_T, well.servers, "default"))
    report = await inspect_seal(sealed, [letter.root])
    assert (report.valid, report.stamped_at, report.stamped_by) == (True, None, None)


async def test_a_change_or_an_end_is_found_at_every_level(
    letter: SealedLetter, company_key: CompanyKey, well: StampServer
) -> None:
    for level in STAMPED:
        sealed = await stamped(letter, company_key, Stamping(level, well.servers, "default"))
        changed = bytearray(sealed)
        changed[len(letter.plain) // 2] ^= 1
        for broken in (bytes(changed), sealed[:-30], sealed[: len(sealed) - 3000]):
            assert not (await inspect_seal(broken, [letter.root], [well.root])).valid


async def test_a_second_stamp_before_the_first_ends_keeps_the_letter_valid(
    letter: SealedLetter, company_key: CompanyKey, well: StampServer, tmp_path: Path
) -> None:
    sealed = await stamped(letter, company_key, Stamping(SealLevel.B_LTA, well.servers, "default"))
    with clock.clock_at(LATER), stamp_server(made_at=LATER, days=1000) as newer:
        newer.at = LATER
        both = TimestampServers(urls=newer.servers.urls, roots=(well.root, newer.root))
        ends_at = SEALED_AT + timedelta(days=600)
        again = await stamp_again(sealed, trusted_roots=(letter.root,), servers=both, server="default", ends_at=ends_at)
        report = await inspect_seal(again, [letter.root], both.roots)
    assert again.startswith(sealed)
    assert report.valid
    assert (report.level, report.stamps_end_at) == (SealLevel.B_LTA, LATER + timedelta(days=1000))
    file = tmp_path / "letter.pdf"
    file.write_bytes(again)
    assert (await told("pdfsig", "-nocert", str(file))).count("Signature is Valid.") == 1


async def test_a_stamp_that_ended_is_not_stamped_again(letter: SealedLetter, company_key: CompanyKey, well: StampServer) -> None:
    sealed = await stamped(letter, company_key, Stamping(SealLevel.B_LTA, well.servers, "default"))
    late = datetime(2029, 1, 1, tzinfo=UTC)
    with clock.clock_at(late), stamp_server(made_at=late, days=1000) as newer:
        both = TimestampServers(urls=newer.servers.urls, roots=(well.root, newer.root))
        with pytest.raises(TimestampUnavailable) as refused:
            await stamp_again(sealed, trusted_roots=(letter.root,), servers=both, server="default", ends_at=late)
    assert refused.value.values["reason"] == "last stamp does not hold"
