"""Activity: on which days the people of a company signed in."""

from datetime import date
from uuid import UUID

from plumb_platform.database import fetch

_SIGNED_IN = """
select distinct m.person_id, (s.created_at at time zone $1)::date as day
from session s join membership m on m.tenant_id = s.tenant_id and m.id = s.membership_id
where m.person_id is not null and s.created_at >= ($2::date)::timestamp at time zone $1 order by 2, 1
"""


async def signed_in_days(time_zone: str, first: date) -> list[tuple[UUID, date]]:
    """Return who of the company signed in on which day, from a day of its time zone on, in a tenant's transaction."""
    return [(row["person_id"], row["day"]) for row in await fetch(_SIGNED_IN, time_zone, first)]
