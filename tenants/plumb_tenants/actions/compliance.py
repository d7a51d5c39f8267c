"""The compliance rate: key actions done of those planned, for a person or a unit with all below it (C42)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.actions.resources import TASK
from plumb_tenants.actions.rules import compliance
from plumb_tenants.metrics.service import Reference, SubjectKind, check_period, reach_subject

_TASKS = """
select t.quantity, t.counted from task t where t.is_key and t.starts_on >= $1 and t.ends_on <= $2 and {}
"""
_OF = {
    SubjectKind.PERSON: "t.owner_id = $3",
    SubjectKind.UNIT: "t.unit_id in (select descendant_id from org_unit_closure where ancestor_id = $3)",
    SubjectKind.COMPANY: "t.tenant_id = $3",
}


@dataclass(frozen=True, slots=True)
class Compliance:
    """Planned and counted key actions of tasks that lie within a period; the rate in percent, None for nothing planned."""

    planned: int
    done: Decimal
    rate: Decimal | None


async def compliance_rate(actor: Actor, *, subject: Reference, starts_on: date, ends_on: date) -> Compliance:
    """Return the compliance of a subject within the caller's reach over the tasks that lie within a period."""
    check_period(starts_on, ends_on)
    await refuse_hidden(actor, TASK, ["quantity", "counted"])
    who = await reach_subject(actor, subject, Permission.TASK_READ)
    rows = await fetch(_TASKS.format(_OF[who.kind]), starts_on, ends_on, who.id)
    pairs = [(row["quantity"], row["counted"]) for row in rows]
    return Compliance(sum(each for each, _ in pairs), sum((each for _, each in pairs), Decimal("0.00")), compliance(pairs))
