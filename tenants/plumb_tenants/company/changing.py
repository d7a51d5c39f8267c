"""A company's own settings, name, language and time zone, as its administrators or the operator change them.

Whatever was issued, sealed, closed or pictured keeps the name and the clock under which it was: letters hold the name as text,
terms that were set are instants. What goes by days follows the new time zone from the change on.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from plumb_platform.actor import Actor, system_actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.errors import Refused
from plumb_platform.identity.company_keys import company_of_key
from plumb_platform.permissions import Permission, require
from plumb_tenants.company.checking import check_locale, check_time_zone, checked_name

STEP, FORESEEN = timedelta(minutes=15), timedelta(days=2)
"""Offsets of time zones are multiples of a quarter of an hour; over two days every hour of both places comes."""
_HELD = "select name, locale, time_zone from company for no key update"
_BY_DAYS = """
select (select count(*) from alignment where closes_on >= $1) as alignments,
  (select count(*) from survey where closed_at is null and closes_on >= $1) as surveys,
  (select count(*) from role_assignment where revoked_at is null and (ends_on >= $1 or starts_on > $1))
  + (select count(*) from approval_delegation where revoked_at is null and ends_on >= $1) as roles,
  (select count(*) from definition_version where state = 'PUBLISHED' and effective_from > $1) as versions
"""


class TimeZoneTurnsDay(Refused):
    """Where the date would jump, what ended yesterday would hold again, and what began today would not yet."""

    code = "TIME_ZONE_TURNS_DAY"
    zh = (
        "此刻 {former} 是 {former_day}，{time_zone} 是 {day}：日期不同时更改，会使已结束的期限重新有效、已开始的变为未开始。"
        "请在两地日期相同时更改，最近为 {when}。"
    )
    en = (
        "It is {former_day} in {former} and {day} in {time_zone}: were the zone changed between two dates, what has ended would "
        "hold again, and what has begun would not. Change it while both have one date, next {when}."
    )


class TimeZoneMovesDays(Refused):
    """What ends with a day ends at another hour: whoever changes the zone is told of how much, and says that it is meant."""

    code = "TIME_ZONE_MOVES_DAYS"
    zh = (
        "改为 {time_zone} 后，按天计的期限整体移动 {hours} 小时：目标拉齐 {alignments} 个、调查 {surveys} 个、有期限的角色与委派 "
        "{roles} 个、待生效的配置 {versions} 个。已设定时刻的审批期限与责任书有效期不变。"
        "如确需更改，请以 acceptsMoved（命令行为 --accepts-moved）确认。"
    )
    en = (
        "In {time_zone} all that goes by days moves by {hours} hours: {alignments} alignments, {surveys} surveys, {roles} roles "
        "and delegations with a term, {versions} configurations that are to take effect. Terms of approvals and letters that are "
        "set stay. Say acceptsMoved (--accepts-moved) if that is meant."
    )


@dataclass(frozen=True, slots=True)
class CompanySettings:
    """What is to be changed; None leaves a setting as it is."""

    name: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    accepts_moved: bool = False
    """Whether terms that go by days may move with the time zone."""

    def given(self) -> dict[str, str]:
        """Return what is to hold, by its column; raises CompanyNameInvalid, TextTurned, LocaleUnknown, TimeZoneUnknown."""
        name = None if self.name is None else checked_name(self.name)
        if self.locale is not None:
            check_locale(self.locale)
        if self.time_zone is not None:
            check_time_zone(self.time_zone)
        said = {"name": name, "locale": self.locale, "time_zone": self.time_zone}
        return {column: value for column, value in said.items() if value is not None}


async def update_company(actor: Actor, *, to: CompanySettings) -> dict[str, str]:
    """Change the actor's company and return what changed, as it is now; nothing is written where all is so already.

    Raises CompanyNameInvalid, TextTurned, LocaleUnknown, TimeZoneUnknown, TimeZoneTurnsDay, TimeZoneMovesDays.
    """
    await require(actor, Permission.COMPANY_WRITE)
    given = to.given()
    (held,) = await fetch(_HELD)
    after = {column: value for column, value in given.items() if value != held[column]}
    if not after:
        return {}
    if "time_zone" in after:
        await _refuse_moves(held["time_zone"], after["time_zone"], is_accepted=to.accepts_moved)
    await execute(
        "update company set name = $1, locale = $2, time_zone = $3",
        *(after.get(column, held[column]) for column in ("name", "locale", "time_zone")),
    )
    before = {column: held[column] for column in after}
    await record(actor, "company.update", "company", actor.tenant_id, before=before, after=after)
    return after


async def change_company(key: str, *, to: CompanySettings) -> dict[str, str]:
    """Change a company as the operator; raises CompanyUnknown and what `update_company` raises."""
    tenant_id = await company_of_key(key)
    operator = system_actor(tenant_id, channel="cli")
    async with tenant_transaction(operator):
        return await update_company(operator, to=to)


async def _refuse_moves(former: str, time_zone: str, *, is_accepted: bool) -> None:
    moment = now()
    days = [moment.astimezone(ZoneInfo(zone)).date() for zone in (former, time_zone)]
    if days[0] != days[1]:
        when = next_common_day(moment, former, time_zone)
        said = f"{when.astimezone(ZoneInfo(former)):%Y-%m-%d %H:%M} ({former})" if when else "-"
        places = {"former": former, "time_zone": time_zone, "former_day": days[0], "day": days[1]}
        raise TimeZoneTurnsDay(field="timeZone", when=said, **places)
    hours = hours_between(moment, former, time_zone)
    (moved,) = await fetch(_BY_DAYS, days[0])
    if hours != "+0" and any(moved.values()) and not is_accepted:
        raise TimeZoneMovesDays(field="timeZone", time_zone=time_zone, hours=hours, **moved)


def next_common_day(moment: datetime, former: str, time_zone: str) -> datetime | None:
    """Return the next quarter of an hour at which both places have one date; None where they never do, a day apart."""
    start = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    for step in range(1, FORESEEN // STEP + 1):
        at = start + step * STEP
        if at > moment and at.astimezone(ZoneInfo(former)).date() == at.astimezone(ZoneInfo(time_zone)).date():
            return at
    return None


def hours_between(moment: datetime, former: str, time_zone: str) -> str:
    """Return by how many hours the end of a day comes later, with its sign: from Shanghai to London `+8`, or `+7`."""
    offsets = [moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta() for zone in (former, time_zone)]
    return f"{(offsets[0] - offsets[1]) / timedelta(hours=1):+g}"
