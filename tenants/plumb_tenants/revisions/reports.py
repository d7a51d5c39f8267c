"""Counts of approved revisions by unit and quarter, against the band that a company thinks normal (C89)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.periods import quarters_of_year
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.calendars.service import company_year
from plumb_tenants.revisions.definition import RevisionRules, rules_in_effect
from plumb_tenants.revisions.resources import REVISION

_COUNT = """
select r.unit_id, q.starts_on as quarter, count(*) as changes, count(distinct r.goal_id) as goals
from revision r join company c on c.tenant_id = r.tenant_id
join unnest($1::date[], $2::date[]) as q(starts_on, ends_on)
  on (r.approved_at at time zone c.time_zone)::date between q.starts_on and q.ends_on
where r.state = 'APPROVED' and {scope}
group by 1, 2 order by 2, 1 limit 2000
"""


class YearInvalid(InvalidInput):
    """A year that a company may have counted in."""

    code = "ADJUSTMENT_YEAR_INVALID"
    zh = "年份 {year} 无效。"
    en = "The year {year} is not valid."


class Band(StrEnum):
    """How a count stands against the band."""

    TOO_FEW = "TOO_FEW"
    NORMAL = "NORMAL"
    TOO_MANY = "TOO_MANY"


@dataclass(frozen=True, slots=True)
class Adjustments:
    """The approved revisions of a unit in the quarter that begins on a day."""

    unit_id: UUID
    quarter: date
    changes: int
    goals: int
    band: Band


async def adjustments(actor: Actor, *, year: int) -> list[Adjustments]:
    """Return the counts of a fiscal year over the revisions that the actor may read, by the company's quarters (A42).

    The year is the one in which it begins. A unit and quarter without any is not there.
    """
    if not 2000 <= year <= 2100:
        raise YearInvalid(field="year", year=year)
    scope, values = await sql_scope(actor, Permission.REVISION_READ, REVISION, alias="r", first=3)
    rules = await rules_in_effect(actor)
    quarters = quarters_of_year(await company_year(actor), year)
    days = ([each.starts_on for each in quarters], [each.ends_on for each in quarters])
    rows = await fetch(_COUNT.format(scope=scope), *days, *values)
    return [Adjustments(**row, band=band_of(row["changes"], rules)) for row in rows]


def band_of(changes: int, rules: RevisionRules) -> Band:
    """Tell how a count of approved revisions stands against the company's band (C89)."""
    if changes < rules.adjustments_least:
        return Band.TOO_FEW
    return Band.TOO_MANY if changes > rules.adjustments_most else Band.NORMAL
