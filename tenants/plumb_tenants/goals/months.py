"""The months of a goal as they score: target, what was excluded or moved in, what came about, and the attainment (C97)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import refuse_hidden, refuse_hidden_on_any
from plumb_tenants.goals.access import access_goal
from plumb_tenants.goals.attainment import Aimed, Attained, attained
from plumb_tenants.goals.check_in_resource import CHECK_IN
from plumb_tenants.goals.exclusion_resource import EXCLUSION
from plumb_tenants.goals.kinds import Aim
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.goals.scoring import OF_NOW, SAID

_EXCUSED = f"x.goal_id = g.id and x.state = 'APPROVED' and {OF_NOW.format(row='x')}"
_MONTHS = f"""
select (date_trunc('month', y.starts_on) + (m.place - 1) * interval '1 month')::date as month, m.part::numeric as target,
  coalesce((select sum(x.amount) from goal_exclusion x where {_EXCUSED} and x.month = d.month), 0.00) as excluded,
  coalesce((select sum(x.amount) from goal_exclusion x where {_EXCUSED} and x.moved_to = d.month), 0.00) as moved_in,
  (select c.value from {SAID} c where c.as_of < d.next order by c.as_of desc, c.id desc limit 1) as by_end,
  (select c.value from {SAID} c where c.as_of < d.month order by c.as_of desc, c.id desc limit 1) as by_start,
  exists (select from {SAID} c where c.as_of >= d.month and c.as_of < d.next) as is_reported
from goal g
join goal_version v on v.tenant_id = g.tenant_id and v.goal_id = g.id and v.number = g.current_number
join cycle y on y.tenant_id = g.tenant_id and y.id = g.cycle_id
cross join lateral jsonb_array_elements_text(v.months) with ordinality as m (part, place)
cross join lateral (select (date_trunc('month', y.starts_on) + (m.place - 1) * interval '1 month')::date as month,
                           (date_trunc('month', y.starts_on) + m.place * interval '1 month')::date as next) d
where g.id = $1 order by m.place
"""


@dataclass(frozen=True, slots=True)
class MonthScore:
    """A month of a goal; `denominator` is target - excluded + moved in, `actual` what came about in the month, None unknown."""

    month: date
    target: Decimal
    excluded: Decimal
    moved_in: Decimal
    denominator: Decimal
    actual: Decimal | None
    attained: Attained


_COUNTED = (
    (
        EXCLUSION,
        f"select x.id from goal g, goal_exclusion x where g.id = $1 and {_EXCUSED}",
        ("amount", "movedTo"),
    ),
    (
        CHECK_IN,
        f"select c.id from goal g, {SAID} c where g.id = $1",
        ("value",),
    ),
)
"""The rows of a goal that its months are counted from, and what they say of each."""


async def month_scores(actor: Actor, *, goal_id: UUID) -> list[MonthScore]:
    """Return the months of a goal that the actor may read, by one statement; actuals are differences of its check-ins.

    Raises FIELD_HIDDEN for who does not see, of an exclusion that counts, how much it takes out and where it goes, or the value
    of a check-in that counts.
    """
    await refuse_hidden(actor, GOAL, ["months", "actual", "attainment", "excluded"])
    goal = await access_goal(actor, goal_id, Permission.GOAL_READ)
    for resource, counted, names in _COUNTED:
        rows = [row["id"] for row in await fetch(counted, goal.id)]
        for name in names:
            await refuse_hidden_on_any(actor, resource, rows, name, field=name)
    scores = []
    for row in await fetch(_MONTHS, goal.id):
        denominator = row["target"] - row["excluded"] + row["moved_in"]
        if row["excluded"]:
            denominator = max(denominator, Decimal("0.00"))
        actual = row["by_end"] - (row["by_start"] or 0) if row["is_reported"] else None
        aimed = Aimed(Aim.REACH, denominator, None, goal.unit_of_measure)
        reached = Attained() if actual is None else attained(aimed, actual)
        figures = (row["target"], row["excluded"], row["moved_in"], denominator)
        scores.append(MonthScore(row["month"], *figures, actual, reached))
    return scores
