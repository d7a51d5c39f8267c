"""Cuts the letters' fonts before anybody waits for them, and once more as two processes that ask at the same time."""

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PREPARE = """
import sys
from pathlib import Path
from plumb_platform.documents.fonts_apart import prepare_apart
print(prepare_apart(Path(sys.argv[1])))
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""
"""Prints where the cut fonts are, and the most kilobytes that the process took."""


def cut_fonts_into(folder: Path) -> None:
    """Cut the fonts into a folder unless they are there."""
    subprocess.run([sys.executable, "-c", PREPARE, str(folder)], stdout=subprocess.DEVNULL, check=True)


@dataclass(frozen=True)
class CutAgain:
    """A folder of cut fonts, and what each of the processes said: its settings of fonts, and the most memory that it took."""

    folder: Path
    settings: list[Path]
    kilobytes: list[int]


async def cut_again(folder: Path) -> CutAgain:
    """Cut the fonts into an empty folder."""
    command = (sys.executable, "-c", PREPARE, str(folder))
    both = [await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE) for _ in range(2)]
    said = [(await each.communicate())[0].decode().split() for each in both]
    assert [each.returncode for each in both] == [0, 0]
    return CutAgain(folder, [Path(settings) for settings, _ in said], [int(kilobytes) for _, kilobytes in said])
