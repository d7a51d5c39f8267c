"""Figures beside the rounds: freshness, first sight, row security, memory, write cost, and cost against companies."""

import random
import statistics
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import orjson

from benchmarks.reads.client import ask
from benchmarks.reads.contenders import TARGET, Contender
from benchmarks.reads.goals import server_cpu
from benchmarks.reads.raw_sql import as_bytes, page_sql
from benchmarks.reads.rounds import Results, agreed, run_rounds
from benchmarks.reads.sampling import Sampler
from benchmarks.reads.starting import start_plumb, start_raw
from benchmarks.reads.world import World, connect
from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import APP_ROLE

DOCUMENTS, PAGES, WIDTH, TURNS = 60, 400, 16, 7


async def freshness(plumb: Contender) -> float:
    """Return 1 when each read behind a committed change shows it, however often the page was read before."""
    page, change = plumb.requests["unchanged"], plumb.requests["change"]
    shown = []
    for goal in range(20):
        reading = page(0, goal)
        answers = await ask(plumb.server.port, [reading, reading, change(0, goal + 1), reading])
        before, after = (orjson.loads(body)["data"]["goals"]["edges"][0]["node"] for body in (answers[1], answers[3]))
        shown.append(before["target"] != TARGET and (after["target"], after["state"]) == (TARGET, "PROPOSED"))
    return float(all(shown))


async def first_sight(plumb: Contender) -> float:
    """Return by how many milliseconds a document that the server has never seen takes longer, at the median."""
    first, again = [], []
    for number in range(DOCUMENTS):
        known = [plumb.requests["page"](0, number * 7 + step) for step in (0, 1)]
        new = [_renamed(request, number) for request in known]
        first.append(await _milliseconds(plumb.server.port, new[0]))
        again.append(await _milliseconds(plumb.server.port, new[1]))
    return statistics.median(first) - statistics.median(again)


async def row_security(world: World) -> float:
    """Return the time of the page's statement under row security to that of the same text with filters, as the owner."""
    guarded = await asyncpg.connect(**url_credentials(world.settings.role_url(APP_ROLE)))
    owner = await connect(world.settings)
    plain, filtered = as_bytes(page_sql()), as_bytes(page_sql(own="and {}.tenant_id = $2"))
    times: tuple[list[float], list[float]] = ([], [])
    try:
        for number in range(PAGES):
            company = world.companies[number % len(world.companies)]
            goal = random.choice(company.goals)
            sides = [(guarded, plain, (goal,)), (owner, filtered, (goal, company.tenant_id))]
            async with guarded.transaction(), owner.transaction():
                await guarded.execute("select set_config('app.tenant', $1, true)", str(company.tenant_id))
                # In turns, because the second finds the pages that the first has brought into memory.
                for side in (number % 2, 1 - number % 2):
                    connection, sql, values = sides[side]
                    start = time.perf_counter()
                    await connection.fetchval(sql, *values)
                    times[side].append(time.perf_counter() - start)
    finally:
        await guarded.close()
        await owner.close()
    return statistics.median(times[0]) / statistics.median(times[1])


def companies_cost(
    many: World,
    one: World,
    environment: Mapping[str, str],
    *,
    postgres: int,
    folder: Path,
    seconds: float,
    rounds: int,
) -> dict[str, float]:
    """Return the CPU of a page among many companies to that of a page in a database with one, ours and the limit's."""
    deals = Sampler(many), Sampler(one)
    with ExitStack() as stack:
        here = agreed(many, [start_raw(stack, many, folder / "many"), start_plumb(stack, many, folder / "many", environment)])
        there = agreed(one, [start_raw(stack, one, folder / "one"), start_plumb(stack, one, folder / "one", environment)])
        found: tuple[list[Results], list[Results]] = ([], [])
        # One turn says nothing: on a busy machine twelve went from 0.6 to 1.2, and from 0.8 to 2.1 for the limit.
        for number in range(max(rounds, TURNS)):
            for side in (number % 2, 1 - number % 2):
                found[side].append(
                    run_rounds(
                        deals[side],
                        (here, there)[side],
                        postgres=postgres,
                        folder=folder,
                        rounds=1,
                        seconds=seconds,
                        connections=[WIDTH],
                        kinds=["page"],
                    )
                )
    figures = {}
    for name in ("plumb", "raw"):
        of_many, of_one = ([each.median(name, "page", WIDTH, server_cpu) for each in side] for side in found)
        ratios = [cpu / alone for cpu, alone in zip(of_many, of_one, strict=True) if cpu is not None and alone is not None]
        if ratios:
            figures[name] = statistics.median(ratios)
    return figures


def _renamed(request: bytes, number: int) -> bytes:
    # A name of the same length, so that the request's head stays true.
    return request.replace(b"query Page(", b"query P%03d(" % number)


async def _milliseconds(port: int, request: bytes) -> float:
    start = time.perf_counter()
    await ask(port, [request])
    return (time.perf_counter() - start) * 1000
