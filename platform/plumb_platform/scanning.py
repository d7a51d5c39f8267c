"""The scan of files that people bring: a virus scanner that speaks clamd's protocol; the one module that knows it (C92).

The protocol is that of ClamAV's manual, "ClamD Protocol": a command ends with a zero byte, INSTREAM is followed by chunks of a
four-byte length in network order and as many bytes, a chunk of length zero ends the stream. A file passes on `stream: OK` alone.
"""

import asyncio
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from plumb_platform.errors import Refused, Unavailable
from plumb_platform.observability import get_logger
from plumb_platform.settings import SettingUnfit

PORT = 3310
CHUNK = 64 * 1024
LONGEST_ANSWER = 4096
_CLEAN, _TOO_LARGE = "stream: OK", "INSTREAM size limit exceeded. ERROR"
_FOUND = re.compile(r"stream: (.+) FOUND")
Observe = Callable[[str, float], None]
"""Told the outcome of each scan (clean, infected, too_large, unavailable) and how many seconds it took."""

log = get_logger(__name__)


class FileInfected(Refused):
    """The scanner knows the file as malware; nothing of it was kept."""

    code = "FILE_INFECTED"
    zh = "病毒扫描发现该文件含有“{signature}”，本次操作未生效。请在本机查杀后上传干净的文件。"
    en = "The virus scanner found {signature} in the file; nothing was changed. Clean your machine and bring a clean file."


class FileTooLargeToScan(Refused):
    """The scanner takes no file as large as this one, and what was not scanned is not kept."""

    code = "FILE_TOO_LARGE_TO_SCAN"
    zh = "文件有 {size} 字节，超过病毒扫描的上限，本次操作未生效。请上传较小的文件，或请管理员调高 clamd 的 StreamMaxLength。"
    en = (
        "The file has {size} bytes, more than the virus scanner takes; nothing was changed. "
        "Bring a smaller one, or have the operator raise StreamMaxLength of clamd."
    )


class ScannerUnavailable(Unavailable):
    """The scanner is away, slow, busy or says what nobody understands: no file is kept unscanned."""

    code = "SCANNER_UNAVAILABLE"
    zh = "病毒扫描暂不可用（{reason}），本次操作未生效。请稍后重试；持续如此请管理员运行 plumb doctor。"
    en = (
        "The virus scanner is not available ({reason}); nothing was changed. "
        "Try again; if it lasts, have the operator run plumb doctor."
    )


@dataclass(slots=True)
class Scanner:
    """Asks a scanner over TCP or a Unix socket; one without a place asks nobody and lets every file pass.

    A scan goes on while the upload's transaction is open, so that no more than `at_once` may hang on a scanner that does.
    """

    host: str = ""
    port: int = PORT
    path: str = ""
    seconds: float = 10
    at_once: int = 6
    observe: Observe = lambda _outcome, _seconds: None
    _busy: int = field(default=0, init=False)

    @property
    def is_set(self) -> bool:
        """Return whether the operator named a scanner."""
        return bool(self.host or self.path)

    async def check(self, content: bytes, *, field: str = "content") -> None:
        """Return when the file is clean; raises FILE_INFECTED, FILE_TOO_LARGE_TO_SCAN and SCANNER_UNAVAILABLE.

        `field` is where the caller gave the file.
        """
        if not self.is_set:
            return
        started, outcome = time.monotonic(), "unavailable"
        try:
            outcome = _judged(await self._ask(b"INSTREAM", content), len(content), field)
        except FileInfected as found:
            outcome = "infected"
            log.warning("infected file refused", signature=found.values["signature"], size=len(content))
            raise
        except FileTooLargeToScan:
            outcome = "too_large"
            log.warning("file too large for the scanner", size=len(content))
            raise
        except ScannerUnavailable as away:
            log.warning("scanner is not available", reason=away.values["reason"])
            raise
        finally:
            self.observe(outcome, time.monotonic() - started)

    async def version(self) -> str:
        """Return what the scanner says it is, once it has answered PING; raises SCANNER_UNAVAILABLE."""
        if (pong := await self._ask(b"PING")) != "PONG":
            raise ScannerUnavailable(reason=f"PING: {pong:.80}")
        version = await self._ask(b"VERSION")
        if not version.startswith("ClamAV "):
            raise ScannerUnavailable(reason=f"VERSION: {version:.80}")
        return version

    async def _ask(self, command: bytes, content: bytes | None = None) -> str:
        if self._busy >= self.at_once:
            raise ScannerUnavailable(reason="busy")
        self._busy += 1
        try:
            async with asyncio.timeout(self.seconds):
                return await self._answer(b"z" + command + b"\0", content)
        except TimeoutError as problem:
            raise ScannerUnavailable(reason=f"no answer in {self.seconds:g} s") from problem
        except OSError as problem:
            raise ScannerUnavailable(reason=type(problem).__name__) from problem
        finally:
            self._busy -= 1

    async def _answer(self, command: bytes, content: bytes | None) -> str:
        with await self._connected() as connection:
            # The answer is read while the stream is sent: a scanner that has heard enough answers, and closes. A stream of
            # asyncio's would lose that answer with the first write that fails.
            sending = asyncio.create_task(_send(connection, command, content))
            try:
                return await _received(connection)
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

    async def _connected(self) -> socket.socket:
        loop = asyncio.get_running_loop()
        if self.path:
            return await _connection(socket.AF_UNIX, self.path)
        places = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        for family, _, _, _, place in places[:-1]:
            with suppress(OSError):
                return await _connection(family, place)
        return await _connection(places[-1][0], places[-1][4])


def scanner_at(url: str, **options: float | int | Observe) -> Scanner:
    """Return the scanner at `tcp://host:port` or `unix:///path`, or for an empty URL one that scans nothing.

    Raises SettingUnfit for any other URL, so that a misspelt one stops the process and not the scan.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or PORT
    except ValueError:
        parts, port = urlsplit(""), 0
    if not url:
        return Scanner()
    if parts.scheme == "tcp" and parts.hostname and parts.path in ("", "/"):
        return Scanner(host=parts.hostname, port=port, **options)  # type: ignore[arg-type]  # options of one dataclass
    if parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/"):
        return Scanner(path=unquote(parts.path), **options)  # type: ignore[arg-type]  # options of one dataclass
    raise SettingUnfit("PLUMB_SCAN_URL must be tcp://host:port or unix:///path")


def _judged(answer: str, size: int, place: str) -> str:
    if answer == _CLEAN:
        return "clean"
    if answer == _TOO_LARGE:
        raise FileTooLargeToScan(field=place, size=size)
    if found := _FOUND.fullmatch(answer):
        raise FileInfected(field=place, signature=f"{found[1]:.80}")
    raise ScannerUnavailable(reason=f"{answer:.80}" or "empty answer")


async def _connection(family: int, place: Any) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, place)
    except BaseException:
        made.close()
        raise
    return made


async def _send(connection: socket.socket, command: bytes, content: bytes | None) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(connection, command)
    for chunk in _chunks(content) if content is not None else ():
        await loop.sock_sendall(connection, chunk)


async def _received(connection: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0"):
        part = await asyncio.get_running_loop().sock_recv(connection, LONGEST_ANSWER)
        if not part:
            raise ScannerUnavailable(reason="answer cut off")
        said += part
        if len(said) > LONGEST_ANSWER:
            raise ScannerUnavailable(reason="answer too long")
    return said[:-1].decode("utf-8", "replace").strip()


def _chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), CHUNK):
        part = content[start : start + CHUNK]
        yield len(part).to_bytes(4, "big") + part
    yield bytes(4)
