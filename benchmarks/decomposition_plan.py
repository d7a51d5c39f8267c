"""Measure a plan of 100,000 nodes, split and stored, beside a bare INSERT..SELECT of the same rows, in one run."""

import os
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import UUID

from benchmarks.ground.measuring import analyze, found, run
from plumb_platform.actor import Actor, system_actor
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_platform.settings import Settings
from plumb_tenants.decomposition.models import Plan
from plumb_tenants.decomposition.planning import ProposedPlan, split
from plumb_tenants.decomposition.service import PlanRequest, preview_plan, publish_plan, reconcile_plan
from plumb_tenants.decomposition.storage import store_nodes
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.goals.service import create_cycle

NODES, ROUNDS, TOTAL = 100_000, 6, Decimal("30000000000.00")
# Taken away after each round, so that the next meets the same table.
NODES_OF = "delete from plan_node where plan_id = any($1::uuid[])"
TICKS = os.sysconf("SC_CLK_TCK")
WEIGHTS = {"potential": "50", "staff": "30", "priority": "20"}
PEOPLE = (
    "insert into person (tenant_id, id, created_at, number, name, unit_id, grade, position, skills, active, version) "
    "select $1, gen_random_uuid(), now(), 'E' || lpad(n::text, 6, '0'), '代表' || n, $2, '', '', '[]', true, 1 "
    "from generate_series(1, $3) as n"
)
# Ids that follow the time, as ours do: random ones cost the more, the longer the index has grown.
BARE = (
    "insert into plan_node (tenant_id, id, created_at, plan_id, ordinal, unit_id, person_id, factors, suggested, equal_share, "
    "value, derivation, version) select tenant_id, uuidv7(), created_at, $2, ordinal, unit_id, person_id, factors, "
    "suggested, equal_share, value, derivation, version from plan_node where plan_id = $1"
)


async def seed(actor: Actor) -> PlanRequest:
    """Make a company with NODES people in one unit and a published template; return the split to run."""
    unit = uuid7()
    factors = [{"key": key, "name": key, "weight": weight} for key, weight in WEIGHTS.items()]
    body = {"metric": "销售额", "unit_of_measure": "元", "level": "people", "factors": factors}
    async with tenant_transaction(actor):
        await found(actor)
        await execute(
            "insert into org_unit (tenant_id, id, created_at, code, name, ordinal, version) "
            "values ($1, $2, now(), 'GD', '广东省区', 0, 1)",
            *(actor.tenant_id, unit),
        )
        await execute(PEOPLE, actor.tenant_id, unit, NODES)
        days = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
        cycle = await create_cycle(actor, code="2026", name="2026 年度", **days)
        draft = await create_definition(actor, kind="decomposition", key="bench", name="基准模板", body=body)
        version = await publish_version(actor, draft.id, version=draft.version)
        people = [row["id"] for row in await fetch("select id from person")]
    source = random.Random(20260101)
    figures = {person: {key: Decimal(source.randint(1, 10**6)) / 100 for key in WEIGHTS} for person in people}
    return PlanRequest(cycle_id=cycle.id, template_version_id=version.id, unit_id=unit, total=TOTAL, inputs=figures, title="基准")


@dataclass(frozen=True)
class Cost:
    """Milliseconds of one transaction, its commit included: of the clock, of PostgreSQL's processor, and of Python's."""

    wall: float
    server: float
    own: float


async def cost(actor: Actor, work: Callable[[], Awaitable[object]]) -> Cost:
    """Run and time one transaction."""
    start, own = time.perf_counter(), time.process_time()
    async with tenant_transaction(actor):
        pid = await fetch_value("select pg_backend_pid()")
        before = processor(pid)
        await work()
        server = processor(pid) - before
    return Cost((time.perf_counter() - start) * 1000, server, (time.process_time() - own) * 1000)


