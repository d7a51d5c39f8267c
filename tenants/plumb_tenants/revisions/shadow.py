"""The shadow run of a revision: what each month would have come to under the old goal and under the new one (N14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_tenants.access.fields import refuse_hidden_on
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.goals.rules import months_of, spread_like
from plumb_tenants.metrics.service import monthly_values
from plumb_tenants.revisions.access import access_revision
from plumb_tenants.revisions.resources import REVISION

PLACES = Decimal("0.01")
_GOAL = """
select g.owner_id, g.unit_id, c.starts_on, c.ends_on, o.months as old_months, n.months as new_months
from goal g join cycle c on c.id = g.cycle_id join goal_version o on o.id = $2 left join goal_version n on n.id = $3
where g.id = $1
"""


@dataclass(frozen=True, slots=True)
class ShadowMonth:
    """A month under one goal: what was reached of what was due; both percents None where nothing is known or due.

    `credit` is what the month would bring of the owner's hundred: the attainment by the goal's weight.
    """

    month: date
    actual: Decimal | None
    target: Decimal
    attainment: Decimal | None
    credit: Decimal | None


@dataclass(frozen=True, slots=True)
class ShadowRun:
    """Both series over the months of the cycle."""

    old: list[ShadowMonth]
    new: list[ShadowMonth]


async def shadow_run(actor: Actor, *, revision_id: UUID) -> ShadowRun:
    """Compute both series from the metrics that each goal names; a goal that is reported by hand has no actuals by month.

    Raises FieldHidden where one of the numbers of the revision is hidden, or the months or the actual of its goal.
    """
    row = await access_revision(actor, revision_id)
    for name in ("target", "weight", "oldTarget", "oldWeight"):
        await refuse_hidden_on(actor, REVISION, row.id, name)
    for name in ("months", "actual"):
        await refuse_hidden_on(actor, GOAL, row.goal_id, name)
    old = row.old
    (goal,) = await fetch(_GOAL, row.goal_id, UUID(old["version_id"]), row.new_version_id)
    months = months_of(goal["starts_on"], goal["ends_on"])
    due = [Decimal(each) for each in orjson.loads(goal["old_months"])]
    later = [Decimal(each) for each in orjson.loads(goal["new_months"])] if goal["new_months"] else spread_like(row.target, due)
    return ShadowRun(
        old=_series(months, await _actuals(actor, goal, old["metric_key"], months), due, Decimal(old["weight"])),
        new=_series(months, await _actuals(actor, goal, row.metric_key, months), later, row.weight),
    )


async def _actuals(
    actor: Actor, goal: dict[str, Any], metric_key: str | None, months: Sequence[date]
) -> dict[date, Decimal | None]:
    if metric_key is None:
        return {}
    subject = goal["owner_id"] or goal["unit_id"]
    found = await monthly_values(actor, metric_key=metric_key, subject_id=subject, first=months[0], last=months[-1])
    return {each.month: each.value for each in found}


def _series(
    months: Sequence[date], actuals: dict[date, Decimal | None], due: Sequence[Decimal], weight: Decimal
) -> list[ShadowMonth]:
    made = []
    for month, target in zip(months, due, strict=True):
        actual = actuals.get(month)
        exact = None if actual is None or target == 0 else actual / target * 100
        attainment = None if exact is None else exact.quantize(PLACES)
        credit = None if exact is None else (exact * weight / 100).quantize(PLACES)
        made.append(ShadowMonth(month, actual, target, attainment, credit))
    return made
