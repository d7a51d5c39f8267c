"""Synced figures about people: recorded by whoever syncs them, read as the latest with its instant (C3)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.errors import InvalidInput, Refused
from plumb_platform.ids import uuid7
from plumb_platform.numbers.allocation import is_modest
from plumb_platform.permissions import Permission, reaches_whole

MOST_VALUES = 5000
FEED = re.compile(r"[a-z][a-z0-9_.-]{0,59}", re.ASCII)
LARGEST = Decimal(10) ** 18
SKEW = timedelta(minutes=5)
"""How far the clock of another system may be ahead of ours."""


class FeedNameInvalid(InvalidInput):
    """A feed has a plain name."""

    code = "FEED_NAME_INVALID"
    zh = "数据源代号“{value}”无效：小写字母开头，最多 60 位小写字母、数字、点、下划线或连字符。"
    en = "The feed {value} is not valid: a small letter, then up to 59 small letters, digits, dots, underscores or hyphens."


class FeedPersonUnknown(InvalidInput):
    """Figures are about the company's own people."""

    code = "FEED_PERSON_UNKNOWN"
    zh = "没有工号为“{number}”的员工。"
    en = "There is no employee with the number {number}."


class FeedValueInvalid(InvalidInput):
    """A figure fits its column."""

    code = "FEED_VALUE_INVALID"
    zh = "数值 {value} 无效：最多 4 位小数，绝对值小于 10^18。"
    en = "The value {value} is not valid: at most 4 decimals, and below 10^18 in size."


class FeedInFuture(InvalidInput):
    """Nothing is known as of tomorrow."""

    code = "FEED_AS_OF_FUTURE"
    zh = "时刻 {value} 晚于当前时间。"
    en = "The instant {value} lies in the future."


class FeedValueTaken(Refused):
    """A figure as of one instant never changes; a correction is a later one."""

    code = "FEED_VALUE_TAKEN"
    zh = "工号 {number} 在该时刻已有数值 {known}；更正请使用更晚的时刻。"
    en = "The employee {number} has the value {known} as of that instant; correct it with a later one."


class FeedTooLarge(InvalidInput):
    """One call records a bounded number of figures."""

    code = "FEED_TOO_LARGE"
    zh = "一次最多记录 {most} 个数值，至少一个。"
    en = "One call records 1 to {most} values."


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure about the employee with a number, as of an instant."""

    number: str
    value: Decimal
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Synced:
    """The latest figure of a feed about a person."""

    value: Decimal
    as_of: datetime


_INSERT = """
insert into feed_value (tenant_id, id, created_at, feed, person_id, value, as_of, recorded_by)
select $1, t.id, $2, $3, t.person, t.value, t.as_of, $4
from unnest($5::uuid[], $6::uuid[], $7::numeric[], $8::timestamptz[]) as t(id, person, value, as_of)
on conflict (tenant_id, feed, person_id, as_of) do nothing returning id
"""
_DIFFERENT = """
select t.place::int as place, v.value from unnest($2::uuid[], $3::numeric[], $4::timestamptz[])
  with ordinality as t(person, value, as_of, place)
join feed_value v on v.feed = $1 and v.person_id = t.person and v.as_of = t.as_of
where v.value <> t.value order by t.place limit 1
"""
_LATEST = """
select distinct on (feed) feed, value, as_of from feed_value
where person_id = $1 and feed = any($2::text[]) order by feed, as_of desc
"""


async def record_fed_values(actor: Actor, *, feed: str, figures: Sequence[Figure]) -> int:
    """Record figures of a feed, all or none, and return how many are new; the same again changes nothing."""
    if not await reaches_whole(actor, Permission.FEED_WRITE):
        return 0
    _check(feed, figures)
    people = await _people(figures)
    columns = [people, [each.value for each in figures], [each.as_of for each in figures]]
    ids = [uuid7() for _ in figures]
    added = await execute(_INSERT, actor.tenant_id, now(), feed, actor.membership_id, ids, *columns)
    different = await fetch(_DIFFERENT, feed, *columns)
    if different:
        place = different[0]["place"] - 1
        number, known = figures[place].number, format(different[0]["value"].normalize(), "f")
        raise FeedValueTaken(field=f"figures[{place}].value", number=number, known=known)
    await record(actor, "feed.record", "feed", None, after={"feed": feed, "added": len(added), "given": len(figures)})
    return len(added)


async def latest_fed(person_id: UUID, feeds: Iterable[str]) -> dict[str, Synced]:
    """Return the latest figure about a person of each feed that has one."""
    wanted = sorted(set(feeds))
    rows = await fetch(_LATEST, person_id, wanted) if wanted else []
    return {row["feed"]: Synced(_plain(row["value"]), row["as_of"]) for row in rows}


def _plain(value: Decimal) -> Decimal:
    """Take the zeros off that the column adds."""
    return Decimal(format(value.normalize(), "f"))


def _check(feed: str, figures: Sequence[Figure]) -> None:
    if not FEED.fullmatch(feed):
        raise FeedNameInvalid(field="feed", value=f"{feed:.60}")
    if not 0 < len(figures) <= MOST_VALUES:
        raise FeedTooLarge(field="figures", most=MOST_VALUES)
    latest = now() + SKEW
    for place, each in enumerate(figures):
        if not is_modest(each.value) or abs(each.value) >= LARGEST or each.value != round(each.value, 4):
            raise FeedValueInvalid(field=f"figures[{place}].value", value=f"{each.value!s:.40}")
        if each.as_of > latest:
            raise FeedInFuture(field=f"figures[{place}].asOf", value=each.as_of.isoformat())


async def _people(figures: Sequence[Figure]) -> list[UUID]:
    numbers = list({each.number for each in figures if "\x00" not in each.number})
    rows = await fetch("select number, id from person where number = any($1::text[])", numbers)
    known = {row["number"]: row["id"] for row in rows}
    for place, each in enumerate(figures):
        if each.number not in known:
            raise FeedPersonUnknown(field=f"figures[{place}].personNumber", number=f"{each.number:.40}")
    return [known[each.number] for each in figures]