def processor(pid: int) -> float:
    """Return the milliseconds of processor time that a process has used, to ten of them."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) * 1000 / TICKS


async def empty_plan(actor: Actor, request: PlanRequest) -> UUID:
    """Make the plan whose nodes are to be written."""
    async with tenant_transaction(actor):
        plan = Plan(
            cycle_id=request.cycle_id,
            definition_version_id=request.template_version_id,
            unit_id=request.unit_id,
            title="基准",
            metric="销售额",
            unit_of_measure="元",
            state="DRAFT",
            total=TOTAL,
        )
        await plan.save(force_create=True)
    return plan.id


def split_again(proposed: ProposedPlan) -> ProposedPlan:
    """Split anew what was proposed."""
    unit, total, children = proposed.unit, proposed.total, proposed.children
    return split(proposed.version, unit, total, children, proposed.figures, given=proposed.given, frame=proposed.frame)


async def split_and_store(actor: Actor, plan_id: UUID, proposed: ProposedPlan) -> None:
    """Do what `create_plan` does once the children and their figures are there."""
    await store_nodes(actor, plan_id, split_again(proposed))


async def measure(settings: Settings) -> None:
    """Measure both ways in turns, each first in every other round, and prove that the plan reconciles."""
    actor = system_actor(uuid7(), channel="cli")
    request = await seed(actor)
    async with tenant_transaction(actor):
        proposed = await preview_plan(actor, request)
    first = await empty_plan(actor, request)
    await cost(actor, lambda: split_and_store(actor, first, proposed))
    await analyze(settings)
    ours, bare, computed = list[Cost](), list[Cost](), list[float]()
    for place in range(ROUNDS):
        target, copy = await empty_plan(actor, request), await empty_plan(actor, request)
        ways: list[tuple[list[Cost], Callable[[], Awaitable[object]]]] = [
            (ours, partial(split_and_store, actor, target, proposed)),
            (bare, partial(execute, BARE, first, copy)),
        ]
        for costs, work in ways if place % 2 else reversed(ways):
            costs.append(await cost(actor, work))
        start = time.perf_counter()
        split_again(proposed)
        computed.append((time.perf_counter() - start) * 1000)
        await analyze(settings, without=(NODES_OF, [target, copy]))
    published = await cost(actor, lambda: publish_plan(actor, plan_id=first, version=1))
    async with tenant_transaction(actor):
        holds = (await reconcile_plan(actor, first)).holds
    print(f"plan of {NODES:,} nodes by three factors, with contributions; reconciles: {holds}")
    report(ours, bare, statistics.median(computed), published)


def report(ours: Sequence[Cost], bare: Sequence[Cost], computed: float, published: Cost) -> None:
    """Print medians, and the median, least and greatest ratio of the rounds."""
    ratios = [each.wall / limit.wall for each, limit in zip(ours, bare, strict=True)]
    wall = [statistics.median(each.wall for each in way) for way in (bare, ours)]
    server = [statistics.median(each.server for each in way) for way in (bare, ours)]
    both = statistics.median(each.server + each.own for each in ours)
    ratio, least, most, after = statistics.median(ratios), min(ratios), max(ratios), published.wall
    print(f"  bare INSERT..SELECT {wall[0]:8.0f} ms  1.00 x")
    print(f"  split and stored    {wall[1]:8.0f} ms  {ratio:4.2f} x   (goal D2: <= 1.3 x; its rounds {least:.2f} to {most:.2f})")
    print(f"  the split of it     {computed:8.0f} ms")
    print(f"  PostgreSQL's processor {server[0]:.0f} ms bare, {server[1]:.0f} ms ours: {server[1] / server[0]:.2f} x")
    print(f"  Python's beside it, all processor time to the bare insert's: {both:.0f} ms, {both / server[0]:.2f} x")
    print(f"  published to goals  {after:8.0f} ms  {after / wall[0]:4.2f} x   (goals, versions, 1.2 million months)")


if __name__ == "__main__":
    run(measure)
