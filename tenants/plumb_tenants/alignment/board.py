"""Reading what stands on a board: proposals, and beside them names, talks and confirmations, each by one plain statement.

Four statements that each go once over their rows: a join over tables whose size PostgreSQL does not know yet may go over
all people for every proposal.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from plumb_platform.database import fetch

_PROPOSALS = """
select p.id, p.person_id, p.unit_id, p.goal_id, p.metric_key as metric, p.product, p.region, p.version, p.proposed, p.adjusted,
  ({reached}) as reached from proposal p where p.alignment_id = $1
"""
_PEOPLE = "select id, name, number from person where id = any($1::uuid[])"
_CONFIRMED = "select id from goal where id = any($1::uuid[]) and state = 'CONFIRMED'"
_TALKS = "select proposal_id, state from talk_task where alignment_id = $1"


async def board_rows(alignment_id: UUID, *, reached: str = "true", values: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Return all proposals of an alignment by region, metric and employee number.

    `reached` is a condition over `proposal p` whose placeholders begin at $2: the rows that the caller may see.
    """
    rows = await fetch(_PROPOSALS.format(reached=reached), alignment_id, *values)
    people = {row["id"]: row for row in await fetch(_PEOPLE, [row["person_id"] for row in rows])}
    goals = [row["goal_id"] for row in rows if row["goal_id"] is not None]
    confirmed = {row["id"] for row in await fetch(_CONFIRMED, goals)} if goals else set()
    talks = {row["proposal_id"]: row["state"] for row in await fetch(_TALKS, alignment_id)}
    for row in rows:
        person = people[row["person_id"]]
        row |= {"person": person["name"], "number": person["number"], "confirmed": row["goal_id"] in confirmed}
        row["talk_state"] = talks.get(row["id"])
    return sorted(rows, key=lambda row: (row["region"], row["metric"], row["number"]))
