"""Telling people something once, and what they have read."""

from collections.abc import Collection, Mapping
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import Write, execute, fetch, write_alone
from plumb_platform.errors import InvalidInput, NotFound
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission, require
from plumb_platform.telling import Sentence, in_languages, told_by
from plumb_tenants.access.telling import let_reader_tell, let_tell

LONGEST = 500
MOST_AT_ONCE = 500


class TooManyMessages(InvalidInput):
    """A list of ids has a length that one statement carries."""

    code = "MESSAGES_TOO_MANY"
    zh = "一次最多标记 {most} 条消息。"
    en = "Mark at most {most} messages at once."


_SEND = """
insert into message (tenant_id, id, created_at, person_id, membership_id, kind, object_type, object_id, zh, en, told, once)
select $1, sent.id, $2, sent.person_id, sent.membership_id, $3, $4, $5, sent.zh, sent.en, sent.told::jsonb, $6
from unnest($7::uuid[], $8::uuid[], $9::uuid[], $10::text[], $11::text[], $12::text[])
  as sent(id, person_id, membership_id, zh, en, told)
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
    reads no more than they may see both when they are told and when they read it.
    """
    known = await fetch(_MEMBERS, list(set(members))) if members else []
    persons = sorted({*people, *(row["person_id"] for row in known if row["person_id"] is not None)})
    others = [row["id"] for row in known if row["person_id"] is None]
    to = [*((person, None) for person in persons), *((None, member) for member in others)]
    await let_tell(None, said)
    without = {locale: _fitting(text) for locale, text in in_languages(said).items()}
    texts = [await _told(actor, said, without, *each) for each in to]
    sent = await execute(
        _SEND,
        *(actor.tenant_id, now(), kind, object_type, object_id, once),
        *([uuid7() for _ in to], [person for person, _ in to], [member for _, member in to]),
        *([text[place] for text in texts] for place in range(3)),
    )
    return len(sent)


async def _told(
    actor: Actor, said: Sentence, others: Mapping[str, str], person_id: UUID | None, membership_id: UUID | None
) -> tuple[str, str, str | None]:
    """Return a text in zh and en as one person or member may read it, and as JSON what of rows it says."""
    await let_reader_tell(actor, said, membership_id=membership_id, person_id=person_id)
    told = told_by(said, others)
    return _fitting(said.text("zh-CN")), _fitting(said.text("en")), orjson.dumps(told).decode() if told else None


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
