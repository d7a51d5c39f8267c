"""Keeping the progress of goals: whatever changes one counts it anew with all goals above it, in the same transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import Write, fetch, fetch_of, fetch_value, write_together
from plumb_platform.ids import uuid7
from plumb_tenants.goals.attainment import Aimed, Attained, Undefined
from plumb_tenants.goals.company_rules import rules_of
from plumb_tenants.goals.exchanging import currency_of, rates_from_json, rates_to_json
from plumb_tenants.goals.kinds import Aim, ProgressSource, RollUp
from plumb_tenants.goals.observing import following_goals, observed
from plumb_tenants.goals.readers import CURRENT
from plumb_tenants.goals.rules import GoalState
from plumb_tenants.goals.standing import Aiming, Reported, Standing, standings
from plumb_tenants.goals.trees import LOCK, TOUCHED, touched_rows
from plumb_tenants.metrics.service import Rates, rates_of

OF_NOW = "not exists (select from sec.replaced_after(g.tenant_id, g.id, {row}.created_at))"
"""Whether what was asked or excused of a goal `g` is about what it is measured by now (C75)."""
SAID = "sec.said(g.tenant_id, g.id)"
"""The check-ins of a goal `g` that hold: nobody corrected them, and they are about what it is measured by now (C75)."""
_COLUMNS = f"""
  g.id, g.parent_id, g.aim, g.roll_up, g.unit_of_measure, g.state, g.rules_version_id, g.metric_key,
  coalesce(g.owner_id, g.unit_id) as subject_id, y.starts_on, y.ends_on, v.target, v.baseline, v.weight,
  (select coalesce(sum(e.amount), 0.00) from goal_exclusion e
   where e.tenant_id = g.tenant_id and e.goal_id = g.id and e.state = 'APPROVED' and e.moved_to is null
     and {OF_NOW.format(row="e")}) as own_excluded
"""
_CYCLE = "cycle y on y.tenant_id = g.tenant_id and y.id = g.cycle_id"
_BELOW = f"""
with recursive below as (
  select g.id, 0 as depth from goal g where g.id = any($1::uuid[])
  union
  select g.id, b.depth + 1 from below b join goal g on g.parent_id = b.id where b.depth < 64
), depths as (select id, max(depth) as depth from below group by id)
select {_COLUMNS}, l.value, l.as_of as value_as_of, l.confidence as value_confidence
from depths d join goal g on g.id = d.id join {CURRENT} join {_CYCLE}
left join lateral (select c.value, c.as_of, c.confidence from {SAID} c where c.as_of <= $2
  order by c.as_of desc, c.id desc limit 1) l on true
order by d.depth desc, g.id
"""
_STORE = """
counted as (insert into goal_progress (tenant_id, id, goal_id, source, actual, attainment, met, undefined, excluded,
  reported, confidence, as_of, rates, counted_at)
select $1, n.id, n.goal_id, n.source, n.actual, n.attainment, n.met, n.undefined, n.excluded, n.reported,
  n.confidence, n.as_of, n.rates::jsonb, $2
from unnest($3::uuid[], $4::uuid[], $5::text[], $6::numeric[], $7::numeric[], $8::boolean[], $9::text[], $10::numeric[],
  $11::numeric[], $12::int[], $13::date[], $14::text[])
  as n (id, goal_id, source, actual, attainment, met, undefined, excluded, reported, confidence, as_of, rates)
on conflict (tenant_id, goal_id) do update set source = excluded.source, actual = excluded.actual,
  attainment = excluded.attainment, met = excluded.met, undefined = excluded.undefined, excluded = excluded.excluded,
  reported = excluded.reported,
  confidence = excluded.confidence, as_of = excluded.as_of, rates = excluded.rates, counted_at = excluded.counted_at)
