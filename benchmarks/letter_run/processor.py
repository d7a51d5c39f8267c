"""The processor time of all that a run keeps busy, told apart: workers, what renders for them, relay, API, PostgreSQL, Valkey."""

import os
from collections.abc import Mapping
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
Seconds = dict[str, float]


def used(roots: Mapping[str, int], postmaster: int) -> Seconds:
    """Return the seconds of processor time that each group of processes has used; `roots` are their ids by name.

    What a worker has below it renders for it: of those that have ended, the worker itself knows the time.
    """
    seconds: Seconds = {}
    for name, pid in roots.items():
        group = "workers" if name.startswith("worker") else name
        own, ended = _times(pid)
        seconds[group] = seconds.get(group, 0) + own
        below = ended + sum(sum(_times(each)) for each in _below(pid))
        if below:
            rendering = f"below {group}"
            seconds[rendering] = seconds.get(rendering, 0) + below
    seconds["PostgreSQL"] = sum(_times(postmaster)) + sum(sum(_times(each)) for each in _below(postmaster))
    return seconds


def told(before: Seconds, after: Seconds, letters: int) -> str:
    """Say what a letter took in each group, in ms, and how many letters a second of processor time that makes."""
    spent = {name: seconds - before.get(name, 0) for name, seconds in after.items()}
    whole = sum(spent.values())
    shares = ", ".join(f"{name} {seconds * 1000 / letters:.2f}" for name, seconds in spent.items())
    return f"  {letters / whole:.0f} letters a second of processor, {whole * 1000 / letters:.2f} ms each: {shares}"


def _times(pid: int) -> tuple[float, float]:
    """Return the seconds of a process, and of those below it that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0, 0.0
    user, system, ended_user, ended_system = (int(each) / TICKS for each in fields[11:15])
    return user + system, ended_user + ended_system


def _below(pid: int) -> list[int]:
    found, level = list[int](), [pid]
    while level:
        try:
            tasks = list(Path(f"/proc/{level.pop()}/task").iterdir())
            below = [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
        found += below
        level += below
    return found
