"""Measure an annual goal through all levels to weekly plans, beside a bare INSERT..SELECT of the same rows, in one run."""

import statistics
import time
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from benchmarks.ground.measuring import analyze, found, milliseconds, run
from plumb_platform.actor import Actor, system_actor
from plumb_platform.database import execute, fetch_one, tenant_transaction
from plumb_platform.ids import uuid7, uuid7s
from plumb_platform.settings import Settings
from plumb_tenants.decomposition.service import RunRequest, start_run, work_on_level
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.goals.service import create_cycle

ROUNDS, TOTAL = 2, Decimal("720000000.00")
EQUAL = {"metric": "销售额", "unit_of_measure": "元", "factors": [{"key": "e", "name": "平均", "weight": "100", "source": "1"}]}
UNITS = (
    "insert into org_unit (tenant_id, id, parent_id, created_at, code, name, ordinal, version) "
    "select $1, u.id, u.parent, now(), 'U' || left(u.id::text, 13) || u.n, '单位' || u.n, u.n, 1 "
    "from unnest($2::uuid[], $3::uuid[]) with ordinality as u (id, parent, n)",
    "insert into org_unit_closure (tenant_id, id, ancestor_id, descendant_id, depth) "
    "with recursive u as (select * from unnest($2::uuid[], $3::uuid[]) as u (id, parent)), "
    "above as (select id, id as top, parent, 0 as depth from u union all "
    "select a.id, u.id, u.parent, a.depth + 1 from above a join u on u.id = a.parent) "
    "select $1::uuid, gen_random_uuid(), top, id, depth from above",
)
PEOPLE = (
    "insert into person (tenant_id, id, created_at, number, name, unit_id, grade, position, skills, active, version) "
    "select $1, gen_random_uuid(), now(), $4 || n, '代表' || n, ($2::uuid[])[1 + n % cardinality($2::uuid[])], 'P5', '', '[]', "
    "true, 1 from generate_series(1, $3::int) as n"
)
# The same rows with the same keys to check; ids follow from the old ones.
NEW = "md5({} || $2::text)::uuid"
PLAN = "cycle_id, definition_version_id, unit_id, title, metric, unit_of_measure, total, padding_percent, as_of, working_days"
NODE = "ordinal, unit_id, person_id, factors, suggested, equal_share, value, derivation, version"
OF_RUN = "join plan p on p.tenant_id = n.tenant_id and p.id = n.plan_id where p.run_id = $1"
BARE = (
    f"insert into plan (tenant_id, id, created_at, {PLAN}, state, version) select tenant_id, {NEW.format('id')}, created_at, "
    f"{PLAN}, state, version from plan where run_id = $1",
    f"insert into plan_node (tenant_id, id, created_at, plan_id, {NODE}) select n.tenant_id, {NEW.format('n.id')}, n.created_at, "
    f"{NEW.format('n.plan_id')}, {', '.join(f'n.{name}' for name in NODE.split(', '))} from plan_node n {OF_RUN}",
    f"insert into plan_week (tenant_id, id, node_id, week, target) select w.tenant_id, {NEW.format('w.id')}, "
    f"{NEW.format('w.node_id')}, w.week, w.target from plan_week w join plan_node n on n.tenant_id = w.tenant_id "
    f"and n.id = w.node_id {OF_RUN}",
)
PROOF = (
    "select count(*) as weeks, sum(w.target) as total from plan_week w join plan_node n on n.id = w.node_id "
    "join plan p on p.id = n.plan_id where p.run_id = $1"
)


@dataclass(frozen=True)
class Size:
    """How large a company is: units below each unit, depth by depth, people in the lowest ones, and its cycle."""

    name: str
    widths: tuple[int, ...]
    people: int
    ends_on: date


SIZES = (
    Size("430 people, a year of weeks", (28,), 430, date(2026, 12, 31)),
    Size("100,000 nodes, a month of weeks", (30, 30), 99_070, date(2026, 1, 31)),
)


async def seed(actor: Actor, size: Size) -> RunRequest:
    """Make a company of this size with two templates of equal weights; return the run to start."""
    units, parents, level = [uuid7()], [None], [0]
    for width in size.widths:
        below = list(range(len(units), len(units) + width * len(level)))
        parents += [units[place] for place in level for _ in range(width)]  # type: ignore[misc] # the top has none
        units, level = units + uuid7s(len(below)), below
    async with tenant_transaction(actor):
        await found(actor, key=f"bench-{size.people}")
        for sql in UNITS:
            await execute(sql, actor.tenant_id, units, parents)
        await execute(PEOPLE, actor.tenant_id, [units[place] for place in level], size.people, "E")
        cycle = await create_cycle(actor, code="2026", name="2026", starts_on=date(2026, 1, 1), ends_on=size.ends_on)
        versions: list[UUID] = []
        for kind in ("units", "people"):
            body: dict[str, Any] = EQUAL | {"level": kind}
            draft = await create_definition(actor, kind="decomposition", key=kind, name=kind, body=body)
            versions.append((await publish_version(actor, draft.id, version=draft.version)).id)
    return RunRequest(
        cycle_id=cycle.id, unit_id=units[0], units_version_id=versions[0], people_version_id=versions[1], total=TOTAL
    )


async def through_all_levels(actor: Actor, request: RunRequest) -> tuple[UUID, float]:
    """Start a run and do its jobs, each in a transaction of its own as the workers do; return it and its milliseconds."""
    start = time.perf_counter()
    async with tenant_transaction(actor):
        run = await start_run(actor, request)
    worked = run if run.state == "RUNNING" else None
    while worked and worked.state == "RUNNING":
        async with tenant_transaction(actor):
            worked = await work_on_level(actor, run_id=run.id, version=worked.version)
    return run.id, (time.perf_counter() - start) * 1000


async def copied(run_id: UUID, attempt: int) -> None:
    """Write the plans, nodes and weeks of a run once more by plain statements."""
    for sql in BARE:
        await execute(sql, run_id, str(attempt))


async def measure(settings: Settings, size: Size) -> None:
    """Print medians and ratios, and prove that the weeks add up to the total."""
    actor = system_actor(uuid7(), channel="cli")
    request = await seed(actor, size)
    await analyze(settings)
    run_id, first = await through_all_levels(actor, request)
    rerun, bare = [], []
    for attempt in range(ROUNDS):
        bare.append(await milliseconds(actor, partial(copied, run_id, attempt)))
        rerun.append((await through_all_levels(actor, request))[1])
    async with tenant_transaction(actor):
        proof = await fetch_one(PROOF, run_id)
    if proof is None or proof["total"] != TOTAL:
        raise SystemExit("the weeks do not add up to the total")
    limit, again = statistics.median(bare), statistics.median(rerun)
    print(f"a goal through all levels: {size.name}, {proof['weeks']:,} weekly plans that add up to it to the cent")
    print(f"  bare INSERT..SELECT {limit:8.0f} ms  1.00 x   (the same plans, nodes and weeks)")
    print(f"  first run           {first:8.0f} ms  {first / limit:4.2f} x   (goal C34: 430 people by 52 weeks in < 5 s)")
    print(f"  run again           {again:8.0f} ms  {again / limit:4.2f} x   (the same ids, what stood there written over)")


async def measure_all(settings: Settings) -> None:
    """Measure each size in a company of its own."""
    for size in SIZES:
        await measure(settings, size)


if __name__ == "__main__":
    run(measure_all)
