"""The rounds: each variant takes its turn at each kind of request and number of connections, so that noise hits all alike."""

import asyncio
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from benchmarks.reads import answers
from benchmarks.reads.client import ask
from benchmarks.reads.contenders import Contender
from benchmarks.reads.load import Cell, run_cell
from benchmarks.reads.sampling import Sampler
from benchmarks.reads.world import World, connect

KINDS = ("page", "unchanged", "small", "change", "move")
CHANGES = ("change", "move")
CHECKED = ((0, 0), (1, 4_321), (-1, 77))
NO_REVISIONS = "delete from goal_version where tenant_id = $1 and number > 1"
AS_MADE = "update goal set state = 'CONFIRMED', version = 1, current_number = 1 where tenant_id = $1 and version <> 1"
UNREAD = "update message set read_at = null where tenant_id = $1 and read_at is not null"
WARM_SECONDS = 2
MOST = {"page": 3_000, "unchanged": 0, "small": 18_000, "change": 10_000, "move": 10_000}
"""More than any variant answers while it gets warm, so that a file of requests does not come round."""
MARGIN = 1.5
LONGEST = 12.0
"""Seconds of a cell at most, where a slow server needs long to answer all connections a few times."""
Key = tuple[str, str, int]
"""Name of the variant, kind of request, connections."""


@dataclass
class Results:
    """All cells of a run."""

    cells: dict[Key, list[Cell]] = field(default_factory=dict)

    def median(self, name: str, kind: str, connections: int, of: Callable[[Cell], float]) -> float | None:
        """Return the median over the rounds; None where nothing was measured."""
        cells = self.cells.get((name, kind, connections))
        return statistics.median(map(of, cells)) if cells else None

    def ratio(self, one: Key, other: Key, of: Callable[[Cell], float]) -> float | None:
        """Return the median of the rounds' own ratios, which drift less than the figures do."""
        pairs = list(zip(self.cells.get(one, ()), self.cells.get(other, ()), strict=False))
        return statistics.median(of(mine) / max(of(theirs), 1e-9) for mine, theirs in pairs) if pairs else None


def agreed(world: World, contenders: Sequence[Contender]) -> list[Contender]:
    """Return the contenders without the kinds that they refuse; what they do answer must be the same goals."""
    found: dict[str, dict[str, object]] = {"page": {}, "small": {}}
    able: list[Contender] = []
    for contender in contenders:
        refused = {kind for kind in found if not _answers(world, contender, kind, found[kind])}
        left = {kind: make for kind, make in contender.requests.items() if kind not in refused}
        if "page" in refused:
            left.pop("unchanged", None)
        able.append(Contender(contender.name, contender.server, left, contender.page, contender.small))
    for kind, given in found.items():
        answers.compare(kind, given)
    return able


def run_rounds(
    sampler: Sampler,
    contenders: Sequence[Contender],
    *,
    postgres: int,
    folder: Path,
    rounds: int,
    seconds: float,
    connections: Sequence[int],
    kinds: Sequence[str] = KINDS,
) -> Results:
    """Measure everything so many times and return all of it."""
    results, world = Results(), sampler.world
    turns = [(kind, width, each) for kind in kinds for width in connections for each in contenders if kind in each.requests]
    pace: dict[tuple[str, str], float] = {}
    for kind, _, each in (turn for turn in turns if turn[1] == connections[-1]):  # pools fill, programs get warm
        asked = sampler.requests(each, kind, MOST[kind])
        warm = run_cell(each.server, postgres, asked, folder, connections=8, seconds=WARM_SECONDS)
        pace[each.name, kind] = warm.rate
        asyncio.run(_as_before(world, kind))
    for _ in range(rounds):
        for kind, width, each in turns:
            # A server that takes seconds for one answer to each connection gets the time for three.
            length = min(max(seconds, 3 * width / pace[each.name, kind]), LONGEST)
            requests = sampler.requests(each, kind, round(MARGIN * pace[each.name, kind] * length) + width)
            cell = run_cell(each.server, postgres, requests, folder, connections=width, seconds=length)
            changed = asyncio.run(_as_before(world, kind))
            _complain(each.name, kind, cell, changed, width)
            results.cells.setdefault((each.name, kind, width), []).append(cell)
    return results


def _answers(world: World, contender: Contender, kind: str, found: dict[str, object]) -> bool:
    requests = [contender.requests[kind](number % len(world.companies), goal) for number, goal in CHECKED]
    try:
        bodies = asyncio.run(ask(contender.server.port, requests))
        read = contender.page if kind == "page" else contender.small
        found[contender.name] = [read(orjson.loads(body)) for body in bodies]
    except (ConnectionError, answers.AnswersDiffer) as error:
        print(f"{contender.name} is left out of «{kind}»: {error}")
        return False
    return True


async def _as_before(world: World, kind: str) -> int:
    """Undo what a cell changed, each company in a transaction of its own, and return how many rows that were."""
    if kind not in CHANGES:
        return 0
    changed, connection = 0, await connect(world.settings)
    try:
        for company in world.companies:
            async with connection.transaction():
                await connection.execute("select set_config('app.tenant', $1, true)", str(company.tenant_id))
                await connection.execute(NO_REVISIONS, company.tenant_id)
                for undo in (AS_MADE, UNREAD):
                    changed += int((await connection.execute(undo, company.tenant_id)).split()[-1])
        await connection.execute("vacuum goal, goal_version, message")
    finally:
        await connection.close()
    return changed


def _complain(name: str, kind: str, cell: Cell, changed: int, connections: int) -> None:
    """Say so when a server refused what it was asked: a refusal is quick and would count as an answer."""
    if cell.failed:
        print(f"{name} {kind} c{connections}: {cell.failed} of {cell.requests} requests failed")
    if kind in CHANGES and changed < cell.requests:
        print(f"{name} {kind} c{connections}: only {changed} rows changed by {cell.requests} requests")
