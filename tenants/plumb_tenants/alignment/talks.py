"""Talks: one for each flag, for the direct manager, however often the job runs; closing needs a note (C7)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.errors import Conflict, InvalidInput, Refused
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission
from plumb_platform.permissions.members import members_holding
from plumb_platform.telling import Sentence
from plumb_tenants.alignment.access import access_talk
from plumb_tenants.alignment.board import board_rows
from plumb_tenants.alignment.definition import AlignmentRules
from plumb_tenants.alignment.models import Alignment
from plumb_tenants.alignment.peers import Standing, stand
from plumb_tenants.alignment.resources import TalkState
from plumb_tenants.goals.service import is_text
from plumb_tenants.notifications.service import notify


class TalkNoteMissing(InvalidInput):
    """A talk is closed by what came of it."""

    code = "TALK_NOTE_MISSING"
    zh = "请填写沟通结论（1 到 2000 个字符）。"
    en = "Say what came of the talk, in 1 to 2000 characters."


class TalkClosed(Refused):
    """A talk is closed once."""

    code = "TALK_CLOSED"
    zh = "该沟通任务已完成。"
    en = "The talk is closed already."


_MANAGERS = """
select e.id, m.id as manager_id from person e join person m on m.tenant_id = e.tenant_id and m.id = e.manager_id and m.active
where e.id = any($1::uuid[])
"""
_HEADS = """
select p.id from org_unit_closure c join person p on p.unit_id = c.ancestor_id left join person m on m.id = p.manager_id
where c.descendant_id = $1 and p.active and p.id <> $2 and (m.id is null or not m.active or m.unit_id <> c.ancestor_id)
  and exists (select from person r join org_unit_closure b on b.descendant_id = r.unit_id
    where b.ancestor_id = c.ancestor_id and r.active and r.manager_id = p.id)
order by c.depth, p.number limit 1
"""
_OPEN = """
insert into talk_task (tenant_id, id, created_at, proposal_id, alignment_id, flag, value, peer_mean, person_id, unit_id,
  assignee_id, state, version)
select $1, n.id, $2, p.id, p.alignment_id, n.flag, p.proposed, n.mean, p.person_id, p.unit_id, n.assignee_id, 'OPEN', 1
from unnest($3::uuid[], $4::uuid[], $5::text[], $6::numeric[], $7::uuid[]) as n (id, proposal_id, flag, mean, assignee_id)
join proposal p on p.id = n.proposal_id
on conflict (tenant_id, proposal_id, flag) do nothing returning id, assignee_id, person_id, flag
"""


async def open_talks(actor: Actor, alignment: Alignment, rules: AlignmentRules) -> int:
    """Open one talk for each proposal that stands out, and return how many are new; a second run opens none.

    Without an active direct manager the talk is for the head of the nearest unit above, else for the first who closes talks
    for the whole company: its HR and administrators.
    """
    rows = await board_rows(alignment.id)
    flagged = [row for row in stand(rows, rules) if row.flag is not None]
    opened = await execute(
        _OPEN, actor.tenant_id, now(), [uuid7() for _ in flagged], *_columns(flagged), await _assignees(actor, flagged)
    )
    names = {row.person_id: row.person for row in flagged}
    for talk in opened:
        await _tell(actor, talk, names[talk["person_id"]])
    return len(opened)


async def close_talk(actor: Actor, *, talk_id: UUID, version: int, note: str) -> UUID:
    """Close a talk with what came of it, and return its id."""
    talk = await access_talk(actor, talk_id, Permission.TALK_CLOSE)
    if talk.state == TalkState.CLOSED:
        raise TalkClosed(field="talkId")
    if talk.version != version:
        raise Conflict(current_version=talk.version)
    if not is_text(note, longest=2000):
        raise TalkNoteMissing(field="note")
    talk.state, talk.note, talk.closed_at, talk.closed_by = TalkState.CLOSED.value, note.strip(), now(), actor.membership_id
    talk.version += 1
    await talk.save()
    await record(actor, "talk.close", "talk_task", talk.id, before={"state": "OPEN"}, after={"note": talk.note})
    return talk.id


async def _assignees(actor: Actor, flagged: list[Standing]) -> list[UUID | None]:
    """Return who is to talk about each proposal."""
    found = await fetch(_MANAGERS, [row.person_id for row in flagged])
    managers: dict[UUID, UUID] = {row["id"]: row["manager_id"] for row in found}
    return [managers.get(row.person_id) or await _stand_in(actor, row) for row in flagged]


async def _stand_in(actor: Actor, row: Standing) -> UUID | None:
    heads: list[UUID] = [each["id"] for each in await fetch(_HEADS, row.unit_id, row.person_id)]
    holders = [] if heads else await members_holding(actor, Permission.TALK_CLOSE)
    others = [each.person_id for each in holders if each.person_id not in (None, row.person_id)]
    return next(iter([*heads, *others]), None)


def _columns(flagged: list[Standing]) -> tuple[list[UUID], list[str | None], list[object]]:
    return [row.id for row in flagged], [row.flag for row in flagged], [row.peer_mean for row in flagged]


async def _tell(actor: Actor, talk: dict[str, object], name: str) -> None:
    assignee, talk_id = talk["assignee_id"], talk["id"]
    holders = [] if assignee else await members_holding(actor, Permission.TALK_CLOSE)
    flag = {"LOW": ("过低", "low"), "HIGH": ("过高", "high")}[str(talk["flag"])]
    await notify(
        actor,
        people=[assignee] if assignee else [],  # type: ignore[list-item]  # ids as PostgreSQL gives them
        members=[each.id for each in holders],
        kind="alignment.talk",
        object_type="TalkTask",
        object_id=talk_id,  # type: ignore[arg-type]
        said=Sentence(
            zh="{name} 的目标申报{flag_zh}，请与其一对一沟通并记录结论。",
            en="The proposal of {name} is {flag_en}; talk to them and record what comes of it.",
            tells={"name": "Person.name"},
            row=talk["person_id"],
            name=name,
            flag_zh=flag[0],
            flag_en=flag[1],
        ),
        once=f"talk:{talk_id}",
    )
