"""The progress of goals as other domains and reports read it: actual, attainment, and what is expected by a day."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput, NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.calendars.service import CalendarYearMissing, company_calendar
from plumb_tenants.definitions.service import company_today
from plumb_tenants.goals.attainment import Aimed, Undefined
from plumb_tenants.goals.company_rules import rules_in_force
from plumb_tenants.goals.exchanging import UsedRate
from plumb_tenants.goals.expected import expected_part, expected_value, is_lagging
from plumb_tenants.goals.kinds import Aim, Curve, ProgressSource
from plumb_tenants.goals.readers import CURRENT
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.goals.scoring import standings_at, stored_standing
from plumb_tenants.goals.standing import Standing

_PROGRESS = f"""
select g.id, g.aim, g.unit_of_measure, v.baseline, v.months, c.starts_on, c.ends_on,
  case when p.excluded > 0 then greatest(v.target - p.excluded, 0) else v.target end as target,
  p.source, p.actual, p.attainment, p.met, p.undefined, p.excluded, p.reported, p.confidence, p.as_of, p.rates::text as rates
from goal g join {CURRENT} join cycle c on c.tenant_id = g.tenant_id and c.id = g.cycle_id
left join goal_progress p on p.tenant_id = g.tenant_id and p.goal_id = g.id
where g.id = any($1::uuid[]) and {{reached}}
"""
_SPREADS = {
    Curve.LINEAR: "select c.id as cycle_id, c.starts_on, c.ends_on, '[]' as months from cycle c",
    Curve.MONTHLY: f"select distinct c.id as cycle_id, c.starts_on, c.ends_on, v.months::text as months "
    f"from goal g join {CURRENT} join cycle c on c.tenant_id = g.tenant_id and c.id = g.cycle_id",
}
_RUNNING = "{} where $1::date is null or $1 between c.starts_on and c.ends_on"
_SHOWN = ("target", "actual", "attainment")
MOST = 100


class GoalsTooMany(InvalidInput):
    """Progress is asked for by pages."""

    code = "GOALS_TOO_MANY"
    zh = "一次最多查询 {most} 个目标的进度，收到 {count} 个。"
    en = "The progress of at most {most} goals is answered at once; got {count}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a goal stands on a day, and where it should.

    `actual` and `expected` are in the unit of measure, the rest in percent to two places; attainment is uncapped and None
    where nothing is reported or, with `undefined`, where it has no value. `excluded` was taken out of the target, and
    `reported` is how much of the goal is known. `rates` are those by which parts of other currencies were converted.
    """

    actual: Decimal | None
    expected: Decimal | None
    attainment: Decimal | None
    expected_attainment: Decimal | None
    met: bool | None
    undefined: Undefined | None
    excluded: Decimal
    reported: Decimal
    confidence: int | None
    as_of: date | None
    source: ProgressSource
    rates: tuple[UsedRate, ...] = ()

    @property
    def lag(self) -> Decimal | None:
        """Return the percentage points that are missing to what is expected; negative when it is ahead (D3)."""
        if self.attainment is None or self.expected_attainment is None:
            return None
        return self.expected_attainment - self.attainment

    @property
    def lagging(self) -> bool:
        """Return whether it is so far behind that somebody has to look at it (D3)."""
        return is_lagging(self.lag)


async def progress_of(actor: Actor, goal_ids: Collection[UUID], *, at: date | None = None) -> dict[UUID, Progress]:
    """Return the progress of those of the goals that the actor may read, today or by the end of the day `at`.

    Roll-up counts all parts, whoever asks (A12). The number of statements does not depend on that of the goals.
    """
    condition, values = await sql_scope(actor, Permission.GOAL_READ, GOAL, alias="g", first=2)
    rows = await fetch(_PROGRESS.format(reached=condition), list(goal_ids), *values)
    if not rows:
        return {}
    day = at or await company_today(actor)
    then = await standings_at(actor, [row["id"] for row in rows], at) if at else {row["id"]: stored_standing(row) for row in rows}
    curve = (await rules_in_force(actor)).body.curve
    expected = await _expected(actor, rows, curve, day)
    return {row["id"]: _progress(then[row["id"]], expected[row["id"]]) for row in rows}


async def progress_report(actor: Actor, goal_ids: Sequence[UUID], *, at: date | None = None) -> dict[UUID, Progress]:
    """Return `progress_of` every one of the goals, in the order asked for; NotFound for one that is not the actor's to read.

    Raises FieldHidden for somebody who may not see targets and attainments on all goals that they read.
    """
    await refuse_hidden(actor, GOAL, _SHOWN)
    if len(goal_ids) > MOST:
        raise GoalsTooMany(field="goalIds", count=len(goal_ids), most=MOST)
    found = await progress_of(actor, goal_ids, at=at)
    for place, goal_id in enumerate(goal_ids):
        if goal_id not in found:
            raise NotFound(field=f"goalIds[{place}]")
    return {goal_id: found[goal_id] for goal_id in goal_ids}


@dataclass(frozen=True, slots=True)
class ExpectedParts:
    """Which part of a target is expected today, by cycle and, `by_months`, by the months as a version stores them (else [])."""

    by_months: bool
    cycle_ids: Sequence[UUID]
    months: Sequence[str]
    parts: Sequence[Decimal | None]


async def expected_parts(actor: Actor, *, running_on: date | None = None) -> ExpectedParts:
    """Return the parts for all goals of the company, for a statement that applies EXPECTED_SQL to each of them.

    With a day, those of the cycles that it lies in alone.
    """
    curve = (await rules_in_force(actor)).body.curve
    part = await _part_of(actor, curve, await company_today(actor))
    rows = await fetch(_RUNNING.format(_SPREADS[curve]), running_on)
    return ExpectedParts(
        curve is Curve.MONTHLY,
        [row["cycle_id"] for row in rows],
        [row["months"] for row in rows],
        [part(row["starts_on"], row["ends_on"], row["months"]) for row in rows],
    )


async def _expected(
    actor: Actor, rows: Collection[Mapping[str, Any]], curve: Curve, day: date
) -> dict[UUID, tuple[Decimal | None, Decimal | None]]:
    part = await _part_of(actor, curve, day)
    found: dict[UUID, tuple[Decimal | None, Decimal | None]] = {}
    for row in rows:
        aimed = Aimed(Aim(row["aim"]), row["target"], row["baseline"], row["unit_of_measure"])
        done = part(row["starts_on"], row["ends_on"], row["months"] if curve is Curve.MONTHLY else "[]")
        found[row["id"]] = (None, None) if done is None else expected_value(aimed, done)
    return found


async def _part_of(actor: Actor, curve: Curve, day: date) -> Callable[[date, date, str], Decimal | None]:
    is_working_day = cache((await company_calendar(actor)).is_working_day)

    @cache
    def part(starts_on: date, ends_on: date, months: str) -> Decimal | None:
        each = [Decimal(month) for month in orjson.loads(months)]
        try:
            return expected_part(curve, (starts_on, ends_on), each, day, is_working_day)
        except CalendarYearMissing:
            return None  # nobody knows the working days of a year that was not announced yet

    return part


def _progress(standing: Standing, expected: tuple[Decimal | None, Decimal | None]) -> Progress:
    return Progress(
        actual=standing.actual,
        expected=expected[0],
        attainment=standing.attained.percent,
        expected_attainment=expected[1],
        met=standing.attained.met,
        undefined=standing.attained.undefined,
        excluded=standing.excluded,
        reported=standing.reported,
        confidence=standing.confidence,
        as_of=standing.as_of,
        source=standing.source,
        rates=standing.rates,
    )
