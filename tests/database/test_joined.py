"""Statements sent together take one round trip, and what fails of them fails as if they had been sent one by one."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from time import process_time
from typing import Any

import asyncpg
import pytest

from plumb_platform.database import Database
from plumb_platform.database.connect import url_credentials
from plumb_platform.database.joined import DriverUnfit, JoinedConnection, Line, check_driver
from plumb_platform.settings import Settings
from support.turns import counted_turns

LARGE = "select repeat('准', 400000) as told, $1::int as number"
KEEP = "insert into kept_here values ($1) returning number"


async def connected(credentials: dict[str, Any]) -> JoinedConnection:
    connection = await asyncpg.connect(**credentials, connection_class=JoinedConnection)
    assert isinstance(connection, JoinedConnection)
    await connection.execute(
        "create temporary table kept_here (number int primary key deferrable initially deferred check (number > 0))"
    )
    return connection


@pytest.fixture
def credentials(settings: Settings, database: Database) -> dict[str, Any]:
    return url_credentials(settings.database_url)


@pytest.fixture
async def connection(credentials: dict[str, Any]) -> AsyncIterator[JoinedConnection]:
    made = await connected(credentials)
    for sql in (KEEP, LARGE):  # prepared from here on
        await made.fetch(sql, 1000)
    await made.execute("delete from kept_here")
    yield made
    await made.close()


async def kept(connection: JoinedConnection) -> list[int]:
    return [row["number"] for row in await connection.fetch("select number from kept_here order by number")]


async def test_what_begins_and_what_commits_take_no_round_trip_of_their_own(credentials: dict[str, Any], tmp_path: Path) -> None:
    async with counted_turns(credentials, tmp_path) as (through, turns):
        connection = await connected(through)
        await connection.fetch(KEEP, 1)
        before = turns.count
        assert await connection.fetch_joined(KEEP, [2], ahead="BEGIN", behind="COMMIT") == ([(2,)], "COMMIT")
        assert turns.count - before == 1
        assert await connection.fetch_joined(KEEP, [3], ahead="BEGIN; select 1; select pg_sleep(0)") == ([(3,)], "")
        assert await connection.fetch_joined(KEEP, [4], behind="COMMIT") == ([(4,)], "COMMIT")
        assert turns.count - before == 3
        assert await kept(connection) == [1, 2, 3, 4]
        await connection.close()


async def test_one_by_one_is_what_it_is_the_first_time(connection: JoinedConnection) -> None:
    sql = "insert into kept_here values ($1) returning number + 1 as next"
    assert await connection.fetch_joined(sql, [5], ahead="BEGIN", behind="COMMIT") == ([(6,)], "")
    assert connection.is_in_transaction()
    await connection.execute("ROLLBACK")
    assert await connection.fetch_joined(sql, [5], ahead="BEGIN", behind="COMMIT") == ([(6,)], "COMMIT")
    assert (connection.is_in_transaction(), await kept(connection)) == (False, [5])


async def test_what_fails_ahead_is_what_is_told_and_nothing_else_is_done(connection: JoinedConnection) -> None:
    for behind in ("", "COMMIT"):
        for sql in (KEEP, f"{KEEP} + {len(behind)}"):  # prepared already, and not
            with pytest.raises(asyncpg.DivisionByZeroError):
                await connection.fetch_joined(sql, [7], ahead="BEGIN; select 1 / 0", behind=behind)
            await connection.execute("ROLLBACK")
    assert await kept(connection) == []
    assert await connection.fetchval("select 8") == 8


async def test_a_statement_whose_transaction_never_began_is_not_taken_for_done(connection: JoinedConnection) -> None:
    with pytest.raises(ConnectionResetError):
        await connection.fetch_joined(KEEP, [9], ahead="BEGINN")
    assert (connection.is_closed(), connection.is_in_transaction()) == (True, False)


def test_a_driver_that_lacks_what_is_relied_on_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    check_driver()
    monkeypatch.setattr(asyncpg.connection._StatementCache, "get", asyncpg.Connection.fetch)
    monkeypatch.setattr(asyncpg.protocol, "Protocol", object)
    with pytest.raises(DriverUnfit) as raised:
        check_driver()
    assert raised.value.missing == ["_StatementCache.get(promote)", "Protocol._is_cancelling", "Protocol.get_record_class"]


async def test_a_statement_that_fails_is_rolled_back_by_what_would_have_committed_it(connection: JoinedConnection) -> None:
    await connection.fetch_joined(KEEP, [10], ahead="BEGIN")
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.fetch_joined(KEEP, [-1], behind="COMMIT")
    assert (connection.is_in_transaction(), await kept(connection)) == (False, [])


async def test_a_commit_that_fails_is_told(connection: JoinedConnection) -> None:
    await connection.fetch_joined(KEEP, [11], ahead="BEGIN", behind="COMMIT")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.fetch_joined(KEEP, [11], ahead="BEGIN", behind="COMMIT")
    assert (connection.is_in_transaction(), await kept(connection)) == (False, [11])


async def test_a_commit_behind_an_earlier_failure_says_rollback(connection: JoinedConnection) -> None:
    await connection.execute("BEGIN")
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.fetch(KEEP, -2)
    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        await connection.fetch_joined(KEEP, [12], behind="COMMIT")
    assert (connection.is_in_transaction(), await kept(connection)) == (False, [])


async def test_values_that_the_driver_refuses_leave_the_answers_in_their_order(connection: JoinedConnection) -> None:
    for behind in ("", "COMMIT"):
        with pytest.raises(asyncpg.DataError):
            await connection.fetch_joined(KEEP, ["no number"], ahead="BEGIN", behind=behind)
        assert await connection.execute("ROLLBACK") == "ROLLBACK"
        assert [await connection.fetchval(f"select {n}") for n in range(3)] == [0, 1, 2]


async def test_what_is_prepared_for_other_columns_is_not_tried_again_in_no_transaction(
    connection: JoinedConnection,
) -> None:
    sql = "insert into kept_here values ($1) returning *"
    await connection.fetch_joined(sql, [13], ahead="BEGIN")
    await connection.execute("ROLLBACK")
    await connection.execute("alter table kept_here add column said text")
    with pytest.raises(asyncpg.InvalidCachedStatementError):
        await connection.fetch_joined(sql, [13], ahead="BEGIN", behind="COMMIT")
    assert (connection.is_in_transaction(), await kept(connection)) == (False, [])
    assert await connection.fetch(sql, 14) == [(14, None)]


async def test_an_answer_of_many_pieces_and_what_is_said_to_all_arrive_whole(connection: JoinedConnection) -> None:
    heard: list[str] = []
    connection.add_log_listener(lambda _, message: heard.append(message.message))
    notice = "do $$ begin raise notice '听'; end $$"
    for number in range(20):
        rows, done = await connection.fetch_joined(LARGE, [number], ahead=f"BEGIN; {notice}; {notice}", behind="COMMIT")
        assert (len(rows[0]["told"]), rows[0]["number"], done) == (400000, number, "COMMIT")
    await asyncio.sleep(0)
    assert heard == ["听"] * 40


class Heard(asyncio.Protocol):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told = b""

    def data_received(self, data: bytes) -> None:
        self.told += data


class Wire(asyncio.Transport):
    """Carries nothing anywhere."""

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def write(self, data: bytes | bytearray | memoryview) -> None:
        pass


def message(kind: str, said: bytes = b"") -> bytes:
    return kind.encode() + (len(said) + 4).to_bytes(4, "big") + said


def test_wherever_the_answers_are_cut_apart_the_driver_is_told_the_same() -> None:
    own = [message("2"), message("D", b"\0\1" + b"row" * 9), message("S", b"set\0to\0"), message("C", b"SELECT 1\0")]
    ahead = [message("C", b"BEGIN\0"), message("T", b"\0\0"), message("D", b"\0\0"), message("Z", b"T")]
    behind, after = [message("C", b"COMMIT\0"), message("Z", b"I")], [message("1"), message("Z", b"I")]
    whole = b"".join([*ahead, *own, message("Z", b"T"), *behind, *after])
    expected = b"".join([*own, message("Z", b"I"), *after])
    for first, second in itertools.combinations(range(len(whole)), 2):
        driver, wire = Heard(), Wire()
        line = Line(wire, driver)
        line.send_ahead("BEGIN")
        line.send_behind("COMMIT")
        for piece in (whole[:first], whole[first:second], whole[second:]):
            line.data_received(piece)
        assert (driver.told, line.done_behind) == (expected, "COMMIT")


def test_a_long_row_takes_as_much_work_as_it_is_long() -> None:
    row = message("D", bytes(2**25))

    def seconds(piece: int) -> float:
        line = Line(Wire(), driver := Heard())
        line.send_behind("COMMIT")
        began = process_time()
        for at in range(0, len(row), piece):
            line.data_received(row[at : at + piece])
        took = process_time() - began
        assert driver.told == row
        return took

    # In 2,048 pieces, not two; were each joined to all before it, it would be some 1,000 times as much.
    assert min(seconds(2**14) for _ in range(3)) < 50 * min(seconds(2**24) for _ in range(3))


def test_of_two_errors_the_driver_is_told_the_first() -> None:
    first, second = message("E", b"Sone\0\0"), message("E", b"Stwo\0\0")
    driver = Heard()
    line = Line(Wire(), driver)
    line.send_ahead("BEGIN; select broken()")
    line.data_received(message("C", b"BEGIN\0") + first + message("Z", b"E"))
    assert driver.told == b""
    line.data_received(second + message("Z", b"E"))
    assert driver.told == first + message("Z", b"E")
