"""The child process that renders: one request per frame on stdin, one answer per frame on stdout, under hard limits."""

import gc
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

import msgpack

from plumb_platform.documents.fonts_apart import prepare_apart
from plumb_platform.documents.render_engines import ENGINES, Refusal, Work

REFUSED_EVENTS = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.remove",
    "os.rename",
    "os.kill",
    "shutil.",
    "ftplib.",
)
OBJECTS_PER_COLLECTION = 20_000
READABLE = (sys.prefix, sys.base_prefix, "/usr/share", "/usr/lib", "/etc/mime.types")


def main() -> None:
    """Serve letters until stdin ends; the first frame out says whether this machine can render at all."""
    answers = _private_stdout()
    limits: dict[str, Any] = msgpack.unpackb(_read_frame())
    try:
        cut_fonts, warning = _cut_fonts(limits["font_cache"])
        work = ENGINES[limits["engine"]](cut_fonts)
    except (ImportError, OSError) as problem:
        _write_frame(answers, {"error": "unavailable", "reason": str(problem).splitlines()[0][:200]})
        return
    status = os.open("/proc/self/status", os.O_RDONLY)
    # A module that is needed later is read, and nothing is written for it.
    sys.dont_write_bytecode = True
    sys.addaudithook(_refuse_the_outside)
    megabyte = 1 << 20
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_mb"] * megabyte,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for ending in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(ending, signal.SIG_DFL)
    # What is there now stays for good: the collector need not look at it again for every letter.
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_PER_COLLECTION)
    _write_frame(answers, {"ready": True, "warning": warning})
    while frame := _read_frame():
        _limit_time(limits["seconds"], limits["clock_seconds"])
        _write_frame(answers, _answer(work, msgpack.unpackb(frame)) | {"peak_mb": _peak_mb(status)})
        _limit_time(0, 0)


def _cut_fonts(cache: str) -> tuple[Path | None, str]:
    """Return the folder of cut fonts, or why the whole ones are used; fontconfig reads its settings when it is loaded."""
    if not cache:
        return None, ""
    try:
        settings = prepare_apart(Path(cache))
    except OSError as problem:
        return None, str(problem)[:200]
    os.environ["FONTCONFIG_FILE"] = str(settings)
    return settings.parent, ""


def _answer(work: Work, request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"result": work(request)}
    except Refusal as refusal:
        return {"error": refusal.error, "reason": refusal.reason[:200]}
    except (MemoryError, OverflowError):
        return {"error": "too_large", "reason": ""}
    except Exception as problem:  # noqa: BLE001  # whatever a foreign template provokes is an answer, not an end
        return {"error": "failed", "reason": f"{type(problem).__name__}: {problem}"[:200]}


def _refuse_the_outside(event: str, arguments: tuple[Any, ...]) -> None:
    """Raise for any act that a letter has no need of: sockets, processes, foreign files."""
    if event == "open":
        path, _, flags = arguments
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if isinstance(path, str) and (writes or not os.path.realpath(path).startswith(READABLE)):
            raise PermissionError("a letter may open no file")
    elif event.startswith(REFUSED_EVENTS):
        raise PermissionError(f"a letter may not {event}")


def _limit_time(seconds: int, clock_seconds: int) -> None:
    """Have the kernel end this process when a document takes too much processor time, or its parent died meanwhile."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    # The parent's clock comes first.
    signal.setitimer(signal.ITIMER_REAL, clock_seconds and clock_seconds + 5)


def _peak_mb(status: int) -> int:
    """Return the most address space that this process ever had, which is what its limit counts."""
    _, _, found = os.pread(status, 1 << 12, 0).partition(b"VmPeak:")
    return int(found.split()[0]) >> 10


def _private_stdout() -> int:
    """Keep stdout for answers alone: a library that prints must not break a frame."""
    answers = os.dup(1)
    os.dup2(2, 1)
    return answers


def _read_frame() -> bytes:
    header = _read_exactly(4)
    return _read_exactly(int.from_bytes(header)) if header else b""


def _read_exactly(count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = os.read(0, min(count, 1 << 20))
        if not part:
            return b""
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _write_frame(descriptor: int, message: dict[str, Any]) -> None:
    body = msgpack.packb(message)
    view = memoryview(len(body).to_bytes(4) + body)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    main()
