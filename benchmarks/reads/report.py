"""What a run found, as text: the table, then each goal with its figure."""

from collections.abc import Iterable, Sequence

from benchmarks.reads.contenders import Contender
from benchmarks.reads.crew_memory import Held
from benchmarks.reads.goals import Goal
from benchmarks.reads.load import Cell
from benchmarks.reads.rounds import KINDS, Results
from benchmarks.reads.servers import private_megabytes, resident_megabytes

WHAT = {
    "page": "page of 100 goals with owner, unit, parent and 3 key results, each time another",
    "unchanged": "the same page of each company again and again",
    "small": "one goal with its owner, each time another",
    "change": "one goal revised: state, version row, audit entry",
    "move": "one row changed and no more: of a goal; Plumb, where nobody changes a goal so, marks a message as read",
}
HEAD = f"  {'':14}{'':>5}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'PG CPU':>9}{'kB':>8}"
COLUMNS = ("rate", "p50", "p99", "server_cpu", "postgres_cpu", "size")


def print_table(results: Results, contenders: Sequence[Contender], widths: Sequence[int]) -> None:
    """Print medians of each kind, variant and number of connections."""
    for kind in KINDS:
        measured = [each for each in contenders if (each.name, kind, widths[0]) in results.cells]
        if not measured:
            continue
        print(f"\n{kind}: {WHAT[kind]}\n{HEAD}")
        for each in measured:
            for width in widths:
                print(_line(results, each.name, kind, width))


def print_memory(contenders: Iterable[Contender]) -> None:
    """Print what each server holds after the rounds."""
    print("\nmemory after the rounds, MB resident (of it private)")
    for each in contenders:
        pid = each.server.pid
        print(f"  {each.name:14}{resident_megabytes(pid):6.0f} ({private_megabytes(pid):.0f})")


def print_held(alone: Sequence[Held], crew: Sequence[Held]) -> None:
    """Print what one process holds after the same rounds, and what several do, their parent first."""
    print("\nmemory of one API, MB: resident, proportional (PSS), private")
    for name, held in (("one process", alone), (f"parent and {len(crew) - 1} workers", crew)):
        each = "; ".join(f"{one.resident:.0f}, {one.proportional:.0f}, {one.private:.0f}" for one in held)
        print(f"  {name}: {each}")


def print_goals(goals: Iterable[Goal]) -> None:
    """Print each goal with its figure and whether it was reached; nothing fails by a figure."""
    print("\ngoals of the performance page")
    for goal in goals:
        word = {True: "reached", False: "NOT REACHED", None: "not measured"}[goal.reached]
        figure = "—" if goal.figure is None else f"{goal.figure:.2f}"
        sign = "≥" if goal.at_least else "≤"
        print(f"  {goal.number:4}{goal.says:66}{figure:>9}  {sign} {goal.bound:<6g}{word}")


def _line(results: Results, name: str, kind: str, width: int) -> str:
    def median(column: str) -> float:
        def of(cell: Cell) -> float:
            return float(getattr(cell, column))

        return results.median(name, kind, width, of) or 0.0

    numbers = [median(column) for column in COLUMNS]
    numbers[-1] /= 1000
    rate, *rest = numbers
    return f"  {name:14}{f'c{width}':>5}{rate:9.0f}" + "".join(f"{number:9.2f}" for number in rest[:-1]) + f"{rest[-1]:8.1f}"
