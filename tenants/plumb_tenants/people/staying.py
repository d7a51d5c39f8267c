"""Nobody who left is given anything: what is written for people is checked against their leaving."""

from collections.abc import Collection
from uuid import UUID

from plumb_platform.database import fetch_one
from plumb_platform.errors import Refused


class PersonInactive(Refused, tells={"number": "Person.number"}):
    """Nobody leaves twice, and nobody who left takes on anything."""

    code = "PERSON_INACTIVE"
    zh = "员工 {number} 已停用，请改选在职员工，或重新制定不含该员工的方案。"
    en = "The employee {number} has left already; choose somebody who works here, or plan anew without them."


_LEFT = "select id, number from person where id = any($1::uuid[]) and not active order by number limit 1"


async def refuse_leavers(person_ids: Collection[UUID | None], *, field: str | None = None) -> None:
    """Refuse with PersonInactive what was just written for people who left; asked after the writing, in its transaction.

    The keys of what was written hold its people: who is leaving at this moment was waited for and is seen here, and who
    leaves later waits for the commit, and finds it among what they hold.
    """
    people = list({each for each in person_ids if each is not None})
    left = await fetch_one(_LEFT, people) if people else None
    if left is not None:
        raise PersonInactive(field=field, row=left["id"], number=left["number"])
