import asyncio
import io
import os
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr
from rich.console import Console

from plumb_platform.clock import now
from plumb_platform.database.connect import url_credentials
from plumb_platform.documents.timestamp_servers import timestamp_servers_of
from plumb_platform.embedded import embedded_servers
from plumb_platform.settings import APP_ROLE, PLATFORM_ROLE, Settings
from plumb_server import doctor
from plumb_server.doctor import diagnose, exit_code, print_findings
from plumb_server.doctor_servers import version_finding
from plumb_server.findings import Finding
from plumb_server.resources import bring_up_to_date
from support.clamd import VERSION, clamd_on
from support.pooler import pooler_before
from support.timestamp_server import stamp_server

TABLES, STORAGE = "数据库结构 / tables", "文件存储 / storage"


def by_part(findings: list[Finding]) -> dict[str, Finding]:
    return {each.part: each for each in findings}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    home = tmp_path_factory.mktemp("doctor")
    with embedded_servers(home / "servers", durable=False) as running:
        yield Settings(home=home, database_url=running.database_url, redis_url=running.redis_url)


def test_servers_that_do_not_answer_are_named_with_the_setting_to_look_at(servers: Settings) -> None:
    broken = servers.model_copy(
        update={"database_url": "postgresql://plumb@127.0.0.1:1/plumb", "redis_url": "redis://127.0.0.1:1/0"}
    )
    found = by_part(diagnose(broken))
    assert (found["PostgreSQL"].state, found["PostgreSQL"].command) == ("missing", "echo $PLUMB_DATABASE_URL")
    assert (found["Redis / Valkey"].state, found["Redis / Valkey"].command) == ("missing", "echo $PLUMB_REDIS_URL")
    assert TABLES not in found


def test_a_short_secret_and_a_folder_that_cannot_be_made_are_named(servers: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    changes = {"secret_key": SecretStr("short"), "storage_url": f"file://{tmp_path}/file/letters"}
    found = by_part(diagnose(servers.model_copy(update=changes)))
    assert found["PLUMB_SECRET_KEY"].state == "missing"
    assert "token_hex(32)" in found["PLUMB_SECRET_KEY"].command
    assert "short" not in found["PLUMB_SECRET_KEY"].command
    assert found[STORAGE].state == "missing"
    assert found[STORAGE].command.endswith(f"{tmp_path}/file/letters")


@pytest.mark.parametrize("own", ["", "p" * 32])
def test_keys_that_are_accepted_are_told_whether_the_own_one_is_set_or_kept_in_home(own: str, tmp_path: Path) -> None:
    for accepted, state in (("a" * 32, "warning"), ("short", "missing")):
        given = Settings(home=tmp_path, secret_key=SecretStr(own), accepted_secret_keys=[SecretStr(accepted)])
        found = doctor._secret_key(given)
        assert (found.part, found.state) == ("PLUMB_ACCEPTED_SECRET_KEYS", state)


def test_a_missing_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, servers: Settings) -> None:
    monkeypatch.setattr(doctor, "LIBRARIES", {"libnot-there.so.7": "libnot-there7"})
    missing = by_part(diagnose(servers))["libnot-there.so.7"]
    sudo = "" if os.geteuid() == 0 else "sudo "
    assert missing.state == "missing"
    assert missing.command == f"{sudo}apt-get install -y --no-install-recommends libnot-there7"


def test_a_driver_without_what_is_relied_on_is_named_with_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, servers: Settings
) -> None:
    assert by_part(diagnose(servers))["asyncpg"].state == "ok"
    before = asyncpg.Connection._do_execute

    async def otherwise(*what: Any, **how: Any) -> Any:
        return await before(*what, **how)

    monkeypatch.setattr(asyncpg.Connection, "_do_execute", otherwise)
    found = by_part(diagnose(servers))["asyncpg"]
    assert (found.state, found.command) == ("missing", "uv sync --frozen")
    assert found.en == f"{asyncpg.__version__} lacks Connection._do_execute(retry)"


