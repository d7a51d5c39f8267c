"""The memory of a process and of all below it, as the kernel tells it."""

from pathlib import Path


def megabytes(pid: int) -> list[float]:
    """Return the proportional sets of a process and of each below it, in MB."""
    sizes, level = [0.0], [pid]
    while level:
        each = level.pop()
        try:
            sizes.append(int(Path(f"/proc/{each}/smaps_rollup").read_text().partition("Pss:")[2].split()[0]) / 1024)
            for task in Path(f"/proc/{each}/task").iterdir():
                level += [int(child) for child in (task / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError, IndexError):
            continue
    return sizes
