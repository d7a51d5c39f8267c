"""Server processes that are nobody's child: alive or gone, stopped by pid, and a failure that names its log."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

POLL_SECONDS = 0.02


class ServerFailed(RuntimeError):
    """An embedded server did not start or stop; the message ends with the last lines of its log."""

    def __init__(self, server: str, log: Path, detail: str = "") -> None:
        shown = "\n".join(part for part in (detail.strip(), _tail(log)) if part)
        super().__init__(f"{server} 未能正常运行，日志见 / {server} failed, its log is: {log}\n{shown}")


def pid_in(file: Path) -> int | None:
    """Return the pid on the first line of `file`, or None when there is no such file or no pid in it."""
    try:
        first = file.read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip()
    except FileNotFoundError:
        return None
    return int(first) if first.isdecimal() else None


def runs(pid: int | None, word: str) -> bool:
    """Return whether `pid` is a living process with `word` in its command line; a recycled pid is not."""
    if pid is None or _gone(pid):
        return False
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return os.fsencode(word) in command


def stop_process(server: str, pid: int, log: Path, signals: list[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn until the process is gone, waiting the given seconds after each."""
    for number, seconds in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if wait_until(lambda: _gone(pid), seconds):
            return
    raise ServerFailed(server, log, f"process {pid} did not stop")


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Return whether `condition` came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _gone(pid: int) -> bool:
    # In a container we may be pid 1, to whom detached servers fall back: then it is for us to reap them.
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return True
    except ChildProcessError:
        pass
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    return status.rpartition(")")[2].split()[0] in {"Z", "X"}


def _tail(log: Path, lines: int = 12) -> str:
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
