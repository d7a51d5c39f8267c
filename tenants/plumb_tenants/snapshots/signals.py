"""Facts from outside that a snapshot pictures beside the goals: market signals and financial forecasts (C68)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.errors import Forbidden, InvalidInput, NotFound
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission, reaches_whole
from plumb_tenants.snapshots.rules import PERIOD

MOST = 1000
LONGEST_CODE, LONGEST_NAME, LONGEST_UNIT, LONGEST_NOTE = 60, 200, 12, 1000
LARGEST, PLACES = Decimal(10) ** 16, 4


class SignalKind(StrEnum):
    """A signal of the market, or a forecast of finance that stands against what was budgeted."""

    MARKET = "MARKET"
    FORECAST = "FORECAST"


class SignalInvalid(InvalidInput):
    """A fact says what it is, of which month, how much, and who says so."""

    code = "SIGNAL_INVALID"
    zh = (
        "第 {place} 条数据无效：代码、名称、来源必填（最多 {code} / {name} / {name} 个字符），期间写成 2026-11，"
        "数值最多 16 位整数、4 位小数。"
    )
    en = (
        "Fact {place} is not valid: code, name and source are needed (at most {code}, {name} and {name} characters), the month "
        "takes the form 2026-11, values have at most 16 digits before and 4 after the point."
    )


class ForecastWithoutBaseline(InvalidInput):
    """A forecast deviates from something."""

    code = "FORECAST_WITHOUT_BASELINE"
    zh = "财务预测“{code}”须填写对应的预算值。"
    en = "The forecast {code} needs the budgeted value that it stands against."


class TooManySignals(InvalidInput):
    """One call carries what one statement does."""

    code = "SIGNALS_TOO_MANY"
    zh = "一次导入 1 到 {most} 条，收到 {count} 条。"
    en = "Record 1 to {most} facts at once; got {count}."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSignal:
    """A fact of one month as a source reports it; `baseline` is the budget of a forecast."""

    kind: SignalKind
    code: str
    name: str
    month: str
    value: Decimal
    source: str
    unit_of_measure: str = ""
    baseline: Decimal | None = None
    unit_id: UUID | None = None
    note: str = ""


_INSERT = """
insert into signal (tenant_id, id, created_at, kind, code, name, unit_id, month, value, baseline, unit_of_measure, source, note,
  recorded_by)
select $1, s.id, $2, s.kind, s.code, s.name, s.unit_id, s.month, s.value, s.baseline, s.uom, s.source, s.note, $3
from unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::date[], $10::numeric[], $11::numeric[], $12::text[],
  $13::text[], $14::text[]) as s(id, kind, code, name, unit_id, month, value, baseline, uom, source, note)
where not exists (
  select from (
    select t.value, t.baseline, t.name, t.unit_of_measure, t.source, t.note from signal t
    where t.kind = s.kind and t.code = s.code and t.month = s.month and t.unit_id is not distinct from s.unit_id
    order by t.id desc limit 1
  ) last where (last.value, last.name, last.unit_of_measure, last.source, last.note) = (s.value, s.name, s.uom, s.source, s.note)
    and last.baseline is not distinct from s.baseline)
returning id
"""
_NEWEST = """
select distinct on (s.code, s.unit_id) s.code, s.name, s.value::text as value, s.baseline::text as baseline, s.unit_of_measure,
  s.source, s.note, to_char(s.month, 'YYYY-MM') as month, s.unit_id::text as unit_id, u.code as unit_code, s.created_at
from signal s left join org_unit u on u.tenant_id = s.tenant_id and u.id = s.unit_id
where s.kind = $1 and s.month between $2 and $3
  and ($4::uuid is null or s.unit_id is null or s.unit_id in (select descendant_id from org_unit_closure where ancestor_id = $4))
order by s.code, s.unit_id, s.month desc, s.id desc
"""


async def record_signals(actor: Actor, signals: Sequence[NewSignal]) -> int:
    """Record facts, all or none, and return how many were new; what the source said last already is not written again.

    A fact is never changed: a later one for the same code, month and unit takes its place in snapshots to come.
    """
    if not await reaches_whole(actor, Permission.SIGNAL_WRITE):
        raise Forbidden(permission=Permission.SIGNAL_WRITE.value)
    if not 1 <= len(signals) <= MOST:
        raise TooManySignals(field="signals", most=MOST, count=len(signals))
    for place, signal in enumerate(signals):
        _check(place, signal)
    await _check_units(signals)
    made = await execute(_INSERT, actor.tenant_id, now(), actor.membership_id, *_columns(signals))
    await record(
        actor, "signal.record", "signal", made[0]["id"] if made else None, after={"given": len(signals), "new": len(made)}
    )
    return len(made)


async def newest_signals(kind: SignalKind, *, first: date, last: date, unit_id: UUID | None) -> list[dict[str, Any]]:
    """Return what was said last about each code and unit for a month within the days; of a unit, what concerns it."""
    return await fetch(_NEWEST, kind.value, first, last, unit_id)


def _check(place: int, signal: NewSignal) -> None:
    texts = ((signal.code, LONGEST_CODE), (signal.name, LONGEST_NAME), (signal.source, LONGEST_NAME))
    numbers = [number for number in (signal.value, signal.baseline) if number is not None]
    if (
        not all(1 <= len(text.strip()) <= longest for text, longest in texts)
        or len(signal.unit_of_measure) > LONGEST_UNIT
        or len(signal.note) > LONGEST_NOTE
        or not PERIOD.fullmatch(signal.month)
        or not all(_fits(number) for number in numbers)
    ):
        raise SignalInvalid(field=f"signals[{place}]", place=place + 1, code=LONGEST_CODE, name=LONGEST_NAME)
    if signal.kind is SignalKind.FORECAST and signal.baseline is None:
        raise ForecastWithoutBaseline(field=f"signals[{place}].baseline", code=signal.code)


def _fits(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return number.is_finite() and abs(number) < LARGEST and isinstance(exponent, int) and exponent >= -PLACES


async def _check_units(signals: Sequence[NewSignal]) -> None:
    asked = {signal.unit_id for signal in signals if signal.unit_id is not None}
    known = {row["id"] for row in await fetch("select id from org_unit where id = any($1)", list(asked))}
    for place, signal in enumerate(signals):
        if signal.unit_id is not None and signal.unit_id not in known:
            raise NotFound(field=f"signals[{place}].unitId")


def _columns(signals: Sequence[NewSignal]) -> list[list[Any]]:
    return [
        [uuid7() for _ in signals],
        [each.kind.value for each in signals],
        [each.code.strip() for each in signals],
        [each.name.strip() for each in signals],
        [each.unit_id for each in signals],
        [date.fromisoformat(f"{each.month}-01") for each in signals],
        [each.value for each in signals],
        [each.baseline for each in signals],
        [each.unit_of_measure for each in signals],
        [each.source.strip() for each in signals],
        [each.note for each in signals],
    ]
