"""Counts of approved revisions by unit and quarter, against the band that a company thinks normal (C89)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.revisions.definition import RevisionRules, rules_in_effect
from plumb_tenants.revisions.resources import REVISION

_COUNT = """
select r.unit_id, q.quarter::date as quarter, count(*) as changes, count(distinct r.goal_id) as goals
from revision r join company c on c.tenant_id = r.tenant_id
cross join lateral (select date_trunc('quarter', r.approved_at at time zone c.time_zone) as quarter) q
where r.state = 'APPROVED' and extract(year from q.quarter) = $1 and {scope}
group by 1, 2 order by 2, 1 limit 2000
"""


class YearInvalid(InvalidInput):
    """A year of the calendar."""

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
    """Return the counts of a year over the revisions that the actor may read; a unit and quarter without any is not there."""
    if not 2000 <= year <= 2100:
        raise YearInvalid(field="year", year=year)
    scope, values = await sql_scope(actor, Permission.REVISION_READ, REVISION, alias="r", first=2)
    rules = await rules_in_effect(actor)
    rows = await fetch(_COUNT.format(scope=scope), year, *values)
    return [Adjustments(**row, band=band_of(row["changes"], rules)) for row in rows]


def band_of(changes: int, rules: RevisionRules) -> Band:
    """Tell how a count of approved revisions stands against the company's band (C89)."""
    if changes < rules.adjustments_least:
        return Band.TOO_FEW
    return Band.TOO_MANY if changes > rules.adjustments_most else Band.NORMAL
