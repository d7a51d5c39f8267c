"""Reading values of metrics: for other domains by id without a check, for callers by code within their reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, take_lock
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.definitions.service import PublishedVersion, pinned_version
from plumb_tenants.goals.rules import months_of
from plumb_tenants.metrics.definition import KIND
from plumb_tenants.metrics.library import get_metric, get_scored_metric, library, refuse_usage
from plumb_tenants.metrics.resources import OBSERVATION
from plumb_tenants.metrics.statements import INSERT_RECORD
from plumb_tenants.metrics.subjects import Reference, Subject, reach_subject, reach_units, subjects_by_id
from plumb_tenants.metrics.values import Cell, MetricValue, check_period, compute


@dataclass(frozen=True, slots=True)
class MonthlyValue:
    """The value of one calendar month, named by its first day; None is no input, which is not zero."""

    month: date
    value: Decimal | None
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class UnitValue:
    """The value of a unit, of all people and units below it."""

    code: str
    name: str
    value: MetricValue


async def monthly_values(actor: Actor, *, metric_key: str, subject_id: UUID, first: date, last: date) -> list[MonthlyValue]:
    """Return a metric's value in each whole calendar month from that of `first` to that of `last`.

    For other domains: no permission is asked for. Raises MetricUnknown, UsageNotScored, NotFound for the subject.
    """
    check_period(first, last)
    metric, (subject,) = await get_scored_metric(actor, metric_key), await subjects_by_id(actor, [subject_id])
    values = await compute(actor, metric, _months(subject, first, last), known=await library(actor))
    return [MonthlyValue(each.starts_on, each.value, each.as_of) for each in values]


async def value_between(
    actor: Actor,
    *,
    metric_key: str,
    subject_id: UUID,
    starts_on: date,
    ends_on: date,
    version_id: UUID | None = None,
) -> MetricValue | None:
    """Return a metric's value over a period, or None when there is no input or the value is undefined.

    For other domains: no permission is asked for. `version_id` computes under the metric's version that a fact is pinned to.
    """
    found = await values_between(
        actor, metric_key=metric_key, subject_ids=[subject_id], starts_on=starts_on, ends_on=ends_on, version_id=version_id
    )
    return found.get(subject_id)


async def values_between(
    actor: Actor,
    *,
    metric_key: str,
    subject_ids: Sequence[UUID],
    starts_on: date,
    ends_on: date,
    version_id: UUID | None = None,
) -> dict[UUID, MetricValue]:
    """Return the values that there are of many subjects over one period; as `value_between`, by one statement a factor."""
    check_period(starts_on, ends_on)
    metric = await _version(actor, metric_key, version_id)
    subjects = await subjects_by_id(actor, subject_ids)
    cells = [Cell(each, starts_on, ends_on) for each in subjects]
    values = await compute(actor, metric, cells, known=await library(actor))
    return {each.subject.id: each for each in values if each.value is not None}


async def _version(actor: Actor, metric_key: str, version_id: UUID | None) -> PublishedVersion:
    if version_id is None:
        return await get_scored_metric(actor, metric_key)
    metric = await pinned_version(actor, version_id, kind=KIND, field="versionId")
    refuse_usage(metric, field="metric")
    return metric


async def read_value(actor: Actor, *, metric_key: str, subject: Reference, starts_on: date, ends_on: date) -> MetricValue:
    """Return a metric's value for a subject within the caller's reach, with the reason where there is none."""
    return (await _read(actor, metric_key, subject, starts_on, ends_on, monthly=False))[0]


async def read_months(actor: Actor, *, metric_key: str, subject: Reference, first: date, last: date) -> list[MetricValue]:
    """Return a metric's values in the calendar months of a period for a subject within the caller's reach."""
    return await _read(actor, metric_key, subject, first, last, monthly=True)


async def _read(
    actor: Actor, key: str, reference: Reference, starts_on: date, ends_on: date, *, monthly: bool
) -> list[MetricValue]:
    check_period(starts_on, ends_on)
    await refuse_hidden(actor, OBSERVATION, ["value"])
    subject = await reach_subject(actor, reference, Permission.OBSERVATION_READ)
    metric = await get_metric(actor, key)
    cells = _months(subject, starts_on, ends_on) if monthly else [Cell(subject, starts_on, ends_on)]
    return await compute(actor, metric, cells, known=await library(actor))


async def roll_up(
    actor: Actor, *, metric_key: str, starts_on: date, ends_on: date, window: slice = slice(None)
) -> list[UnitValue]:
    """Return the value of every unit within the caller's reach, each with all below it, by code; those of `window` alone."""
    check_period(starts_on, ends_on)
    await refuse_hidden(actor, OBSERVATION, ["value"])
    metric, reach = await get_metric(actor, metric_key), await reach_units(actor, Permission.OBSERVATION_READ)
    units = reach[window]
    cells = [Cell(subject, starts_on, ends_on) for _, _, subject in units]
    values = await compute(actor, metric, cells, known=await library(actor))
    return [UnitValue(code, name, value) for (code, name, _), value in zip(units, values, strict=True)]


async def keep_value(actor: Actor, *, metric_key: str, subject: Reference, starts_on: date, ends_on: date) -> UUID:
    """Compute a value now and keep it for ever with its definition version; what was kept before stays (C31)."""
    check_period(starts_on, ends_on)
    who = await reach_subject(actor, subject, Permission.OBSERVATION_WRITE)
    metric = await get_metric(actor, metric_key)
    value = (await compute(actor, metric, [Cell(who, starts_on, ends_on)], known=await library(actor)))[0]
    await take_lock("metric_record", who.id, metric_key)
    made = await execute(
        INSERT_RECORD,
        *(actor.tenant_id, uuid7(), now(), metric_key, who.kind.value, who.id, who.unit_id, starts_on, ends_on),
        *(value.value, value.reason.value if value.reason else None, value.as_of, metric.id, actor.membership_id),
    )
    kept: UUID = made[0]["id"]
    after = {"metric": metric_key, "value": str(value.value), "definition_version_id": str(metric.id)}
    await record(actor, "metric.keep", "metric_record", kept, after=after)
    return kept


def _months(subject: Subject, first: date, last: date) -> list[Cell]:
    months = months_of(first, last)
    following = [*months[1:], months_of(months[-1], months[-1] + timedelta(days=31))[1]]
    return [Cell(subject, month, after - timedelta(days=1)) for month, after in zip(months, following, strict=True)]
