"""One warm rendering process as its parent sees it: start, frames, wear, end."""

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import Any

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_CACHE_HOME")
ONE_ARENA = {"MALLOC_ARENA_MAX": "1"}
"""glibc sets 64 MB of address space aside for each further one, as threads happen to meet: so much was worn by chance."""


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """What one document may take, and when a child is replaced by a fresh one."""

    seconds: int = 10
    """Of processor time: a child that waits for the processor while others have it is not to blame."""
    clock_seconds: int = 30
    """After which a child is ended that was stopped or hardly ever got the processor; the document may be tried again."""
    memory_mb: int = 512
    """Address space, which a process that has drawn many fonts has less and less of."""
    left_mb: int = 96
    """A child with less than this goes before the next document."""
    doubted_mb: int = 48
    """A file of fonts is mapped whole, 20 to 30 MB: with less than this left a library may have gone on without one."""
    documents_per_child: int = 400


class RenderProcess:
    """A warm child; the two sides speak in frames of four bytes of length and a msgpack body."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Take over a process just started by `spawn`."""
        self.process = process
        self._documents = 0
        self._peak_mb = 0
        self._broken = False

    @property
    def has_worked(self) -> bool:
        """Whether another document has used up some of its memory."""
        return self._documents > 0

    def is_fresh(self, limits: RenderLimits) -> bool:
        """Return whether this child may take another document."""
        worn = self._documents >= limits.documents_per_child or self._peak_mb > limits.memory_mb - limits.left_mb
        return self.process.returncode is None and not worn and not self._broken

    def is_doubted(self, limits: RenderLimits) -> bool:
        """Return whether it came so near to its limit that what it last made may lack a font."""
        return self._peak_mb > limits.memory_mb - limits.doubted_mb

    async def exchange(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send one request and return its answer; raises IncompleteReadError or ConnectionError when the child dies."""
        writer, reader = self.process.stdin, self.process.stdout
        if writer is None or reader is None:
            raise ConnectionError("the child was started without pipes")
        import msgpack

        body = msgpack.packb(message)
        writer.write(len(body).to_bytes(4) + body)
        await writer.drain()
        length = int.from_bytes(await reader.readexactly(4))
        answer: dict[str, Any] = msgpack.unpackb(await reader.readexactly(length))
        self._documents += "ready" not in answer
        self._peak_mb = answer.get("peak_mb", 0)
        self._broken = answer.get("error") in ("too_large", "failed")
        return answer

    async def end(self) -> None:
        """End the child at once and reap it."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


async def spawn() -> RenderProcess:
    """Start a child with none of our environment but what fonts need: it must not know a password."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | ONE_ARENA
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", "plumb_platform.documents.render_child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
        cwd="/",
    )
    return RenderProcess(process)
