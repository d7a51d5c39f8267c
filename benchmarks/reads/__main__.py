"""Measure GraphQL reads side by side: Plumb, the raw limit, strawberry + tortoise, and PostGraphile where Node is present.

    make bench-reads [BENCH_ARGS="--quick"]

All read the same companies in one embedded PostgreSQL as the product's own role, in turns, one process each. Figures move
with the machine; the ratios are what counts. No figure makes the run fail; only answers that differ do.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.reads import aside
from benchmarks.reads.contenders import Contender
from benchmarks.reads.crew_memory import memory_of_workers
from benchmarks.reads.goals import goals_of
from benchmarks.reads.load import generator
from benchmarks.reads.report import print_goals, print_held, print_memory, print_table
from benchmarks.reads.rounds import KINDS, agreed, run_rounds
from benchmarks.reads.sampling import Sampler
from benchmarks.reads.servers import ROOT, end_on_sigterm, resident_megabytes
from benchmarks.reads.starting import start_all
from benchmarks.reads.world import World, home_settings, make_world
from benchmarks.reads.write_cost import write_cost
from plumb_platform.embedded import Servers, embedded_servers

WORKERS = 4
LOGS = ROOT / "var" / "bench-reads" / "logs"


def options_given() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="make bench-reads", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round of one second a cell, 1 and 16 connections")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a cell")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--companies", type=int, default=20)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--only", nargs="+", help="names of the variants to run")
    parser.add_argument("--plumb-env", nargs="+", default=[], metavar="NAME=VALUE", type=_pair, help="settings of Plumb alone")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds, options.connections = 1, 1.0, [1, 16]
    return options


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def main() -> None:
    """Run the measurement on servers of its own, in a folder that is removed."""
    options = options_given()
    end_on_sigterm()
    with TemporaryDirectory() as folder, embedded_servers(Path(folder) / "home", durable=False) as servers:
        measure(options, Path(folder), servers)


def measure(options: argparse.Namespace, folder: Path, servers: Servers) -> None:
    """Make the data, run the rounds and what stands beside them, and print it all."""
    start = time.perf_counter()
    base = home_settings(folder / "home", servers.database_url, servers.redis_url)
    many = make_world(base, "reads_many", companies=options.companies)
    one = make_world(base, "reads_one", companies=1)
    postgres = int((servers.places.postgres_data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    print(f"{options.companies} companies made in {time.perf_counter() - start:.0f} s; load by {generator()}", flush=True)
    widths = tuple(options.connections)
    with ExitStack() as stack:
        started = start_all(
            stack, many, LOGS, dict(options.plumb_env), with_node=not options.only or "postgraphile" in options.only
        )
        contenders = agreed(many, [each for each in started if not options.only or each.name in options.only])
        idle = resident_megabytes(started[0].server.pid)
        results = run_rounds(
            Sampler(many),
            contenders,
            postgres=postgres,
            folder=folder,
            rounds=options.rounds,
            seconds=options.seconds,
            connections=widths,
            kinds=options.kinds,
        )
        figures = _beside(contenders, many)
        print_table(results, contenders, widths)
        print_memory(contenders)
        print(f"  plumb before the rounds {idle:.0f} resident")
    figures |= _beside_in_small(many, one, options, postgres, folder)
    if "companies" in figures:
        figures |= _of_workers(one, dict(options.plumb_env), folder)
    print_goals(goals_of(results, figures, widths))
    print(f"\n{time.perf_counter() - start:.0f} s in all; logs of the servers: {LOGS.relative_to(ROOT)}")


def _beside(contenders: Sequence[Contender], many: World) -> dict[str, float]:
    """Return the figures that need the servers of the rounds."""
    plumb = next((each for each in contenders if each.name == "plumb"), None)
    figures = {"row_security": asyncio.run(aside.row_security(many))}
    if plumb is not None:
        figures["memory"] = resident_megabytes(plumb.server.pid)
    if plumb is not None and "page" in plumb.requests:
        figures["first_sight"] = asyncio.run(aside.first_sight(plumb))
        figures["fresh"] = asyncio.run(aside.freshness(plumb))
    return figures


def _beside_in_small(many: World, one: World, options: argparse.Namespace, postgres: int, folder: Path) -> dict[str, float]:
    """Return the figures that compare with a database of one company, which is a scratch one in the end."""
    seconds, rounds, environment = options.seconds, options.rounds, dict(options.plumb_env)
    costs = aside.companies_cost(many, one, environment, postgres=postgres, folder=folder, seconds=seconds, rounds=rounds)
    figures = {"companies": costs["plumb"], "companies_raw": costs["raw"]} if "plumb" in costs else {}
    for clients in (1, 8):
        cost = asyncio.run(write_cost(one, folder, clients=clients, rounds=rounds))
        if cost is not None:
            figures[f"write_cost_{clients}"] = cost
    return figures


def _of_workers(world: World, environment: dict[str, str], folder: Path) -> dict[str, float]:
    """Print what one process holds beside each of four, and return what each of the four does with its part of their parent."""
    alone, crew = (memory_of_workers(world, environment, folder, workers=workers) for workers in (1, WORKERS))
    print_held(alone, crew)
    return {"memory_shared": sum(each.proportional for each in crew) / WORKERS}


if __name__ == "__main__":
    main()
