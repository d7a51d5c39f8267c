"""Where a goal comes from and where it stands among its peers: rank, a distribution without names (C26)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, fetch_value
from plumb_platform.permissions import Permission, grants_of
from plumb_platform.resources import resource_named
from plumb_tenants.access.fields import refuse_hidden, refuse_hidden_on, shown_on
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.goals.access import access_goal
from plumb_tenants.goals.company_rules import rules_in_force
from plumb_tenants.goals.readers import CURRENT
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.people.resources import PERSON


class RankedBy(StrEnum):
    """What peers are compared by."""

    TARGET = "TARGET"
    ATTAINMENT = "ATTAINMENT"


@dataclass(frozen=True, slots=True)
class NamedPeer:
    """A peer whom the reader may know, with what they are compared by."""

    goal_id: UUID
    name: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Transparency:
    """How a goal came about, and its place among those of the same kind, metric, cycle and parent.

    The derivation is without what tells fields of the goal that its reader may not see.

    `rank` counts from 1, the greatest first; `distribution` holds the values of all in order, without whose they are. Both
    are None where the goal has no value or the group is so small that numbers would name people; `peers` are those whom the
    reader may read anyway.
    """

    derivation: Mapping[str, Any]
    value: Decimal | None
    count: int
    rank: int | None
    distribution: Sequence[Decimal] | None
    peers: Sequence[NamedPeer]


_ALIKE = ("cycleId", "metric", "unitOfMeasure", "parentId", "ownerId")
"""What makes goals peers, and names them: who is among them, and how many there are, tells it."""
_VALUES = {RankedBy.TARGET: "v.target", RankedBy.ATTAINMENT: "p.attainment"}
_PEERS = f"""
select g.id, s.name, {{value}} as value, ({{reached}}) and ({{known}}) as is_known
from goal o
join goal g on g.tenant_id = o.tenant_id and g.cycle_id = o.cycle_id and g.kind = o.kind and g.aim = o.aim
  and g.metric = o.metric and g.unit_of_measure = o.unit_of_measure and g.parent_id is not distinct from o.parent_id
join {CURRENT}
join person s on s.tenant_id = g.tenant_id and s.id = g.owner_id
left join goal_progress p on p.tenant_id = g.tenant_id and p.goal_id = g.id
where o.id = $1 and g.state in ('PROPOSED', 'CONFIRMED') and {{value}} is not null
order by {{value}} desc, g.id
"""
_SAYING = {
    "weight_before": "weight",
    "metric_before": "metric",
    "metric_key_before": "metricKey",
    "unit_of_measure_before": "unitOfMeasure",
}
"""What a derivation says of a goal's former values, each told to who may see the field; all else to who sees its target."""
_REPEATS: Mapping[str, Mapping[str, str]] = {
    "plan_id": {"total": "Plan.total"},
    "node_id": {
        "suggested": "PlanNode.suggested",
        "contributions": "PlanNode.factors",
        "adjustment": "PlanNode.suggested PlanNode.value",
        "reason": "PlanNode.reason",
    },
    "proposal_id": {"proposed": "Proposal.proposed", "adjusted": "Proposal.adjusted"},
    "revision_id": {"reason": "Revision.cause"},
}
"""What a derivation repeats of the rows that it names. Somebody who reads such a row is told no more here than there; who does
not read it is told what the goal itself tells them: an owner has no part in the plan, and knows how the target came about."""
_SILENT = ("kind", "of", "metric_replaced")
_DERIVATION = f"select v.derivation::text from goal g join {CURRENT} where g.id = $1"


async def goal_transparency(actor: Actor, *, goal_id: UUID, by: RankedBy = RankedBy.TARGET) -> Transparency:
    """Return how a goal that the actor may read came about and where it stands among its peers, by two statements.

    Raises FieldHidden for the goal's own value, and where what makes goals peers is hidden from the actor.
    """
    goal = await access_goal(actor, goal_id)
    await refuse_hidden_on(actor, GOAL, goal.id, by.value.lower())
    await refuse_hidden(actor, GOAL, _ALIKE)
    rows = await _peers(actor, goal.id, by)
    own = next((place for place, row in enumerate(rows) if row["id"] == goal.id), None)
    hidden = sum(1 for row in rows if not row["is_known"])
    smallest = (await rules_in_force(actor)).body.smallest_group
    # Whoever knows all but a few of a group would read the values of those few.
    is_quiet = own is None or len(rows) < smallest or 0 < hidden < smallest - 1
    derivation = await _derivation(actor, goal.id)
    value = None if own is None else rows[own]["value"]
    rank = None if is_quiet or value is None else 1 + sum(1 for row in rows if row["value"] > value)
    distribution = None if is_quiet else [row["value"] for row in rows]
    peers = [NamedPeer(row["id"], row["name"], row["value"]) for row in rows if row["is_known"]]
    return Transparency(derivation, value, len(rows), rank, distribution, peers)


async def _derivation(actor: Actor, goal_id: UUID) -> dict[str, Any]:
    """Return where a goal comes from, without what would tell a field that is hidden from the actor: of the goal, or of what it
    came of."""
    whole: dict[str, Any] = orjson.loads(await fetch_value(_DERIVATION, goal_id))
    shown = await shown_on(actor, GOAL, [goal_id], ["target", *_SAYING.values()])
    seen = None if shown is None else shown.get(goal_id, frozenset())
    hidden = {name for key in _REPEATS.keys() & whole.keys() for name in await _hidden_there(actor, key, UUID(whole[key]))}
    return {
        name: said
        for name, said in whole.items()
        if name not in hidden and (seen is None or name in _SILENT or _SAYING.get(name, "target") in seen)
    }


async def _hidden_there(actor: Actor, key: str, row_id: UUID) -> set[str]:
    """Return what of a derivation is hidden on the row that it repeats it of."""
    repeated = {name: [each.partition(".")[::2] for each in of.split()] for name, of in _REPEATS[key].items()}
    resource = resource_named(next(kind for fields in repeated.values() for kind, _ in fields))
    asked = sorted({field for fields in repeated.values() for _, field in fields})
    shown = await shown_on(actor, resource, [row_id], asked)
    if shown is None or row_id not in shown:
        return set()
    return {name for name, fields in repeated.items() if not {field for _, field in fields} <= shown[row_id]}


async def _peers(actor: Actor, goal_id: UUID, by: RankedBy) -> list[dict[str, Any]]:
    reached, values = await sql_scope(actor, Permission.GOAL_READ, GOAL, alias="g", first=2)
    known: str = "false"
    more: list[Any] = []
    if (await grants_of(actor)).allows(Permission.PERSON_READ):
        known, more = await sql_scope(actor, Permission.PERSON_READ, PERSON, alias="s", first=2 + len(values))
    sql = _PEERS.format(value=_VALUES[by], reached=reached, known=known)
    return await fetch(sql, goal_id, *values, *more)
