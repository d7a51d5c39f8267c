"""A disk that is full: this process may write no file beyond some bytes, as by a quota (setrlimit(2), RLIMIT_FSIZE)."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def full_disk(*, beyond: int) -> Iterator[None]:
    """Refuse every write beyond so many bytes of a file, in the middle of it, until the block ends."""
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (beyond, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
