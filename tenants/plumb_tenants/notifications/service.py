"""Telling people something once, and what they have read."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import Write, execute, fetch, write_alone
from plumb_platform.errors import InvalidInput, NotFound
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission, require
from plumb_platform.telling import Sentence
from plumb_tenants.access.telling import told_to_all

LONGEST = 500
MOST_AT_ONCE = 500


class TooManyMessages(InvalidInput):
    """A list of ids has a length that one statement carries."""

    code = "MESSAGES_TOO_MANY"
    zh = "一次最多标记 {most} 条消息。"
    en = "Mark at most {most} messages at once."


_SEND = """
insert into message (tenant_id, id, created_at, person_id, membership_id, kind, object_type, object_id, zh, en, told, once)
select $1, sent.id, $2, sent.person_id, sent.membership_id, $3, $4, $5, $10, $11, $12::jsonb, $6
from unnest($7::uuid[], $8::uuid[], $9::uuid[]) as sent(id, person_id, membership_id)
on conflict do nothing returning id
"""
_MEMBERS = "select id, person_id from membership where id = any($1) and active order by id"
# Whether each is the caller's own is asked by the statement that marks them: a round trip less for what people do all day.
_READ = """
mine as (
  select id, read_at from message where (person_id = $2 or membership_id = $3) and {chosen}
), own as (
  select {count} = (select count(*) from mine) as each
), marked as (
  update message set read_at = $1
  where id in (select id from mine where read_at is null) and (select each from own) returning id
)
"""
_MARKED = "(select case when each then (select count(*) from marked) end from own)"
# A list of unknown length, or one that may be none, is planned anew each time, for longer than one message takes to mark.
_READ_ALL = _READ.format(chosen="read_at is null", count="(select count(*) from mine)")
_READ_ONE = _READ.format(chosen="id = $4", count="1")
_READ_SOME = _READ.format(chosen="id = any($4)", count="cardinality($4::uuid[])")


async def notify(
    actor: Actor,
    *,
    people: Collection[UUID] = (),
    members: Collection[UUID] = (),
    kind: str,
    object_type: str,
    object_id: UUID,
    said: Sentence,
    once: str | None = None,
) -> int:
    """Write one message to each person about an object, and return how many were new.

    `members` are told as the people who they are; one who is none, such as an administrator, is told as a member.
    `kind` names the occasion (`letter.reminder`), `object_type` the object's type in the API. Whoever has been sent a message
    with the same `once` gets none. No permission is asked for: telling is part of the act that it tells of; but of rows each
    reads no more than they may see as they read it.
    """
    known = await fetch(_MEMBERS, list(set(members))) if members else []
    persons = sorted({*people, *(row["person_id"] for row in known if row["person_id"] is not None)})
    others = [row["id"] for row in known if row["person_id"] is None]
    to = [*((person, None) for person in persons), *((None, member) for member in others)]
    text, told = await told_to_all(actor, said)
    sent = await execute(
        _SEND,
        *(actor.tenant_id, now(), kind, object_type, object_id, once),
        *([uuid7() for _ in to], [person for person, _ in to], [member for _, member in to]),
        *(_fitting(text["zh-CN"]), _fitting(text["en"]), _kept(told)),
    )
    return len(sent)


async def mark_read(actor: Actor, *, message_ids: Collection[UUID] | None) -> int:
    """Mark the caller's own messages as read, all of them for None, and return how many were unread till now.

    Raises NotFound for an id that is unknown or another's, and marks nothing then.
    """
    await require(actor, Permission.MESSAGE_READ)
    chosen = None if message_ids is None else list(set(message_ids))
    if chosen is not None and len(chosen) > MOST_AT_ONCE:
        raise TooManyMessages(field="ids", most=MOST_AT_ONCE)
    mine = (now(), actor.person_id, actor.membership_id)
    if chosen is None:
        change = Write(_READ_ALL, mine, _MARKED)
    elif len(chosen) == 1:
        change = Write(_READ_ONE, (*mine, chosen[0]), _MARKED)
    else:
        change = Write(_READ_SOME, (*mine, chosen), _MARKED)
    marked: int | None = await write_alone(change)
    if marked is None:
        raise NotFound(field="ids")
    return marked


def _fitting(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _kept(told: dict[str, Any] | None) -> str | None:
    """Return what is kept beside a text as JSON, what it says without values cut as it is itself."""
    if told is None:
        return None
    return orjson.dumps(told | {"others": {locale: _fitting(text) for locale, text in told["others"].items()}}).decode()
