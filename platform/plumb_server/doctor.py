"""What `plumb doctor` says: each part that Plumb needs, whether it is there, and the command that mends it."""

import asyncio
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from plumb_platform.database.joined import DriverUnfit, check_driver
from plumb_platform.documents.timestamp_servers import timestamp_servers_of
from plumb_platform.scanning import ScannerUnavailable, scanner_at
from plumb_platform.settings import SHORTEST_SECRET, Settings, SettingUnfit
from plumb_server.doctor_servers import server_findings
from plumb_server.findings import APT, CONNECT_SECONDS, Finding, State

SIGNS: dict[State, str] = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "missing": "[red]✗[/]"}
OLDEST_PYTHON = (3, 11)
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}


def run(settings: Settings) -> int:
    """Print a table of the findings and return the exit code: 1 if a part is missing."""
    findings = diagnose(settings)
    print_findings(findings, Console())
    return exit_code(findings)


def diagnose(settings: Settings) -> list[Finding]:
    """Look at every part; a part that fails never hides the next. Embedded servers are started for the look."""
    local = [_python(), _driver(), *_pdf_libraries(), _chinese_font(), _secret_key(settings), _storage(settings)]
    return [*local, *timestamp_findings(settings), scanner_finding(settings), *server_findings(settings)]


def exit_code(findings: list[Finding]) -> int:
    """Return 1 if a part is missing, 0 if at most a warning was found."""
    return int(any(each.state == "missing" for each in findings))


def print_findings(findings: list[Finding], console: Console) -> None:
    """Print one row per part, and below it the commands that mend what is missing, ready to be copied."""
    table = Table(title="Plumb 准绳 doctor", title_justify="left")
    for heading in ("", "部件 / part", "结论", "finding"):
        table.add_column(heading, overflow="fold")
    for each in findings:
        table.add_row(SIGNS[each.state], each.part, each.zh, each.en)
    console.print(table)
    commands = dict.fromkeys(each.command for each in findings if each.command)
    if commands:
        console.print("修复命令 / commands that mend it:")
    for command in commands:
        console.print(f"  {command}", highlight=False, markup=False, soft_wrap=True)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:  # pragma: no cover - the tests run on what is supported
        return Finding("Python", "missing", f"{version}，需要 3.11 以上", f"{version}, 3.11 is needed", f"{APT}python3")
    return Finding("Python", "ok", version, version)


def _driver() -> Finding:
    version = str(asyncpg.__version__)
    try:
        check_driver()
    except DriverUnfit as unfit:
        parts = ", ".join(unfit.missing)
        return Finding("asyncpg", "missing", f"{version} 缺少 {parts}", f"{version} lacks {parts}", DriverUnfit.command)
    return Finding("asyncpg", "ok", version, version)


def _pdf_libraries() -> Iterator[Finding]:
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            yield Finding(library, "missing", "缺失，无法生成责任书 PDF", "missing: no PDF letters", f"{_sudo()}{APT}{package}")
        else:
            yield Finding(library, "ok", "已安装", "installed")


def _chinese_font() -> Finding:
    lister = shutil.which("fc-list")
    command = f"{_sudo()}{APT}fontconfig fonts-noto-cjk"
    if lister is None:
        return Finding("中文字体 / CJK font", "missing", "缺少 fontconfig", "fontconfig is missing", command)
    asked = subprocess.run([lister, ":lang=zh-cn", "family"], check=False, capture_output=True, text=True)  # noqa: S603
    fonts = sorted({line.partition(",")[0] for line in asked.stdout.splitlines() if line})
    if not fonts:
        return Finding("中文字体 / CJK font", "missing", "没有中文字体", "no font has Chinese characters", command)
    return Finding("中文字体 / CJK font", "ok", fonts[0], fonts[0])


