"""Round 3: what was proposed and levelled becomes goals, which each confirms in person and nobody for them (C8)."""

from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor, system_actor
from plumb_platform.audit.service import record
from plumb_platform.database import execute, fetch
from plumb_platform.numbers.allocation import allocate_units, amount_of, units_of
from plumb_platform.telling import Sentence
from plumb_tenants.alignment.models import Alignment
from plumb_tenants.goals.rules import CENT
from plumb_tenants.goals.service import NewGoal, publish_goals
from plumb_tenants.metrics.service import get_scored_metric
from plumb_tenants.notifications.service import notify

_AGREED = """
select p.id, p.person_id, p.unit_id, p.metric_key, p.proposed, p.adjusted, p.number from proposal p
where p.alignment_id = $1 and p.goal_id is null order by p.person_id, p.metric_key
"""
_BECAME = """
update proposal p set goal_id = n.goal_id, version = p.version + 1
from unnest($1::uuid[], $2::uuid[]) as n (id, goal_id) where p.id = n.id
"""


async def propose_goals(actor: Actor, alignment: Alignment) -> int:
    """Make a goal of every proposal that has none, for its person to confirm, and return how many; twice is as once.

    A person's goals weigh alike, to 100.00 together.
    """
    rows = await fetch(_AGREED, alignment.id)
    groups: dict[tuple[str, Decimal], list[dict[str, Any]]] = defaultdict(list)
    for row, weight in zip(rows, _weights(rows), strict=True):
        groups[row["metric_key"], weight].append(row)
    for (metric, weight), members in groups.items():
        await _publish(actor, alignment, metric, weight=weight, rows=members)
    for person_id in {row["person_id"] for row in rows}:
        await _tell(actor, alignment, person_id)
    return len(rows)


async def _publish(actor: Actor, alignment: Alignment, metric: str, *, weight: Decimal, rows: list[dict[str, Any]]) -> None:
    version = await get_scored_metric(actor, metric)
    # The company's rounds make the goals, on their day or when HR opens them: no right of whoever that is.
    system = system_actor(actor.tenant_id, request_id=actor.request_id)
    ids = await publish_goals(
        system,
        cycle_id=alignment.cycle_id,
        parent_id=None,
        title=version.name,
        metric=version.name,
        metric_key=metric,
        unit_of_measure=version.body.unit_of_measure,
        weight=weight,
        goals=[NewGoal(row["unit_id"], row["person_id"], _value(row), _derivation(row)) for row in rows],
    )
    await execute(_BECAME, [row["id"] for row in rows], ids)
    for row, goal_id in zip(rows, ids, strict=True):
        after = _derivation(row) | {"goal_id": str(goal_id), "target": str(_value(row))}
        await record(actor, "proposal.agree", "proposal", row["id"], after=after)


def _weights(rows: list[dict[str, Any]]) -> list[Decimal]:
    """Return the weight of each row: a person's hundred percent in equal parts, to the cent."""
    counts: dict[UUID, int] = defaultdict(int)
    for row in rows:
        counts[row["person_id"]] += 1
    shares = {person: allocate_units(units_of(Decimal(100), CENT), [1] * count) for person, count in counts.items()}
    taken: dict[UUID, int] = defaultdict(int)
    weights = []
    for row in rows:
        person = row["person_id"]
        weights.append(amount_of(shares[person][taken[person]], CENT))
        taken[person] += 1
    return weights


def _value(row: dict[str, Any]) -> Decimal:
    value: Decimal = row["proposed"] if row["adjusted"] is None else row["adjusted"]
    return value


def _derivation(row: dict[str, Any]) -> dict[str, Any]:
    adjusted = None if row["adjusted"] is None else str(row["adjusted"])
    return {"kind": "alignment", "proposal_id": str(row["id"]), "proposed": str(row["proposed"]), "adjusted": adjusted}


async def _tell(actor: Actor, alignment: Alignment, person_id: UUID) -> None:
    await notify(
        actor,
        people=[person_id],
        kind="alignment.confirm",
        object_type="Alignment",
        object_id=alignment.id,
        said=Sentence(
            zh="“{name}”进入第三轮，请确认您的目标。",
            en="{name} is in its third round; confirm your goals.",
            tells={"name": "Alignment.name"},
            row=alignment.id,
            name=alignment.name,
        ),
        once=f"alignment:{alignment.id}:confirm",
    )
