"""A bundle: one tar file whose bytes follow from what is in it alone, with a manifest of every member at its end.

It is written a piece at a time: neither what is in it nor the list of it need fit into memory.
"""

import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from plumb_platform.numbers.canonical import canonical_bytes

PIECE = 1024 * 1024
MANIFEST = "manifest.jsonl"


class Bundle:
    """Takes members in their order; times, owners and permissions of files are told alike."""

    def __init__(self, file: IO[bytes], head: dict[str, Any], folder: Path) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - `finish` closes it
        self.folder = folder
        self._told = self._spool()
        self._tell(head)

    async def add(self, path: str, pieces: AsyncIterable[bytes], **said: Any) -> None:
        """Add a member; what is `said` of it stands in the manifest beside its size and its SHA-256."""
        digest = hashlib.sha256()
        with self._spool() as spool:
            async for piece in pieces:
                digest.update(piece)
                spool.write(piece)
            size = spool.tell()
            self._put(path, spool, size)
        self._tell({"path": path, "size": size, "sha256": digest.hexdigest()} | said)

    def add_bytes(self, path: str, content: bytes) -> None:
        """Add a member that is at hand."""
        self._put(path, io.BytesIO(content), len(content))
        self._tell({"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()})

    def tell_fault(self, path: str, code: str) -> None:
        """Say in the manifest that a member should be there and is not, and why."""
        self._tell({"path": path, "fault": code})

    def finish(self) -> None:
        """Add the manifest and close the file's list of members."""
        with self._told as told:
            self._put(MANIFEST, told, told.tell())
        self._tar.close()

    def close(self) -> None:
        """Let go of a bundle that was not finished; a disk that is full refuses what this still holds once more."""
        with suppress(OSError):
            self._told.close()

    def _spool(self) -> IO[bytes]:
        # Beside the bundle: what is not yet in it takes room on the same disk, and no name of a person another.
        return tempfile.TemporaryFile(dir=self.folder)

    def _tell(self, said: dict[str, Any]) -> None:
        self._told.write(canonical_bytes(said) + b"\n")

    def _put(self, path: str, content: IO[bytes], size: int) -> None:
        member = tarfile.TarInfo(path)
        member.size, member.mode = size, 0o600
        content.seek(0)
        self._tar.addfile(member, content)
        vars(self._tar)["members"].clear()  # a list that only a reader needs, and that grows with every file


@contextmanager
def written_whole(target: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """Yield a file that bears its name once it is whole and on the disk, and the folder of its own that it is made in.

    The folder stands beside the target and goes with whatever failed; one whose process was killed stays as `plumb-...making`.
    Raises FileExistsError.
    """
    if os.path.lexists(target):
        raise FileExistsError(str(target))
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="plumb-", suffix=".making") as folder:
        making = Path(folder) / "whole"
        with making.open("xb") as file:
            yield file, Path(folder)
            file.flush()
            os.fsync(file.fileno())
        os.link(making, target)  # never in place of a file that came meanwhile
    _sync(target.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
