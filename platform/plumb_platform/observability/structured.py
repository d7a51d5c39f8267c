"""The one door to structlog, kept from loading rich: the console for developers would cost every process 4 MB."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _without(library: str) -> Iterator[None]:
    """Let a library seem not installed for the length of a `with` block."""
    known = sys.modules.get(library)
    sys.modules[library] = None  # type: ignore[assignment]  # what Python takes for "cannot be imported"
    try:
        yield
    finally:
        del sys.modules[library]
        if known is not None:
            sys.modules[library] = known


with _without("rich"):
    import structlog

__all__ = ["structlog"]
