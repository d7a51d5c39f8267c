"""Has the letters' font cut by a process that ends: cutting takes 200 MB, which whoever sets letters afterwards would keep."""

import os
from pathlib import Path

FAILED = b"!"


def prepare_apart(cache: Path) -> Path:
    """Return the fontconfig file of `prepare_fonts`, cut by a fork; neither fontconfig nor a font is opened in this process.

    To be called before there are threads. Raises OSError, with the reason, when the fonts were not cut.
    """
    reader, writer = os.pipe()
    cutter = os.fork()
    if not cutter:
        os.close(reader)
        _cut(cache, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        said = answer.read()
    os.waitpid(cutter, 0)
    if not said or said.startswith(FAILED):
        raise OSError(os.fsdecode(said.removeprefix(FAILED)) or "the process that cuts fonts died")
    return Path(os.fsdecode(said))


def _cut(cache: Path, answers: int) -> None:
    """Never return: what the fork has inherited is not its own to go on with."""
    try:
        from plumb_platform.documents.fonts import prepare_fonts

        os.write(answers, os.fsencode(prepare_fonts(cache)))
    except Exception as problem:  # noqa: BLE001  # letters come without it as well, only dearer
        os.write(answers, FAILED + os.fsencode(f"{type(problem).__name__}: {problem}"))
    finally:
        os._exit(0)
