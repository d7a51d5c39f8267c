"""The goals of the performance page that this run can show: each a figure of it, held against a bound."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.reads.load import Cell
from benchmarks.reads.rounds import Key, Results

Figures = Mapping[str, float]
"""What stands beside the rounds, by name; see `aside.py`."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal: what it says, its figure (None when it was not measured here), and its bound."""

    number: str
    says: str
    figure: float | None
    bound: float
    at_least: bool = True

    @property
    def reached(self) -> bool | None:
        """Return whether the figure keeps the bound."""
        if self.figure is None:
            return None
        return self.figure >= self.bound if self.at_least else self.figure <= self.bound


def rate(cell: Cell) -> float:
    """Return requests per second."""
    return cell.rate


def server_cpu(cell: Cell) -> float:
    """Return milliseconds of the server's CPU per request."""
    return cell.server_cpu


def p50(cell: Cell) -> float:
    """Return the median time of an answer."""
    return cell.p50


def p99(cell: Cell) -> float:
    """Return the time within which 99 of 100 answers came."""
    return cell.p99


def goals_of(results: Results, aside: Figures, widths: tuple[int, ...]) -> Iterator[Goal]:
    """Yield every goal in the order of the performance page."""

    def against(other: str, kind: str, of: Callable[[Cell], float], width: int) -> float | None:
        return results.ratio(("plumb", kind, width), (other, kind, width), of)

    middle = 16 if 16 in widths else widths[-1]
    for width in widths:
        yield Goal("G1", f"page: rate to raw, {width} connections", against("raw", "page", rate, width), 0.95)
        yield Goal("G1", f"page: p99 to raw, {width} connections", against("raw", "page", p99, width), 1.2, at_least=False)
    yield Goal("G2", "page: server CPU to raw", against("raw", "page", server_cpu, middle), 1.0, at_least=False)
    for width in widths[1:] or widths:
        yield Goal("G3", f"page: rate to PostGraphile 5, {width} connections", against("postgraphile", "page", rate, width), 3.5)
    yield Goal(
        "G3", "page: server CPU to PostGraphile 5", against("postgraphile", "page", server_cpu, middle), 0.1, at_least=False
    )
    for width in widths[1:] or widths:
        yield Goal("G4", f"page: rate to loaders, {width} connections", against("loaders", "page", rate, width), 30)
    yield Goal("G5", "small: rate to raw", against("raw", "small", rate, middle), 1.8)
    yield Goal("G5", "small: rate to raw in one trip", against("raw-one-trip", "small", rate, middle), 0.9)
    yield Goal("G5", "small: rate to PostGraphile 5", against("postgraphile", "small", rate, middle), 2.5)
    yield Goal("G5", "small: rate to loaders", against("loaders", "small", rate, middle), 8)
    yield Goal("G5", "small: p50 to raw, one connection", against("raw", "small", p50, widths[0]), 0.55, at_least=False)
    yield from _changes(results, aside, middle)
    for number, name, says, bound in (
        ("G9", "first_sight", "page: first sight of a document, ms more", 4.0),
        ("G10", "row_security", "page: row security to none", 1.05),
        ("G11", "memory", "memory of one process alone, MB resident (answers kept included)", 64.0),
        ("G11", "memory_shared", "memory of each of 4 workers with their parent, MB of PSS", 64.0),
        ("·", "companies", "page: server CPU, all companies to 1", 1.1),
    ):
        yield Goal(number, says, aside.get(name), bound, at_least=False)


def _changes(results: Results, aside: Figures, middle: int) -> Iterator[Goal]:
    ours: Key = ("plumb", "change", middle)
    same = results.ratio(ours, ("prefetch", "change", middle), rate)
    yield Goal("G6", "change: rate to strawberry + tortoise with the same effects", same, 4)
    bare = results.ratio(ours, ("prefetch", "move", middle), rate)
    yield Goal("G6", "change: rate to strawberry + tortoise that changes one row, no more", bare, 4)
    yield Goal("G6", "change: server CPU, ms", results.median(*ours, server_cpu), 0.25, at_least=False)
    alone: Key = ("plumb", "move", middle)
    row = results.ratio(alone, ("prefetch", "move", middle), rate)
    yield Goal("G6", "one row and no more: rate to strawberry + tortoise", row, 4)
    yield Goal("G6", "one row and no more: server CPU, ms", results.median(*alone, server_cpu), 0.25, at_least=False)
    unchanged = results.ratio(("plumb", "unchanged", middle), ("raw", "unchanged", middle), rate)
    yield Goal("G7", "unchanged: rate to raw", unchanged, 6)
    yield Goal("G7", "unchanged: a read behind a write shows it (1: always)", aside.get("fresh"), 1)
    yield Goal("G7", "write cost of the version counters, 1 client", aside.get("write_cost_1"), 0.15, at_least=False)
    yield Goal("G7", "write cost of the version counters, 8 clients", aside.get("write_cost_8"), 0.15, at_least=False)