"""

# Looked up for every part of a goal each time that one of them moves, which members of an enumeration are slow to be.
_AIMS = {each.value: each for each in Aim}
_ROLL_UPS = {each.value: each for each in RollUp}
_SOURCES = {each.value: each for each in ProgressSource}
_APART = frozenset({GoalState.DRAFT.value, GoalState.WITHDRAWN.value})
"""The states in which a goal is no part of another."""
_NEVER_COUNTED = Standing(ProgressSource.CHECK_IN, None, Attained(), Decimal(0))


async def count_progress(actor: Actor, goal_ids: Collection[UUID]) -> Mapping[UUID, Standing]:
    """Count goals and all that they are parts of anew, from what is stored, and return where those stand that moved.

    Three statements at most, whatever their number.
    """
    if not goal_ids:
        return {}
    await fetch_of(LOCK, list(goal_ids))
    moved = await moved_by(actor, touched_rows(await fetch_value(f"select {TOUCHED.format(ids='$1')}", list(goal_ids))))
    if moved:
        await write_together(stored(actor, moved))
    return moved


async def moved_by(actor: Actor, rows: Sequence[Mapping[str, Any]]) -> Mapping[UUID, Standing]:
    """Return where goals, and all that they are parts of, stand that moved; their trees are locked, nothing is stored yet.

    `rows` are those of TOUCHED, of goals that the caller is about to change as they will be once that is written.
    """
    goals = await aimings(actor, rows)
    affected = [row for row in rows if row["height"] is not None]
    before = {row["id"]: stored_standing(row) for row in affected}
    known = {row["id"]: stored_standing(row) for row in rows if row["height"] is None}
    reported = reports(rows) | await observed(affected, actor)
    found = standings(goals, reported, known, rates=await _rates(actor, rows))
    # Most of what is above a goal stands where it stood; what was never counted gets its row.
    ids = [row["id"] for row in affected if row["source"] is None or found[row["id"]] != before[row["id"]]]
    return {goal_id: found[goal_id] for goal_id in ids}


async def is_of_now(goal_id: UUID, said_at: datetime) -> bool:
    """Return whether what was said or asked of a locked goal at a moment is about what it is measured by now (C75)."""
    sql = f"select {OF_NOW.format(row='w')} from goal g cross join (select $2::timestamptz as created_at) w where g.id = $1"
    return bool(await fetch_value(sql, goal_id, said_at))


async def follow_metrics(actor: Actor, metrics: Collection[str] | None = None) -> int:
    """Count goals that follow some metrics anew from what was observed meanwhile, and return how many there are.

    Without `metrics` these are all, and those that dated rates were used for: there may be new ones.
    """
    goal_ids = await following_goals(actor, metrics)
    await count_progress(actor, goal_ids)
    return len(goal_ids)


async def standings_at(actor: Actor, goal_ids: Collection[UUID], at: date) -> dict[UUID, Standing]:
    """Return where goals stood by the end of a day, from the check-ins of all their parts up to it."""
    rows = await fetch(_BELOW, list(goal_ids), at)
    reported = reports(rows) | await observed(rows, actor, at=at)
    found = standings(await aimings(actor, rows), reported, rates=await _rates(actor, rows))
    return {goal_id: found[goal_id] for goal_id in goal_ids if goal_id in found}


async def _rates(actor: Actor, rows: Iterable[Mapping[str, Any]]) -> Rates | None:
    """Return the company's rates where there is money of several currencies."""
    currencies = {currency_of(row["unit_of_measure"]) for row in rows} - {None}
    return await rates_of(actor) if len(currencies) > 1 else None


async def aimings(actor: Actor, rows: Sequence[Mapping[str, Any]]) -> list[Aiming]:
    """Return the goals of rows as roll-up sees them."""
    versions = {row["rules_version_id"] for row in rows if row["roll_up"] == RollUp.FORMULA}
    formulas = {version: (await rules_of(actor, version)).roll_up_formula for version in versions}
    return [_aiming(row, formulas) for row in rows]


def reports(rows: Iterable[Mapping[str, Any]]) -> dict[UUID, Reported]:
    """Return what was last reported of each goal."""
    return {
        row["id"]: Reported(row["value"], row["value_as_of"], row["value_confidence"]) for row in rows if row["value"] is not None
    }


def _aiming(row: Mapping[str, Any], formulas: Mapping[UUID | None, str]) -> Aiming:
    aimed = Aimed(_AIMS[row["aim"]], row["target"], row["baseline"], row["unit_of_measure"])
    roll_up = _ROLL_UPS[row["roll_up"]]
    formula = formulas[row["rules_version_id"]] if roll_up is RollUp.FORMULA else ""
    is_counted = row["state"] not in _APART
    own = (row["id"], row["parent_id"], aimed, row["weight"], roll_up, formula)
    return Aiming(*own, is_counted=is_counted, excluded=row["own_excluded"])


def stored_standing(row: Mapping[str, Any]) -> Standing:
    """Return where a goal stands by the columns of its progress; nothing is known where there are none."""
    if row["source"] is None:
        return _NEVER_COUNTED
    undefined = None if row["undefined"] is None else Undefined(row["undefined"])
    reached = Attained(row["attainment"], row["met"], undefined)
    source, rates = _SOURCES[row["source"]], rates_from_json(row["rates"]) if row["rates"] else ()
    return Standing(source, row["actual"], reached, row["reported"], row["confidence"], row["as_of"], row["excluded"], rates)


def stored(actor: Actor, found: Mapping[UUID, Standing]) -> Write:
    """Return the change that stores where goals stand."""
    each = list(found.values())
    values = (
        *(actor.tenant_id, now(), [uuid7() for _ in found], list(found), [one.source.value for one in each]),
        *([one.actual for one in each], [one.attained.percent for one in each], [one.attained.met for one in each]),
        [one.attained.undefined.value if one.attained.undefined else None for one in each],
        *(
            [one.excluded for one in each],
            [one.reported for one in each],
            [one.confidence for one in each],
            [one.as_of for one in each],
        ),
        [rates_to_json(one.rates) for one in each],
    )
    return Write(_STORE, values)
