"""Rolling a version out in waves: a pilot for chosen units, more units from later days, milestones by T+n (C23, C38)."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.errors import InvalidInput, NotFound, Refused
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission
from plumb_tenants.definitions.catalogue import company_today
from plumb_tenants.definitions.models import DefinitionMilestone, DefinitionVersion, DefinitionWave
from plumb_tenants.definitions.reviewing import refuse_unreviewed
from plumb_tenants.definitions.rules import State, check_step
from plumb_tenants.definitions.steps import ask_kind, locked, named, not_before, refuse_faulty, save, step_to

MOST_UNITS, LAST_DAY, LONGEST_NOTE = 1000, 730, 2000


class KindHasNoPilot(Refused):
    """What holds for the whole company at once cannot be tried out in one unit."""

    code = "KIND_HAS_NO_PILOT"
    zh = "“{kind_zh}”对全公司同时生效，不能试运行。"
    en = "The kind {kind} holds for the whole company at once and has no pilot."


class VersionNotPiloted(Refused):
    """Waves belong to a version in pilot."""

    code = "VERSION_NOT_PILOTED"
    zh = "该版本的状态是“{state}”，不是“试运行”。"
    en = "This version is {state}, not PILOT."


class WaveUnitsInvalid(InvalidInput):
    """A wave is for some units, each once."""

    code = "WAVE_UNITS_INVALID"
    zh = "一个批次须包含 1 到 {most} 个不重复的单元。"
    en = "A wave has 1 to {most} units, each once."


class WaveUnitTwice(Refused):
    """A unit joins a roll-out once."""

    code = "WAVE_UNIT_TWICE"
    zh = "单元“{unit}”已在先前批次中。"
    en = "The unit {unit} is in an earlier wave already."


class MilestoneDayInvalid(InvalidInput):
    """Milestones are counted in days from T+0."""

    code = "MILESTONE_DAY_INVALID"
    zh = "里程碑须为 T+0 到 T+{last}，达成日期不得晚于今天，备注最多 {longest} 个字符。"
    en = "A milestone is one of T+0 to T+{last}, reached no later than today, with a note of at most {longest} characters."


class MilestoneStartMissing(Refused):
    """All other milestones are counted from T+0."""

    code = "MILESTONE_START_MISSING"
    zh = "请先登记 T+0。"
    en = "Record T+0 first."


class MilestoneRecorded(Refused):
    """A milestone is reached once."""

    code = "MILESTONE_RECORDED"
    zh = "T+{day} 已登记，达成日期为 {reached_on}。"
    en = "T+{day} is recorded already, as reached on {reached_on}."


async def start_pilot(
    actor: Actor, version_id: UUID, *, version: int, unit_ids: Sequence[UUID], starts_on: date | None = None
) -> DefinitionVersion:
    """Give a draft, reviewed where the company says so, to chosen units and all below them; its body never changes again."""
    row = await locked(actor, version_id, Permission.DEFINITION_PUBLISH, version)
    check_step(State(row.state), State.PILOT)
    kind, step = await step_to(row, State.PILOT)
    refuse_faulty(kind, step.body)
    if not kind.pilots:
        raise KindHasNoPilot(kind=kind.name, kind_zh=kind.zh)
    await refuse_unreviewed(actor, row, kind)
    await ask_kind(actor, kind, step)
    earliest = await kind.earliest(actor, row.id)
    row.effective_from = not_before(earliest, starts_on, otherwise=await company_today(actor))
    row.state, row.published_at = State.PILOT.value, now()
    await save(row)
    await _add_units(actor, row, unit_ids, row.effective_from)
    await kind.after_step(actor, step)
    after = named(row, row.effective_from) | {"units": [str(each) for each in unit_ids]}
    await record(actor, "definition.pilot", "definition_version", row.id, after=after)
    return row


async def add_wave(
    actor: Actor, version_id: UUID, *, unit_ids: Sequence[UUID], starts_on: date | None = None
) -> DefinitionVersion:
    """Give a version in pilot to more units, from today or from the given day."""
    row = await locked(actor, version_id, Permission.DEFINITION_PUBLISH, None)
    if row.state != State.PILOT:
        raise VersionNotPiloted(state=State(row.state))
    day = max(starts_on or await company_today(actor), row.effective_from or date.min)
    number = await _add_units(actor, row, unit_ids, day)
    after = {"wave": number, "starts_on": day.isoformat(), "units": [str(each) for each in unit_ids]}
    await record(actor, "definition.wave", "definition_version", row.id, after=after)
    return row


async def record_milestone(
    actor: Actor, version_id: UUID, *, day: int, reached_on: date | None = None, note: str = ""
) -> DefinitionVersion:
    """Record that T+`day` of a roll-out was reached, today or on the given day; T+0 comes first and the others count from it."""
    row = await locked(actor, version_id, Permission.DEFINITION_PUBLISH, None)
    today = await company_today(actor)
    reached = reached_on or today
    if not 0 <= day <= LAST_DAY or reached > today or len(note) > LONGEST_NOTE:
        raise MilestoneDayInvalid(field="day", last=LAST_DAY, longest=LONGEST_NOTE)
    known = {each.day: each for each in await DefinitionMilestone.filter(definition_version_id=row.id)}
    if day in known:
        raise MilestoneRecorded(field="day", day=day, reached_on=known[day].reached_on.isoformat())
    if day > 0 and 0 not in known:
        raise MilestoneStartMissing(field="day")
    await DefinitionMilestone.create(
        definition_version_id=row.id, day=day, reached_on=reached, note=note, recorded_by=actor.membership_id
    )
    after = {"day": day, "reached_on": reached.isoformat()}
    await record(actor, "definition.milestone", "definition_version", row.id, after=after)
    return row


async def _add_units(actor: Actor, row: DefinitionVersion, unit_ids: Sequence[UUID], starts_on: date) -> int:
    """Write the next wave and return its number."""
    if not 1 <= len(unit_ids) <= MOST_UNITS or len(set(unit_ids)) != len(unit_ids):
        raise WaveUnitsInvalid(field="unitIds", most=MOST_UNITS)
    units = {each["id"]: each["name"] for each in await fetch("select id, name from org_unit where id = any($1)", list(unit_ids))}
    for place, unit_id in enumerate(unit_ids):
        if unit_id not in units:
            raise NotFound(field=f"unitIds[{place}]")
    waves = await DefinitionWave.filter(definition_version_id=row.id)
    taken = {wave.unit_id for wave in waves}
    for place, unit_id in enumerate(unit_ids):
        if unit_id in taken:
            raise WaveUnitTwice(field=f"unitIds[{place}]", unit=units[unit_id])
    number = max((wave.number for wave in waves), default=0) + 1
    await execute(
        "insert into definition_wave (tenant_id, id, definition_version_id, number, unit_id, starts_on, created_by, created_at) "
        "select $1, n.id, $2, $3, n.unit_id, $4, $5, $6 from unnest($7::uuid[], $8::uuid[]) as n(id, unit_id)",
        *(actor.tenant_id, row.id, number, starts_on, actor.membership_id, now()),
        *([uuid7() for _ in unit_ids], list(unit_ids)),
    )
    return number