def test_a_machine_without_chinese_fonts_is_told_the_package(
    monkeypatch: pytest.MonkeyPatch, servers: Settings, tmp_path: Path
) -> None:
    fake = tmp_path / "fc-list"
    fake.write_text("#!/bin/sh\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    font = by_part(diagnose(servers))["中文字体 / CJK font"]
    assert font.state == "missing"
    assert font.command.endswith("fonts-noto-cjk")


def test_tables_are_missing_before_migrate_and_up_to_date_after_it(servers: Settings) -> None:
    before = by_part(diagnose(servers))[TABLES]
    bring_up_to_date(servers)
    found = by_part(diagnose(servers))
    after = found[TABLES]
    assert (before.state, before.command) == ("missing", "plumb migrate")
    assert (after.state, after.command) == ("ok", "")
    assert found["签章密钥 / signing keys"].state == "ok"


def test_a_database_of_a_newer_version_is_told_as_that(servers: Settings) -> None:
    bring_up_to_date(servers)

    async def apply(statement: str) -> None:
        connection = await asyncpg.connect(**url_credentials(servers.database_url))
        await connection.execute(statement)
        await connection.close()

    asyncio.run(apply("insert into tortoise_migrations (app, name, applied_at) values ('plumb', '9999_later', now())"))
    found = by_part(diagnose(servers))
    asyncio.run(apply("delete from tortoise_migrations where name = '9999_later'"))
    assert (found[TABLES].state, "1 migrations (to 9999_later)" in found[TABLES].en) == ("warning", True)
    assert found["密钥能否打开 / stored keys"].state == "ok"


async def test_a_pooler_that_shares_sessions_is_named_and_nothing_is_asked_through_it(servers: Settings) -> None:
    await asyncio.to_thread(bring_up_to_date, servers)
    async with (
        pooler_before(servers.role_url(APP_ROLE), "transaction") as app,
        pooler_before(servers.role_url(PLATFORM_ROLE), "transaction") as platform,
    ):
        pooled = servers.model_copy(update={"app_database_url": app, "platform_database_url": platform})
        found = by_part(await asyncio.to_thread(diagnose, pooled))
    pooler = found["连接池 / pooler"]
    assert (pooler.state, pooler.command) == ("missing", "echo $PLUMB_APP_DATABASE_URL $PLUMB_PLATFORM_DATABASE_URL")
    assert "session mode" in pooler.en
    assert TABLES not in found


def test_a_postgresql_that_bounds_no_transaction_serves_with_a_warning() -> None:
    assert [version_finding(version, "").state for version in (15, 16, 17, 18)] == ["warning", "warning", "ok", "ok"]


def test_without_urls_the_embedded_servers_are_tried(tmp_path: Path) -> None:
    found = by_part(diagnose(Settings(home=tmp_path / "h", database_url="", redis_url="")))
    assert found["PostgreSQL"] == Finding("PostgreSQL", "ok", "内置 / embedded, 18", "内置 / embedded, 18")
    assert found["Redis / Valkey"].state == "ok"
    assert (found[TABLES].state, found[TABLES].command) == ("warning", "make up")


def test_embedded_servers_that_do_not_start_are_named_with_their_log(tmp_path: Path) -> None:
    home = tmp_path / "h"
    (home / "servers" / "postgres").mkdir(parents=True)
    (home / "servers" / "postgres" / "PG_VERSION").write_text("9\n")
    found = by_part(diagnose(Settings(home=home, database_url="", redis_url="")))["内置服务 / embedded servers"]
    assert found.state == "missing"
    assert "postgres.log" in found.en
    assert found.command == f"less {home}/servers/logs/*.log"


def test_the_table_shows_both_languages_and_each_command_once_in_full() -> None:
    stream = io.StringIO()
    command = "sudo apt-get install -y " + "x" * 120
    findings = [
        Finding("a", "ok", "已安装", "installed"),
        Finding("b", "missing", "缺失", "gone", command),
        Finding("c", "missing", "缺失", "gone", command),
    ]
    print_findings(findings, Console(file=stream, width=80))
    shown = stream.getvalue()
    assert shown.count(command) == 1
    for word in ("已安装", "installed", "缺失", "gone"):
        assert word in shown


async def test_a_scanner_is_asked_who_it_is_and_one_that_is_not_named_scans_nothing(tmp_path: Path) -> None:
    async with clamd_on(tmp_path) as clamd:
        found = await asyncio.to_thread(doctor.scanner_finding, Settings(scan_url=clamd.urls[1]))
        assert (found.state, found.en) == ("ok", VERSION)
        clamd.odd = b"HTTP/1.1 400\0"
        found = await asyncio.to_thread(doctor.scanner_finding, Settings(scan_url=clamd.urls[0]))
        assert (found.state, found.command) == ("missing", "echo $PLUMB_SCAN_URL")
        assert found.en == "no answer (PING: HTTP/1.1 400): every upload is refused"
    away = await asyncio.to_thread(doctor.scanner_finding, Settings(scan_url=clamd.urls[1]))
    assert (away.state, away.zh) == ("missing", "无应答（ConnectionRefusedError），上传一律被拒绝")
    unset, odd = doctor.scanner_finding(Settings(scan_url="")), doctor.scanner_finding(Settings(scan_url="clamd"))
    assert (unset.state, unset.en) == ("warning", "PLUMB_SCAN_URL is not set: uploads are not scanned")
    assert (odd.state, odd.en) == ("missing", "PLUMB_SCAN_URL must be tcp://host:port or unix:///path")


def test_only_a_missing_part_makes_the_command_fail() -> None:
    good, doubt = Finding("a", "ok", "", ""), Finding("b", "warning", "", "")
    assert exit_code([good, doubt]) == 0
    assert exit_code([good, Finding("c", "missing", "", "")]) == 1


def test_roots_of_time_stamps_are_read_where_servers_are_named(tmp_path: Path) -> None:
    part, file = "时间戳 / time stamps", tmp_path / "roots.pem"
    named = Settings(home=tmp_path, timestamp_servers={"default": "http://127.0.0.1:1/tsa"})
    assert not list(doctor.timestamp_findings(Settings(home=tmp_path)))
    (found,) = doctor.timestamp_findings(named)
    assert (found.part, found.state, found.en) == (part, "missing", "PLUMB_TIMESTAMP_ROOTS is not set: no stamp is trusted")
    (found,) = doctor.timestamp_findings(named.model_copy(update={"timestamp_roots": file}))
    assert (found.state, found.en) == ("missing", f"the roots cannot be used: {file}: No such file or directory")
    file.write_text("no certificate at all")
    (found,) = doctor.timestamp_findings(named.model_copy(update={"timestamp_roots": file}))
    said = "PLUMB_TIMESTAMP_ROOTS must name a file of certificates in PEM"
    assert (found.state, found.en) == ("missing", f"the roots cannot be used: {said}")
    with stamp_server(made_at=now()) as tsa:
        file.write_text(ssl.DER_cert_to_PEM_cert(tsa.root) * 2)
        settings = named.model_copy(update={"timestamp_roots": file})
        (found,) = doctor.timestamp_findings(settings)
        assert timestamp_servers_of(settings).roots == (tsa.root, tsa.root)
    assert (found.state, found.en) == ("ok", "2 roots; servers: default (not asked)")
