"""CFF fonts by a reader that is not ours."""

import io
from typing import Any

from fontTools.cffLib import CFFFontSet  # type: ignore[import-untyped]  # fontTools carries no types


def opened(program: bytes) -> Any:
    """Return the one font of a CFF program."""
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(program), None)
    return fonts[0]
