"""Calibrated weights: what a feedback round brought holds for periods that begin on its day or later, and no other (C44)."""

from datetime import date
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.errors import Refused
from plumb_platform.numbers.periods import quarter_of
from plumb_tenants.decomposition.template_parts import Calendar
from plumb_tenants.definitions.kinds import Step
from plumb_tenants.definitions.service import PublishedVersion, company_today
from plumb_tenants.goals.service import Cycle

_PROPOSED = """
select coalesce(v.body ->> 'calendar', '{}') as calendar from feedback_round r
join definition_version v on v.tenant_id = r.tenant_id and v.id = r.about_version_id
where r.draft_version_id = $1 and r.state in ('PROPOSED', 'ACCEPTED')
"""
_SETTLE = """
update feedback_round r set version = r.version + 1, state = 'ACCEPTED', effective_from = v.effective_from, decided_at = $2,
  decided_by = $3
from definition_version v
where r.draft_version_id = $1 and r.state = 'PROPOSED' and v.tenant_id = r.tenant_id and v.id = r.draft_version_id
"""
_CALIBRATED = """
select v.id, v.number, v.effective_from, v.state = 'PUBLISHED' as published from feedback_round r
join definition_version v on v.tenant_id = r.tenant_id and v.id = r.draft_version_id
where r.definition_id = $1 and r.state in ('PROPOSED', 'ACCEPTED') and v.state in ('PILOT', 'PUBLISHED') order by v.number desc
"""


class WeightsOfLaterPeriod(Refused):
    """Weights that were calibrated in a period change nothing of it (C44)."""

    code = "WEIGHTS_OF_LATER_PERIOD"
    zh = "第 {number} 版为校准后的权重，仅用于 {day} 起开始的周期，不能用于周期“{cycle}”。"
    en = "Version {number} holds calibrated weights for cycles that begin on {day} or later, not for the cycle {cycle}."


class WeightsCalibrated(Refused):
    """A period that begins after a calibration is split by the weights that it brought (C44)."""

    code = "WEIGHTS_CALIBRATED"
    zh = "自 {day} 起开始的周期须使用校准后的第 {number} 版权重。"
    en = "Cycles that begin on {day} or later are split by the calibrated weights of version {number}."


async def check_calibration(version: PublishedVersion, cycle: Cycle, *, field: str) -> None:
    """Refuse calibrated weights for a cycle that began before them, and older ones for a cycle that begins with them or later.

    Templates about which no feedback round brought a change are not touched.
    """
    for row in await fetch(_CALIBRATED, version.definition_id):
        told = {"number": row["number"], "day": row["effective_from"].isoformat()}
        if row["effective_from"] > cycle.starts_on:
            if row["id"] == version.id:
                raise WeightsOfLaterPeriod(field=field, cycle=cycle.code, **told)
        elif row["published"] and row["number"] > version.number:
            raise WeightsCalibrated(field=field, **told)


async def first_day_of_proposal(actor: Actor, version_id: UUID) -> date | None:
    """Return the first day of the next quarter for a version that a feedback round proposes, None for any other.

    The quarters are those of the fiscal calendar of the template that the round was about (A42).
    """
    rows = await fetch(_PROPOSED, version_id)
    if not rows:
        return None
    calendar = Calendar.model_validate_json(rows[0]["calendar"])
    return quarter_of(calendar.fiscal, await company_today(actor)).next_starts_on


async def settle_proposal(actor: Actor, step: Step) -> None:
    """Write into the round that its proposal was accepted, when it is published, by whichever way it was reviewed."""
    if step.state == "PUBLISHED":
        await execute(_SETTLE, step.version_id, now(), actor.membership_id)
