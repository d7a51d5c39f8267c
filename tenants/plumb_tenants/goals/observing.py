"""Progress that follows a metric: what was observed of a goal's owner or unit from the first day of its cycle (C27)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import fetch
from plumb_platform.errors import DomainError
from plumb_tenants.company.service import get_company
from plumb_tenants.definitions.service import company_today
from plumb_tenants.goals.kinds import ProgressSource
from plumb_tenants.goals.rules import CENT, LARGEST
from plumb_tenants.goals.standing import Reported
from plumb_tenants.metrics.service import MetricValue, values_between

_FOLLOWING = """
select g.id from goal g join cycle c on c.tenant_id = g.tenant_id and c.id = g.cycle_id
where (g.metric_key = any($2::text[]) or $2 is null and (g.metric_key is not null or exists (
    select from goal_progress p where p.tenant_id = g.tenant_id and p.goal_id = g.id and p.rates is not null)))
  and g.state in ('PROPOSED', 'CONFIRMED') and c.starts_on <= $1 and c.ends_on >= $1 - 31
order by g.id
"""


async def observed(rows: Sequence[Mapping[str, Any]], actor: Actor, *, at: date | None = None) -> dict[UUID, Reported]:
    """Return what was observed by a day of those goals that follow a metric; nothing of one that has no value."""
    following = [row for row in rows if row["metric_key"] is not None]
    if not following:
        return {}
    zone = (await get_company(actor)).time_zone
    day = at or today(zone)
    groups: defaultdict[tuple[str, date, date], list[Mapping[str, Any]]] = defaultdict(list)
    for row in following:
        if row["starts_on"] <= day:
            groups[row["metric_key"], row["starts_on"], min(row["ends_on"], day)].append(row)
    found: dict[UUID, Reported] = {}
    for (key, first, last), goals in groups.items():
        values = await _values(actor, key, [row["subject_id"] for row in goals], first, last)
        for row in goals:
            said = values.get(row["subject_id"])
            if said is not None and said.value is not None and abs(said.value) < LARGEST:
                as_of = min(last, said.as_of.astimezone(ZoneInfo(zone)).date()) if said.as_of else last
                found[row["id"]] = Reported(_cents(said.value), as_of, source=ProgressSource.METRIC)
    return found


async def _values(actor: Actor, key: str, subjects: Sequence[UUID], first: date, last: date) -> Mapping[UUID, MetricValue]:
    try:
        return await values_between(actor, metric_key=key, subject_ids=sorted(set(subjects)), starts_on=first, ends_on=last)
    except DomainError:
        return {}  # a metric that was archived says nothing any more


async def following_goals(actor: Actor, metrics: Collection[str] | None) -> list[UUID]:
    """Return the goals of this time that follow some metrics; without any named, all that follow one or a dated rate."""
    keys = None if metrics is None else sorted(metrics)
    return [row["id"] for row in await fetch(_FOLLOWING, await company_today(actor), keys)]


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
