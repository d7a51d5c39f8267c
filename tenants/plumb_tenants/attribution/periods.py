"""Bonus periods: opened by month or by dates, closed for ever, and which of them takes a change (A21)."""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch, fetch_value, take_lock
from plumb_platform.errors import Conflict, Forbidden, InvalidInput, Refused
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission, reaches_whole
from plumb_tenants.attribution.access import access_period
from plumb_tenants.attribution.models import BonusPeriod
from plumb_tenants.attribution.statements import CLOSE_LINES
from plumb_tenants.attribution.states import PeriodState
from plumb_tenants.goals.service import is_text

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
LONGEST_DAYS = 366


class PeriodCodeInvalid(InvalidInput):
    """A period's code is short and plain, because it stands in files."""

    code = "PERIOD_CODE_INVALID"
    zh = "奖金期代码“{value}”无效：须为 1 到 40 位字母、数字、点、下划线或连字符。"
    en = "The period code {value} is not valid: 1 to 40 letters, digits, dots, underscores or hyphens."


class PeriodNameInvalid(InvalidInput):
    """The name is there and fits its column."""

    code = "PERIOD_NAME_INVALID"
    zh = "奖金期名称须为 1 到 120 个字符。"
    en = "The name of a bonus period has 1 to 120 characters."


class PeriodMonthInvalid(InvalidInput):
    """A month is written YYYY-MM."""

    code = "PERIOD_MONTH_INVALID"
    zh = "月份“{value}”无效，请写成如 2026-03。"
    en = "The month {value} is not valid; write it such as 2026-03."


class PeriodDatesInvalid(InvalidInput):
    """A period ends after it starts and is not longer than a year."""

    code = "PERIOD_DATES_INVALID"
    zh = "奖金期须从开始日期到不早于它的结束日期，且不超过 {longest} 天；收到 {starts_on} 至 {ends_on}。"
    en = "A bonus period ends on or after its first day and has at most {longest} days; got {starts_on} to {ends_on}."


class PeriodExists(Refused):
    """A code names one period."""

    code = "PERIOD_EXISTS"
    zh = "奖金期代码“{value}”已存在。"
    en = "The period code {value} is taken."


class PeriodsOverlap(Refused):
    """A day belongs to one bonus period, so that no order is paid twice."""

    code = "PERIODS_OVERLAP"
    zh = "与奖金期“{other}”（{starts_on} 至 {ends_on}）重叠。"
    en = "It overlaps the bonus period {other} ({starts_on} to {ends_on})."


class PeriodClosed(Refused):
    """A closed period never changes; what comes late is an adjustment in the open one."""

    code = "PERIOD_CLOSED"
    zh = "奖金期“{period}”已关闭，不可更改；迟到的订单请填写 lateReason，以调整方式登记。"
    en = "The bonus period {period} is closed and never changes; give lateReason to record what comes late as an adjustment."


class PeriodMissing(Refused):
    """An order's day falls into a bonus period."""

    code = "PERIOD_MISSING"
    zh = "{day} 不属于任何奖金期，请先开启该期间。"
    en = "{day} is in no bonus period; open one first."


class NoOpenPeriod(Refused):
    """An adjustment needs an open period after the closed one."""

    code = "NO_OPEN_PERIOD"
    zh = "“{period}”之后没有开启的奖金期，无法登记调整；请先开启一个（openBonusMonth、openBonusPeriod）。"
    en = "No bonus period after {period} is open, so nothing can be adjusted; open one first (openBonusMonth, openBonusPeriod)."


@dataclass(frozen=True, slots=True)
class Period:
    """A bonus period as orders and changes see it."""

    id: UUID
    code: str
    starts_on: date
    ends_on: date
    state: str

    @property
    def is_open(self) -> bool:
        """Return whether credit may still be written into it."""
        return self.state == PeriodState.OPEN


