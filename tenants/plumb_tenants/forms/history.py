"""The history that a person sees beside a form: twelve months of a metric, actual and target, and the year before (C4)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.definitions.service import company_today
from plumb_tenants.goals.service import monthly_targets, months_of
from plumb_tenants.metrics.service import SubjectKind, read_months
from plumb_tenants.people.access import access_person

MONTHS = 12


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """One month, named by its first day; what is absent is None and never zero."""

    month: date
    actual: Decimal | None
    target: Decimal | None
    last_year: Decimal | None
    """The actual value of the same month of the year before."""


async def history_curve(
    actor: Actor, *, metric_key: str, person_id: UUID | None = None, until: date | None = None
) -> list[HistoryPoint]:
    """Return the twelve months up to that of `until`, today's if none is said, of oneself or of somebody within reach."""
    asked = person_id or actor.person_id
    if asked is None:
        raise NotFound(field="personId")
    person = await access_person(actor, asked, Permission.PERSON_READ, field="personId")
    last = until or await company_today(actor)
    months = _months_until(last, 2 * MONTHS)
    subject = (SubjectKind.PERSON, person.number)
    values = await read_months(actor, metric_key=metric_key, subject=subject, first=months[0], last=last)
    actual = {value.starts_on: value.value for value in values}
    targets = await monthly_targets(actor, metric_key=metric_key, owner_id=person.id)
    return [
        HistoryPoint(month, actual.get(month), targets.get(month), actual.get(before))
        for before, month in zip(months[:MONTHS], months[MONTHS:], strict=True)
    ]


def _months_until(last: date, count: int) -> list[date]:
    """Return the first days of so many months, the last of which holds the day."""
    first = last.replace(day=1)
    for _ in range(count - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    return months_of(first, last)
