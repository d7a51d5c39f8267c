"""Reports over goals that the caller may read: stability, deviation of people, variance of regions (C24, C41, C63)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.goals.access import access_cycle
from plumb_tenants.goals.company_rules import rules_in_force
from plumb_tenants.goals.readers import CURRENT
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.goals.spreads import Deviation, Spread, Stability, deviation_of, stability_of, variance_of
from plumb_tenants.people.access import access_unit

MOST_CYCLES = 24
_COUNTED = f"""
from goal g join {CURRENT} join goal_progress p on p.tenant_id = g.tenant_id and p.goal_id = g.id
where g.state in ('PROPOSED', 'CONFIRMED')
"""
_RATES = f"""
select g.cycle_id, sum(v.weight * p.attainment) / nullif(sum(v.weight), 0) as rate {_COUNTED}
  and p.attainment is not null and g.cycle_id = any($1::uuid[]) and g.unit_id = $2 and g.owner_id is null and {{reached}}
group by g.cycle_id
"""
_PAIRS = f"""
select g.owner_id::text as person, p.actual, v.target - p.excluded as target {_COUNTED}
  and p.actual is not null and g.aim = 'REACH' and g.owner_id is not null and g.cycle_id = $1
  and g.unit_id in (select descendant_id from org_unit_closure where ancestor_id = $2) and {{reached}}
"""
_REGIONS = f"""
select u.code, u.name, sum(p.actual) as actual, sum(v.target - p.excluded) as target
from org_unit u join org_unit_closure x on x.ancestor_id = u.id join goal g on g.unit_id = x.descendant_id
join {CURRENT} join goal_progress p on p.tenant_id = g.tenant_id and p.goal_id = g.id
where u.parent_id = $2 and g.state in ('PROPOSED', 'CONFIRMED') and g.cycle_id = $1 and g.metric = $3
  and p.source <> 'PARTS' and p.actual is not null and g.aim = 'REACH' and {{reached}}
group by u.id, u.code, u.name, u.ordinal order by u.ordinal, u.code
"""


class CyclesTooMany(InvalidInput):
    """Stability looks at a few cycles."""

    code = "CYCLES_TOO_MANY"
    zh = "一次最多比较 {most} 个周期。"
    en = "At most {most} cycles are compared at once."


@dataclass(frozen=True, slots=True)
class StabilityReport:
    """The attainment of a unit in each cycle that has one, in the order asked for, and whether it is stable."""

    rates: Sequence[Decimal]
    verdict: Stability
    spread: Spread
    within: Decimal


@dataclass(frozen=True, slots=True)
class RegionRate:
    """What a region attained, with all units below it."""

    code: str
    name: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class VarianceReport:
    """What regions attained beside the whole of them; flagged beyond the limit, which itself passes."""

    regions: Sequence[RegionRate]
    spread: Spread
    within: Decimal
    flagged: bool


async def attainment_stability(actor: Actor, *, unit_id: UUID, cycle_ids: Sequence[UUID]) -> StabilityReport:
    """Return how a unit's own goals were attained over cycles, by weight, and whether that is stable (C24)."""
    if len(cycle_ids) > MOST_CYCLES:
        raise CyclesTooMany(field="cycleIds", most=MOST_CYCLES)
    for place, cycle_id in enumerate(cycle_ids):
        await access_cycle(actor, cycle_id, field=f"cycleIds[{place}]")
    await access_unit(actor, unit_id, Permission.UNIT_READ, field="unitId")
    found = {row["cycle_id"]: row["rate"] for row in await _read(actor, _RATES, list(cycle_ids), unit_id)}
    rates = [found[each] for each in cycle_ids if found.get(each) is not None]
    within = (await rules_in_force(actor)).body.stable_within_points
    verdict, spread = stability_of(rates, within=within)
    return StabilityReport([rate.quantize(Decimal("0.01")) for rate in rates], verdict, spread, within)


async def deviation_rate(actor: Actor, *, unit_id: UUID, cycle_id: UUID) -> Deviation:
    """Return how far people's actuals lie from their targets in a unit and those below it (C63)."""
    await access_cycle(actor, cycle_id)
    await access_unit(actor, unit_id, Permission.UNIT_READ, field="unitId")
    pairs: defaultdict[str, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for row in await _read(actor, _PAIRS, cycle_id, unit_id):
        pairs[row["person"]].append((row["actual"], row["target"]))
    return deviation_of(pairs, off_by=(await rules_in_force(actor)).body.off_by_percent)


async def regional_variance(actor: Actor, *, unit_id: UUID, cycle_id: UUID, metric: str) -> VarianceReport:
    """Return how far the regions right below a unit lie from all of them together, for the goals of one metric (C41)."""
    await access_cycle(actor, cycle_id)
    await access_unit(actor, unit_id, Permission.UNIT_READ, field="unitId")
    await refuse_hidden(actor, GOAL, ["metric"])
    rows = [row for row in await _read(actor, _REGIONS, cycle_id, unit_id, metric) if row["target"]]
    regions = [RegionRate(row["code"], row["name"], row["actual"] / row["target"] * 100) for row in rows]
    within = (await rules_in_force(actor)).body.variance_points
    if not rows:
        return VarianceReport([], Spread(None, None), within, flagged=False)
    whole = sum(row["actual"] for row in rows) / sum(row["target"] for row in rows) * 100
    spread = variance_of(whole, [region.rate for region in regions])
    shown = [RegionRate(each.code, each.name, each.rate.quantize(Decimal("0.01"))) for each in regions]
    return VarianceReport(shown, spread, within, flagged=spread.points is not None and spread.points > within)


async def _read(actor: Actor, sql: str, *values: Any) -> list[dict[str, Any]]:
    await refuse_hidden(actor, GOAL, ["target", "actual", "attainment", "weight"])
    reached, more = await sql_scope(actor, Permission.GOAL_READ, GOAL, alias="g", first=len(values) + 1)
    return await fetch(sql.format(reached=reached), *values, *more)