async def open_month(actor: Actor, *, month: str) -> UUID:
    """Open the bonus period of a calendar month (`2026-03`) and return its id."""
    found = MONTH.fullmatch(month)
    if found is None:
        raise PeriodMonthInvalid(field="month", value=f"{month:.40}")
    year, number = int(found[1]), int(found[2])
    if year < 1:
        raise PeriodMonthInvalid(field="month", value=month)
    last = date(year, number, calendar.monthrange(year, number)[1])
    first, name = date(year, number, 1), f"{year} 年 {number} 月"
    try:
        return await open_period(actor, code=month, name=name, starts_on=first, ends_on=last)
    except (PeriodExists, PeriodsOverlap) as error:
        error.field = "month"
        raise


async def open_period(actor: Actor, *, code: str, name: str, starts_on: date, ends_on: date) -> UUID:
    """Open a bonus period over days that no other period holds, both included, and return its id."""
    if not await reaches_whole(actor, Permission.PERIOD_WRITE):
        raise Forbidden(permission=Permission.PERIOD_WRITE.value)
    if not CODE.fullmatch(code):
        raise PeriodCodeInvalid(field="code", value=f"{code:.40}")
    if not is_text(name, longest=120):
        raise PeriodNameInvalid(field="name")
    if not 0 <= (ends_on - starts_on).days < LONGEST_DAYS:
        raise PeriodDatesInvalid(field="endsOn", starts_on=starts_on, ends_on=ends_on, longest=LONGEST_DAYS)
    await take_lock("bonus_period")
    await _refuse_overlap(code, starts_on, ends_on)
    period = await BonusPeriod.create(
        id=uuid7(), code=code, name=name.strip(), starts_on=starts_on, ends_on=ends_on, state=PeriodState.OPEN.value
    )
    facts = {"code": code, "starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
    await record(actor, "period.open", "bonus_period", period.id, after=facts)
    return period.id


async def close_period(actor: Actor, *, period_id: UUID, version: int) -> UUID:
    """Close a period for ever: its credit is written down with the names of this day, and never changes (C61)."""
    period = await access_period(actor, period_id, Permission.PERIOD_CLOSE, lock=True)
    if period.state == PeriodState.CLOSED:
        raise PeriodClosed(field="periodId", period=period.code)
    if period.version != version:
        raise Conflict(current_version=period.version)
    period.line_count = await fetch_value(CLOSE_LINES, period.id)
    period.state, period.closed_at, period.closed_by = PeriodState.CLOSED.value, now(), actor.membership_id
    period.version += 1
    await period.save(update_fields=["state", "closed_at", "closed_by", "line_count", "version"])
    await record(actor, "period.close", "bonus_period", period.id, after={"code": period.code, "lines": period.line_count})
    return period.id


async def locked_periods() -> list[Period]:
    """Return all periods, earliest first; none of them can be closed before the transaction ends."""
    rows = await fetch("select id, code, starts_on, ends_on, state from bonus_period order by starts_on for share")
    return [Period(**row) for row in rows]


def period_at(periods: Sequence[Period], day: date) -> Period:
    """Return the period that a day belongs to, or raise PeriodMissing."""
    found = next((period for period in periods if period.starts_on <= day <= period.ends_on), None)
    if found is None:
        raise PeriodMissing(field="orderedOn", day=day.isoformat())
    return found


def landing_of(periods: Sequence[Period], own: Period) -> Period:
    """Return the period that takes a change: the order's own while it is open, else the next open one (A21)."""
    after = [period for period in periods if period.is_open and period.starts_on >= own.starts_on]
    if not after:
        raise NoOpenPeriod(period=own.code)
    return own if own.is_open else after[0]


async def _refuse_overlap(code: str, starts_on: date, ends_on: date) -> None:
    rows = await fetch(
        "select code, starts_on, ends_on from bonus_period where code = $1 or (starts_on <= $3 and ends_on >= $2) "
        "order by (code = $1) desc, starts_on limit 1",
        *(code, starts_on, ends_on),
    )
    if rows and rows[0]["code"] == code:
        raise PeriodExists(field="code", value=code)
    if rows:
        raise PeriodsOverlap(field="startsOn", other=rows[0]["code"], starts_on=rows[0]["starts_on"], ends_on=rows[0]["ends_on"])
