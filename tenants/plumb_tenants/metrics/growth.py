"""Growth targets on a stored base: base x (1 + rate), with the version of the base that it was made from (C48)."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch_one, take_lock
from plumb_platform.errors import InvalidInput
from plumb_platform.ids import uuid7
from plumb_platform.numbers.money import get_currency
from plumb_platform.permissions import Permission
from plumb_tenants.definitions.service import PublishedVersion
from plumb_tenants.goals.rules import is_text
from plumb_tenants.metrics.library import get_scored_metric, library
from plumb_tenants.metrics.subjects import Reference, Subject, reach_subject
from plumb_tenants.metrics.values import EXACT, LARGEST, Cell, check_period, compute

LOWEST_PERCENT, HIGHEST_PERCENT, MOST_EXACT = Decimal(-100), Decimal(10_000), Decimal("0.0001")


class GrowthBaseMissing(InvalidInput):
    """Growth starts from something that is known."""

    code = "GROWTH_BASE_MISSING"
    zh = "指标“{metric}”在 {starts_on} 至 {ends_on} 没有基数，请先登记基数。"
    en = "There is no base of {metric} for {starts_on} to {ends_on}; record one first."


class GrowthBaseNegative(InvalidInput):
    """A percentage of a loss says nothing about growth."""

    code = "GROWTH_BASE_NEGATIVE"
    zh = "基数 {value} 为负，不能按增长率设定目标。"
    en = "The base {value} is negative; no growth rate leads from it to a target."


class GrowthBaseInvalid(InvalidInput):
    """A base is an amount that its column holds exactly."""

    code = "GROWTH_BASE_INVALID"
    zh = "基数 {value} 无效：须为 {unit} 的整数倍，且小于 10^18。"
    en = "The base {value} is not valid: a whole multiple of {unit} below 10^18."


class GrowthPercentInvalid(InvalidInput):
    """A rate is in percent."""

    code = "GROWTH_PERCENT_INVALID"
    zh = "增长率 {percent}% 无效：须在 -100 与 10000 之间，最多四位小数，且目标小于 10^18。"
    en = "The growth rate {percent} % is not valid: between -100 and 10000 with at most four decimals, to a target below 10^18."


class GrowthReasonMissing(InvalidInput):
    """A base says where it comes from."""

    code = "GROWTH_REASON_MISSING"
    zh = "须说明基数的来源（1 到 1000 个字符）。"
    en = "Say in 1 to 1000 characters where the base comes from."


@dataclass(frozen=True, slots=True)
class GrowthBase:
    """A base: its value, its number among those of the metric, subject and period, and its row."""

    id: UUID
    number: int
    value: Decimal


_INSERT_BASE = """
insert into growth_base (tenant_id, id, created_at, metric_key, subject_kind, subject_id, unit_id, starts_on, ends_on, number,
  value, reason, definition_version_id, recorded_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1 + (
  select coalesce(max(b.number), 0) from growth_base b
  where b.metric_key = $4::varchar and b.subject_id = $6 and b.starts_on = $8 and b.ends_on = $9
), $10, $11, $12, $13)
returning id, number
"""
_BASE = """
select id, number, value from growth_base
where metric_key = $1 and subject_id = $2 and starts_on = $3 and ends_on = $4 order by number desc limit 1
"""
_INSERT_TARGET = """
insert into growth_target (tenant_id, id, created_at, base_id, percent, target, set_by) values ($1, $2, $3, $4, $5, $6, $7)
"""


def grown(base: Decimal, percent: Decimal, *, unit: Decimal) -> Decimal:
    """Return base x (1 + percent / 100), rounded half up to the unit; raise GrowthBaseNegative and GrowthPercentInvalid."""
    if base < 0:
        raise GrowthBaseNegative(field="base", value=f"{base:f}")
    fits = percent.is_finite() and LOWEST_PERCENT <= percent <= HIGHEST_PERCENT and percent == percent.quantize(MOST_EXACT)
    target = EXACT.divide(EXACT.multiply(base, 100 + percent), Decimal(100)) if fits else LARGEST
    if target >= LARGEST:
        raise GrowthPercentInvalid(field="percent", percent=f"{percent!s:.40}")
    return target.quantize(unit, ROUND_HALF_UP)


async def record_base(
    actor: Actor,
    *,
    metric_key: str,
    subject: Reference,
    starts_on: date,
    ends_on: date,
    reason: str,
    value: Decimal | None = None,
) -> GrowthBase:
    """Record the base of a metric, subject and period, a new version when there is one; without a value the observed one."""
    check_period(starts_on, ends_on)
    if not is_text(reason, longest=1000):
        raise GrowthReasonMissing(field="reason")
    who = await reach_subject(actor, subject, Permission.OBSERVATION_WRITE)
    metric = await get_scored_metric(actor, metric_key)
    base = await _observed(actor, metric, who, starts_on, ends_on) if value is None else value
    _check_base(base, _unit(metric))
    await take_lock("growth_base", who.id, metric_key)
    made = await execute(
        _INSERT_BASE,
        *(actor.tenant_id, uuid7(), now(), metric_key, who.kind.value, who.id, who.unit_id, starts_on, ends_on),
        *(base, reason.strip(), metric.id, actor.membership_id),
    )
    stored = GrowthBase(made[0]["id"], made[0]["number"], base)
    after = {"metric": metric_key, "number": stored.number, "value": str(base), "reason": reason.strip()}
    await record(actor, "growth.base", "growth_base", stored.id, after=after)
    return stored


async def set_growth_target(
    actor: Actor, *, metric_key: str, subject: Reference, starts_on: date, ends_on: date, percent: Decimal
) -> UUID:
    """Set a target that grows by a percentage from the newest base; it keeps that base's version for ever."""
    who = await reach_subject(actor, subject, Permission.PLAN_WRITE)
    metric = await get_scored_metric(actor, metric_key)
    row = await fetch_one(_BASE, metric_key, who.id, starts_on, ends_on)
    if row is None:
        raise _missing(metric, starts_on, ends_on)
    target = grown(row["value"], percent, unit=_unit(metric))
    target_id = uuid7()
    values = (actor.tenant_id, target_id, now(), row["id"], percent, target, actor.membership_id)
    await execute(_INSERT_TARGET, *values)
    after = {"metric": metric_key, "base_number": row["number"], "percent": str(percent), "target": str(target)}
    await record(actor, "growth.target", "growth_target", target_id, after=after)
    return target_id


async def _observed(actor: Actor, metric: PublishedVersion, who: Subject, starts_on: date, ends_on: date) -> Decimal:
    found = (await compute(actor, metric, [Cell(who, starts_on, ends_on)], known=await library(actor)))[0].value
    if found is None:
        raise _missing(metric, starts_on, ends_on)
    return found


def _missing(metric: PublishedVersion, starts_on: date, ends_on: date) -> GrowthBaseMissing:
    return GrowthBaseMissing(field="base", metric=metric.key, starts_on=starts_on, ends_on=ends_on)


def _unit(metric: PublishedVersion) -> Decimal:
    currency: str | None = metric.body.currency
    return get_currency(currency).unit if currency else Decimal(1).scaleb(-metric.body.places)


def _check_base(value: Decimal, unit: Decimal) -> None:
    if not value.is_finite() or abs(value) >= LARGEST or value != value.quantize(unit):
        raise GrowthBaseInvalid(field="value", value=f"{value!s:.40}", unit=unit)
    if value < 0:
        raise GrowthBaseNegative(field="value", value=f"{value:f}")
