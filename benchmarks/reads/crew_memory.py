"""What each worker of an API takes of memory after pages, small reads and changes: shared pages counted by their share (PSS)."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reads.client import ask
from benchmarks.reads.contenders import Contender
from benchmarks.reads.servers import resident_megabytes, rolled_up
from benchmarks.reads.starting import start_plumb
from benchmarks.reads.world import World

CONNECTIONS, PAGES, GOALS = 64, 12, 24
"""Few pages, so that hardly anything of what is measured is an answer that is kept."""
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Held:
    """Megabytes of one process."""

    resident: float
    proportional: float
    private: float


def memory_of_workers(world: World, environment: Mapping[str, str], folder: Path, *, workers: int) -> list[Held]:
    """Return what each process of an API holds after the same rounds: its workers, the fullest last, behind their parent."""
    with ExitStack() as stack:
        given = {**environment, "PLUMB_API_WORKERS": str(workers)}
        plumb = start_plumb(stack, world, folder / f"workers-{workers}", given)
        asyncio.run(_rounds(plumb, len(world.companies)))
        parent = plumb.server.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
        return [_held(parent), *sorted((_held(int(pid)) for pid in children), key=lambda held: held.proportional)]


async def _rounds(plumb: Contender, companies: int) -> None:
    """Ask by many connections, so that each worker answers some of every kind."""
    for turn in range(ROUNDS):
        await asyncio.gather(
            *(ask(plumb.server.port, list(_asked(plumb, companies, each + turn))) for each in range(CONNECTIONS))
        )


def _asked(plumb: Contender, companies: int, first: int) -> Iterator[bytes]:
    company = first % companies
    for place in range(PAGES):
        yield plumb.requests["page"](company, place)
    for place in range(first, first + GOALS):
        yield plumb.requests["small"](company, place)
    for kind in ("change", "move"):
        yield plumb.requests[kind](company, first)


def _held(pid: int) -> Held:
    return Held(resident_megabytes(pid), rolled_up(pid, "Pss:"), rolled_up(pid, "Private_"))
