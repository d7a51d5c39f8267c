"""Usage data that the product records itself: on which days somebody signed in, marked so that nothing scores it (C62)."""

from datetime import timedelta

from plumb_platform.actor import Actor
from plumb_platform.identity.activity import signed_in_days
from plumb_tenants.company.service import get_company
from plumb_tenants.definitions.service import DefinitionExists, company_today, create_definition, publish_version
from plumb_tenants.metrics.definition import KIND, Indicator, Metric, MetricType
from plumb_tenants.metrics.library import ACTIVE_DAYS, library
from plumb_tenants.metrics.new_observations import NewObservation
from plumb_tenants.metrics.recording import MOST_OBSERVATIONS, OWN_SOURCE, record_observations
from plumb_tenants.metrics.subjects import SubjectKind
from plumb_tenants.people.service import people_by_id

NAME = "系统活跃天数"
BODY = Metric(type=MetricType.USAGE, unit_of_measure="天", indicator=Indicator.LEADING, sources=(OWN_SOURCE,), places=0)
LOOK_BACK = timedelta(days=2)
"""How far back a call looks: a process that was down for a day loses nothing."""


async def record_usage(actor: Actor) -> int:
    """Record for everybody each of the last days on which they signed in, once, and return how many were new.

    A company that archived the metric has nothing recorded.
    """
    if not await _is_kept(actor):
        return 0
    zone, first = (await get_company(actor)).time_zone, await company_today(actor) - LOOK_BACK
    days = await signed_in_days(zone, first)
    people = await people_by_id(actor, sorted({person_id for person_id, _ in days}))
    seen = [
        NewObservation(
            external_id=f"{person_id}/{day}",
            metric=ACTIVE_DAYS,
            subject_kind=SubjectKind.PERSON,
            subject_code=people[person_id].number,
            day=day,
        )
        for person_id, day in days
    ]
    recorded = 0
    for place in range(0, len(seen), MOST_OBSERVATIONS):
        batch = seen[place : place + MOST_OBSERVATIONS]
        recorded += (await record_observations(actor, source=OWN_SOURCE, observations=batch)).recorded
    return recorded


async def _is_kept(actor: Actor) -> bool:
    if ACTIVE_DAYS in await library(actor):
        return True
    try:
        draft = await create_definition(actor, kind=KIND, key=ACTIVE_DAYS, name=NAME, body=BODY.model_dump(mode="json"))
    except DefinitionExists:
        return False
    await publish_version(actor, draft.id, version=draft.version)
    return True