def _secret_key(settings: Settings) -> Finding:
    given = settings.secret_key.get_secret_value()
    if given and len(given) < SHORTEST_SECRET:
        command = "export PLUMB_SECRET_KEY=\"$(python3 -c 'import secrets; print(secrets.token_hex(32))')\""
        return Finding("PLUMB_SECRET_KEY", "missing", "少于 32 个字符", "shorter than 32 characters", command)
    accepted = settings.accepted_secret_keys
    if any(len(each.get_secret_value()) < SHORTEST_SECRET for each in accepted):
        return Finding(
            "PLUMB_ACCEPTED_SECRET_KEYS",
            "missing",
            "有的少于 32 个字符",
            "one is too short",
            "unset PLUMB_ACCEPTED_SECRET_KEYS",
        )
    if accepted:
        said = f"另接受 {len(accepted)} 个；换完后移除", f"{len(accepted)} accepted beside it; take them out when all is relocked"
        return Finding("PLUMB_ACCEPTED_SECRET_KEYS", "warning", *said, "plumb secret relock")
    if not given:
        file = settings.home / "secret.key"
        return Finding("PLUMB_SECRET_KEY", "ok", f"未设置，使用 {file}", f"not set, {file} is used")
    return Finding("PLUMB_SECRET_KEY", "ok", "长度足够", "long enough")


def _storage(settings: Settings) -> Finding:
    url = settings.storage_url
    if url and not url.startswith("file://"):
        return Finding("文件存储 / storage", "ok", f"{url}(未访问)", f"{url} (not asked)")
    folder = Path(url.removeprefix("file://")) if url else settings.home
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        command = f"{_sudo()}install -d -o $(id -un) {folder}"
        said = f"{folder}: {error.strerror}"
        return Finding("文件存储 / storage", "missing", f"不可写 {said}", f"not writable {said}", command)
    return Finding("文件存储 / storage", "ok", f"{folder} 可写", f"{folder} is writable")


def timestamp_findings(settings: Settings) -> Iterator[Finding]:
    """Look at the roots of time stamps where servers or roots are named; the servers are not asked."""
    part, command = "时间戳 / time stamps", "echo $PLUMB_TIMESTAMP_ROOTS"
    if not settings.timestamp_servers and settings.timestamp_roots is None:
        return
    try:
        roots = timestamp_servers_of(settings).roots
    except (SettingUnfit, OSError) as unfit:
        reason = f"{settings.timestamp_roots}: {unfit.strerror}" if isinstance(unfit, OSError) else str(unfit)
        yield Finding(part, "missing", f"根证书不可用：{reason}", f"the roots cannot be used: {reason}", command)
        return
    if not roots:
        said = "未设置 PLUMB_TIMESTAMP_ROOTS，任何时间戳都不可信", "PLUMB_TIMESTAMP_ROOTS is not set: no stamp is trusted"
        yield Finding(part, "missing", *said, command)
        return
    names = ", ".join(sorted(settings.timestamp_servers)) or "–"
    yield Finding(
        part, "ok", f"{len(roots)} 个根证书；服务：{names}(未访问)", f"{len(roots)} roots; servers: {names} (not asked)"
    )


def scanner_finding(settings: Settings) -> Finding:
    """Look at the virus scanner: unset is a warning, one that does not answer as clamd does is missing."""
    part, command = "病毒扫描 / virus scan", "export PLUMB_SCAN_URL=unix:///run/clamav/clamd.ctl"
    try:
        scanner = scanner_at(settings.scan_url, seconds=CONNECT_SECONDS)
        if not scanner.is_set:
            said = "未设置 PLUMB_SCAN_URL，上传的文件不经扫描", "PLUMB_SCAN_URL is not set: uploads are not scanned"
            return Finding(part, "warning", *said, command)
        version = asyncio.run(scanner.version())
    except ScannerUnavailable as away:
        said = (
            f"无应答（{away.values['reason']}），上传一律被拒绝",
            f"no answer ({away.values['reason']}): every upload is refused",
        )
        return Finding(part, "missing", *said, "echo $PLUMB_SCAN_URL")
    except ValueError as error:
        return Finding(part, "missing", str(error), str(error), command)
    return Finding(part, "ok", version, version)


def _sudo() -> str:
    return "" if os.geteuid() == 0 else "sudo "
