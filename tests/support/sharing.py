"""Which tests share a worker, and in which order they come."""

from pathlib import Path

from xdist.scheduler import LoadFileScheduling

TOGETHER = ("reads", "journeys", "documents")
"""Folders whose tests share what is dear to make: a filled company beside its oracle, running servers, cut fonts."""
LONG = (*TOGETHER, "workers", "retention", "permissions")
"""Folders whose tests play for long: first, so that in the end no worker is left alone while the other has nothing to do."""


class ByFileOrFolder(LoadFileScheduling):  # type: ignore[misc]  # xdist ships no types
    """Keeps a file's tests on one worker, and those of a folder of TOGETHER."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        folder = Path(file).parent
        return str(folder) if folder.name in TOGETHER else file


def place_of(folder: str) -> int:
    """Return when the tests of a folder come."""
    return LONG.index(folder) if folder in LONG else len(LONG)
