"""Cycles: opening the period that goals are set for, and reading the company's periods."""

import re
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute
from plumb_platform.errors import InvalidInput, Refused
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission, require
from plumb_tenants.goals.models import Cycle
from plumb_tenants.goals.rules import LONGEST_CYCLE, is_text, months_of

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)


class CycleCodeInvalid(InvalidInput):
    """A cycle's code is short and plain, because people type it."""

    code = "CYCLE_CODE_INVALID"
    zh = "周期代码“{value}”无效：须为 1 到 40 位字母、数字、点、下划线或连字符。"
    en = "The cycle code {value} is not valid: 1 to 40 letters, digits, dots, underscores or hyphens."


class CycleExists(Refused):
    """A code names one cycle of the company."""

    code = "CYCLE_EXISTS"
    zh = "周期代码“{value}”已存在。"
    en = "The cycle code {value} is taken."


class CyclePeriodInvalid(InvalidInput):
    """A cycle ends after it starts and is not longer than three years."""

    code = "CYCLE_PERIOD_INVALID"
    zh = "周期须从开始日期到不早于它的结束日期，且不超过 {longest} 个月；收到 {starts_on} 至 {ends_on}。"
    en = "A cycle ends on or after its first day and touches at most {longest} months; got {starts_on} to {ends_on}."


class CycleNameInvalid(InvalidInput):
    """The name is there and fits its column."""

    code = "CYCLE_NAME_INVALID"
    zh = "周期名称须为 1 到 120 个字符。"
    en = "The name of a cycle has 1 to 120 characters."


async def create_cycle(actor: Actor, *, code: str, name: str, starts_on: date, ends_on: date) -> Cycle:
    """Open a cycle; both days belong to it."""
    await require(actor, Permission.CYCLE_WRITE)
    if not CODE.fullmatch(code):
        raise CycleCodeInvalid(field="code", value=f"{code:.40}")
    if not is_text(name, longest=120):
        raise CycleNameInvalid(field="name")
    if ends_on < starts_on or len(months_of(starts_on, ends_on)) > LONGEST_CYCLE:
        raise CyclePeriodInvalid(field="endsOn", starts_on=starts_on, ends_on=ends_on, longest=LONGEST_CYCLE)
    made = await execute(
        "insert into cycle (tenant_id, id, created_at, code, name, starts_on, ends_on) values ($1, $2, $3, $4, $5, $6, $7) "
        "on conflict (tenant_id, code) do nothing returning id",
        *(actor.tenant_id, uuid7(), now(), code, name.strip(), starts_on, ends_on),
    )
    if not made:
        raise CycleExists(field="code", value=code)
    cycle = await Cycle.get(id=made[0]["id"])
    period = {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
    await record(actor, "cycle.create", "cycle", cycle.id, after={"code": code, "name": cycle.name, **period})
    return cycle


async def list_cycles(actor: Actor, *, after: UUID | None = None, limit: int = 100) -> list[Cycle]:
    """Return the company's cycles, oldest first, behind the cycle `after`."""
    await require(actor, Permission.CYCLE_READ)
    cycles = Cycle.filter(id__gt=after) if after else Cycle.all()
    return await cycles.order_by("id").limit(limit)


async def cycles_by_id(actor: Actor, cycle_ids: Iterable[UUID]) -> dict[UUID, Cycle]:
    """Return those of the cycles that the company has, by id."""
    await require(actor, Permission.CYCLE_READ)
    return {cycle.id: cycle for cycle in await Cycle.filter(id__in=list(cycle_ids))}
