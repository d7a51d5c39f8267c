"""Links between goals: one supports another or depends on it, across units; seen as far as both of them are (C55)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch, fetch_value, take_lock
from plumb_platform.errors import InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission, grants_of
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.goals.access import access_goal
from plumb_tenants.goals.models import GoalLink
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.goals.rules import is_text
from plumb_tenants.people.access import access_unit


class LinkKind(StrEnum):
    """What the first goal of a link is to the second."""

    SUPPORTS = "SUPPORTS"
    DEPENDS_ON = "DEPENDS_ON"


class LinkToItself(InvalidInput):
    """A link is between two goals."""

    code = "LINK_TO_ITSELF"
    zh = "目标不能关联自身。"
    en = "A goal is not linked to itself."


class LinkTwice(Refused):
    """A link is made once."""

    code = "LINK_TWICE"
    zh = "该关联已存在。"
    en = "The link is there already."


class DependencyRing(InvalidInput, tells={"title": "Goal.title"}):
    """Goals that wait for each other in a ring are never met."""

    code = "DEPENDENCY_RING"
    zh = "目标“{title}”已（间接）依赖于该目标，不能形成循环依赖。"
    en = "The goal {title} depends on this one already, directly or through others; a ring of dependencies is refused."


class LinkNoteInvalid(InvalidInput):
    """A note says something and fits."""

    code = "LINK_NOTE_INVALID"
    zh = "关联说明须为 1 到 200 个字符。"
    en = "The note of a link has 1 to 200 characters."


@dataclass(frozen=True, slots=True)
class LinkedGoal:
    """One end of a link, as its reader may see it."""

    id: UUID
    title: str
    unit_id: UUID
    unit_name: str


@dataclass(frozen=True, slots=True)
class SeenLink:
    """A link whose two goals its reader may read."""

    id: UUID
    kind: LinkKind
    note: str | None
    source: LinkedGoal
    target: LinkedGoal


@dataclass(frozen=True, slots=True)
class LinkView:
    """The links of a unit; `hidden` counts those that the reader may not see, None for who may not know even that."""

    links: Sequence[SeenLink]
    hidden: int | None


_DEPENDS = """
with recursive needed as (
  select to_id from goal_link where from_id = $1 and kind = 'DEPENDS_ON'
  union
  select l.to_id from needed n join goal_link l on l.from_id = n.to_id and l.kind = 'DEPENDS_ON'
)
select exists (select from needed where to_id = $2)
"""
_VIEW = """
select l.id, l.kind, l.note, ({seen_f}) and ({seen_t}) as seen, f.id as f_id, f.title as f_title, f.unit_id as f_unit_id,
  fu.name as f_unit_name, t.id as t_id, t.title as t_title, t.unit_id as t_unit_id, tu.name as t_unit_name
from goal_link l
join goal f on f.tenant_id = l.tenant_id and f.id = l.from_id join org_unit fu on fu.id = f.unit_id
join goal t on t.tenant_id = l.tenant_id and t.id = l.to_id join org_unit tu on tu.id = t.unit_id
where exists (select from org_unit_closure x where x.ancestor_id = $1 and x.descendant_id in (f.unit_id, t.unit_id))
  and ($2::text is null or l.kind = $2)
order by l.id limit {most}
"""
MOST = 1000


async def link_goals(actor: Actor, *, from_id: UUID, to_id: UUID, kind: LinkKind, note: str | None = None) -> UUID:
    """Say that a goal supports or depends on another, which the actor may read; return the first one's id."""
    source = await access_goal(actor, from_id, Permission.GOAL_WRITE, field="fromId")
    target = await access_goal(actor, to_id, field="toId")
    if source.id == target.id:
        raise LinkToItself(field="toId")
    if note is not None and not is_text(note, longest=200):
        raise LinkNoteInvalid(field="note")
    await take_lock("goal.link")
    if await GoalLink.exists(from_id=source.id, to_id=target.id, kind=kind.value):
        raise LinkTwice(field="toId")
    if kind is LinkKind.DEPENDS_ON and await fetch_value(_DEPENDS, target.id, source.id):
        raise DependencyRing(field="toId", row=target.id, title=target.title)
    await GoalLink.create(
        from_id=source.id,
        to_id=target.id,
        kind=kind.value,
        note=note.strip() if note else None,
        created_by=actor.membership_id,
    )
    await record(actor, "goal.link", "goal", source.id, after={"to": str(target.id), "kind": kind.value})
    return source.id


async def unlink_goals(actor: Actor, *, link_id: UUID) -> UUID:
    """Take a link away and return the id of its first goal, which the actor may write."""
    link = await GoalLink.get_or_none(id=link_id)
    if link is None:
        raise NotFound(field="linkId")
    source = await access_goal(actor, link.from_id, Permission.GOAL_WRITE, field="linkId")
    if not await GoalLink.filter(id=link.id).delete():
        # Somebody else took it away meanwhile.
        raise NotFound(field="linkId")
    await record(actor, "goal.unlink", "goal", source.id, before={"to": str(link.to_id), "kind": link.kind})
    return source.id


async def link_view(actor: Actor, *, unit_id: UUID, kind: LinkKind | None = None) -> LinkView:
    """Return the links that lead out of or into a unit or one below it, with both goals readable; one statement (C55)."""
    await refuse_hidden(actor, GOAL, ["title", "unitId"])
    await access_unit(actor, unit_id, Permission.UNIT_READ, field="unitId")
    seen_f, values = await sql_scope(actor, Permission.GOAL_READ, GOAL, alias="f", first=3)
    seen_t, more = await sql_scope(actor, Permission.GOAL_READ, GOAL, alias="t", first=3 + len(values))
    sql = _VIEW.format(seen_f=seen_f, seen_t=seen_t, most=MOST)
    rows = await fetch(sql, unit_id, kind.value if kind else None, *values, *more)
    may_count = (await grants_of(actor)).allows(Permission.LINK_COUNT)
    hidden = sum(1 for row in rows if not row["seen"]) if may_count else None
    return LinkView([_seen(row) for row in rows if row["seen"]], hidden)


def _seen(row: dict[str, Any]) -> SeenLink:
    ends = [LinkedGoal(*(row[f"{end}_{name}"] for name in ("id", "title", "unit_id", "unit_name"))) for end in "ft"]
    return SeenLink(row["id"], LinkKind(row["kind"]), row["note"], *ends)
