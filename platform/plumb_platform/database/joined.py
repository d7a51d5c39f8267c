"""Statements sent together: what begins a transaction goes ahead of its first, what commits it behind its last, in one trip.

asyncpg sends nothing before it has the answer to what it sent last. PostgreSQL does not mind: it takes up what comes in turn
and ends the answer to each with ReadyForQuery (protocol 3.0, section 55.2.4, pipelining). So what goes ahead or behind is written
to the same socket beside asyncpg, and a `Line` keeps the answers to it from asyncpg, which sees one statement and its end.
"""

import asyncio
import inspect
from collections import deque
from collections.abc import Callable, Generator, Sequence
from enum import Enum, auto
from typing import Any, TypeVar

import asyncpg

T = TypeVar("T")
_HEAD = 5
"""Bytes before what a message says: its kind, and its length from there on."""
_SPOKEN_TO_ALL = b"SNA"
"""Messages that belong to no statement: a setting changed, a notice, a notification."""
_ERROR, _DONE, _READY = b"E", b"C", b"Z"


class _Of(Enum):
    AHEAD = auto()
    DRIVER = auto()
    BEHIND = auto()


class Line(asyncio.Protocol):
    """Stands between a connection's transport and asyncpg, and passes on what is asyncpg's.

    That is all of its own statement's answer, the first error of all that went together, and the last ReadyForQuery.
    """

    def __init__(self, transport: asyncio.Transport, driver: asyncio.Protocol) -> None:
        self._transport, self._driver = transport, driver
        self._awaited: deque[_Of] = deque()
        self._begun, self._whole = bytearray(), 0
        """A message that has not arrived whole yet, and how many bytes it will have, as soon as that is known."""
        self.failed_ahead: bytes = b""
        """The error of what went ahead."""
        self.done_behind = ""
        """What PostgreSQL says that it did of what went behind: COMMIT, or ROLLBACK in its place."""
        transport.set_protocol(self)

    @property
    def is_awaited(self) -> bool:
        """Return whether an answer to what went together is still to come: also where asyncpg's own was never sent."""
        return bool(self._awaited)

    def send_ahead(self, sql: str) -> None:
        """Send statements of which nothing but an error is awaited; asyncpg's next follows at once."""
        self.failed_ahead = b""
        self._awaited.extend((_Of.AHEAD, _Of.DRIVER))
        self._send(sql)

    def send_behind(self, sql: str) -> None:
        """Send a statement behind the one that asyncpg has just sent."""
        self.done_behind = ""
        if not self._awaited:
            self._awaited.append(_Of.DRIVER)
        self._awaited.append(_Of.BEHIND)
        self._send(sql)

    def _send(self, sql: str) -> None:
        said = sql.encode() + b"\0"
        self._transport.write(b"Q" + (len(said) + _HEAD - 1).to_bytes(4, "big") + said)

    def data_received(self, data: bytes) -> None:
        """Pass on what is asyncpg's."""
        if self._begun:
            self._begun += data
            if len(self._begun) < self._whole:
                return
            data = bytes(self._begun)
        if self._awaited:
            data = self._sifted(data)
        if data:
            self._driver.data_received(data)

    def _sifted(self, data: bytes) -> bytes:
        kept, at, self._whole = [], 0, 0
        while self._awaited and at + _HEAD <= len(data):
            end = at + 1 + int.from_bytes(data[at + 1 : at + _HEAD], "big")
            if end > len(data):
                self._whole = end - at
                break
            kept.append(self._passed(data[at : at + 1], data[at:end]))
            at = end
        if self._awaited:
            self._begun = bytearray(data[at:])
        else:
            self._begun.clear()
            kept.append(data[at:])
        return b"".join(kept)

    def _passed(self, kind: bytes, message: bytes) -> bytes:
        """Return what asyncpg is told of a message."""
        of = self._awaited[0]
        if kind == _READY:
            self._awaited.popleft()
            return b"" if of is _Of.AHEAD or (of is _Of.DRIVER and self._awaited) else message
        if kind in _SPOKEN_TO_ALL:
            return message
        if of is _Of.AHEAD:
            # asyncpg may not have sent its own yet, and would not know what failed: it is told in the answer to that.
            self.failed_ahead = self.failed_ahead or (message if kind == _ERROR else b"")
            return b""
        if of is _Of.BEHIND:
            self.done_behind = message[_HEAD:-1].decode() if kind == _DONE else self.done_behind
            return message if kind == _ERROR else b""
        return self.failed_ahead if kind == _ERROR and self.failed_ahead else message

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell asyncpg."""
        self._awaited.clear()
        self._driver.connection_lost(exc)

    def pause_writing(self) -> None:
        """Tell asyncpg."""
        self._driver.pause_writing()

    def resume_writing(self) -> None:
        """Tell asyncpg."""
        self._driver.resume_writing()


class DriverUnfit(RuntimeError):
    """This asyncpg lacks what statements are sent together by."""

    command = "uv sync --frozen"
    """What installs the one that the product was tried with."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"asyncpg {asyncpg.__version__} 缺少 / lacks {', '.join(missing)}: {self.command}")
        self.missing = missing


