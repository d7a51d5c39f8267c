"""How many functions an act calls, those of C too: as many on every machine, however slow or busy it is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class Calls:
    """The functions called so far."""

    count: int = 0


@contextmanager
def counted_calls() -> Iterator[Calls]:
    """Count what this thread calls within the block; what else its loop does meanwhile counts, too."""
    calls, before = Calls(), sys.getprofile()

    def count(_frame: FrameType, event: str, _of: object) -> None:
        calls.count += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(before)