def check_driver() -> None:
    """Raise DriverUnfit where a part of asyncpg that is not among its promises is not as it is relied on here."""
    connection, kept = asyncpg.Connection, asyncpg.connection
    parts = {
        "Connection._do_execute(retry)": _takes(connection, "_do_execute", "retry"),
        "Connection._stmt_cache": "_stmt_cache" in connection.__slots__,
        "Connection._protocol": "_protocol" in connection.__slots__,
        "_StatementCache.get(promote)": _takes(getattr(kept, "_StatementCache", None), "get", "promote"),
        "Protocol._is_cancelling": hasattr(asyncpg.protocol.Protocol, "_is_cancelling"),
        "Protocol.get_record_class": hasattr(asyncpg.protocol.Protocol, "get_record_class"),
    }
    missing = [name for name, is_there in parts.items() if not is_there]
    if missing:
        raise DriverUnfit(missing)


def _takes(owner: object, name: str, parameter: str) -> bool:
    return parameter in inspect.signature(getattr(owner, name, lambda: None)).parameters


class JoinedConnection(asyncpg.Connection):  # type: ignore[misc] # asyncpg ships no types
    """A connection whose statements may have others sent along."""

    def __init__(self, protocol: Any, transport: Any, *rest: Any, **more: Any) -> None:
        super().__init__(protocol, transport, *rest, **more)
        self._line = Line(transport, protocol)
        self._is_ending = False
        """Whether what ends the transaction has been sent behind the statement at work."""

    def is_in_transaction(self) -> bool:
        """Return whether it is in one, as far as anybody knows before all answers have come."""
        return not self.is_closed() and (self._line.is_awaited or bool(super().is_in_transaction()))

    async def fetch_joined(self, query: str, values: Sequence[Any], *, ahead: str = "", behind: str = "") -> tuple[Any, str]:
        """Return the rows of a statement, and what PostgreSQL did of what went behind it; "" where that was not sent.

        What fails ahead raises in its place, and what comes after that in one transaction is refused by PostgreSQL. Nothing
        is sent behind a statement that this connection has to prepare first. Raises ConnectionResetError where the
        statement did not fail of what had failed ahead of it: then it stood in no transaction.
        """
        if ahead:
            self._line.send_ahead(ahead)
        fetched = self.fetch(query, *values)
        if behind and self._is_prepared(query):
            fetched = _Followed(fetched.__await__(), lambda: self._line.send_behind(behind))
        else:
            behind = ""
        self._is_ending = bool(behind)
        try:
            rows = await fetched
        finally:
            self._is_ending = False
        if ahead and self._line.failed_ahead:
            self.terminate()
            raise ConnectionResetError("a statement ran in no transaction, for that had not begun")
        return rows, self._line.done_behind if behind else ""

    async def _do_execute(self, *what: Any, retry: bool = True, **how: Any) -> Any:
        # asyncpg tries again what failed because it was prepared for other columns: behind the end it would be in no transaction.
        return await super()._do_execute(*what, retry=retry and not self._is_ending, **how)

    def _is_prepared(self, query: str) -> bool:
        """Return whether asyncpg sends a statement at once, and in one piece."""
        if self._protocol._is_cancelling():  # noqa: SLF001 - asyncpg's own, as this class is one
            return False
        return self._stmt_cache.get((query, self._protocol.get_record_class(), False), promote=False) is not None


class _Followed(Generator[Any, Any, T]):
    """Awaits something, and does something else once it waits for the first time."""

    def __init__(self, steps: Generator[Any, Any, T], then: Callable[[], None]) -> None:
        self._steps, self._then = steps, then
        self._is_followed = False

    def __await__(self) -> Generator[Any, Any, T]:
        return self

    def send(self, value: Any) -> Any:
        """Go on to where it waits next."""
        waits_for = self._steps.send(value)
        if not self._is_followed:
            self._is_followed = True
            self._then()
        return waits_for

    def throw(self, *raised: Any) -> Any:
        """Let it know what became of what it waited for."""
        return self._steps.throw(*raised)
