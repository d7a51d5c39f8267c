"""Goals for many people at once from a set: each once, whatever is repeated, with those listed who got none (A2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch
from plumb_platform.errors import DomainError, InvalidInput, NotFound
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import placed, sql_scope
from plumb_tenants.access.telling import let_tell
from plumb_tenants.definitions.service import published_version
from plumb_tenants.goals.draft_rules import GoalDraft
from plumb_tenants.goals.drafting import Setting, described, setting_of
from plumb_tenants.goals.goal_set import KIND, GoalOfSet, GoalSet
from plumb_tenants.goals.locking import LockCovers, refuse_locked
from plumb_tenants.goals.rules import GoalState
from plumb_tenants.goals.scoring import count_progress
from plumb_tenants.goals.storage import StoredGoal, store_goals
from plumb_tenants.metrics.service import get_scored_metric
from plumb_tenants.people.access import access_unit
from plumb_tenants.people.resources import PERSON
from plumb_tenants.people.service import refuse_leavers

MOST = 2000
"""People at once."""


class NobodyChosen(InvalidInput):
    """A filter finds somebody."""

    code = "GOAL_SET_FOR_NOBODY"
    zh = "没有符合条件的人员。"
    en = "Nobody fits the filter."


class TooManyChosen(InvalidInput):
    """One mutation carries so many people."""

    code = "GOAL_SET_FOR_TOO_MANY"
    zh = "一次最多为 {most} 人生成目标，符合条件的有 {people} 人，请缩小范围。"
    en = "Goals are made for at most {most} people at once; {people} fit. Narrow the filter."


class PersonLeft(InvalidInput, tells={"name": "Person.name", "number": "Person.number"}):
    """Somebody who left gets no goals."""

    code = "PERSON_LEFT"
    zh = "“{name}”（{number}）已离职。"
    en = "{name} ({number}) has left."


@dataclass(frozen=True, slots=True, kw_only=True)
class ForWhom:
    """Which people get goals: all that is given must hold; `numbers` are employee numbers, each of which is answered for."""

    unit_id: UUID | None = None
    grades: Sequence[str] | None = None
    positions: Sequence[str] | None = None
    numbers: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class NotMade:
    """Somebody, or a goal of the set, that nothing was made for, and why."""

    number: str | None
    key: str | None
    error: DomainError


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of a set: goals made now, those that were there already, and who got none."""

    people: int
    made: Sequence[UUID]
    already: int
    failures: Sequence[NotMade]


_PEOPLE = """
select p.id, p.number, p.name, p.unit_id, p.active, {writable} as writable from person p
where {readable} and ($1::uuid is null or p.unit_id in (select descendant_id from org_unit_closure where ancestor_id = $1))
  and ($2::text[] is null or p.grade = any($2)) and ($3::text[] is null or p.position = any($3))
  and ($4::text[] is null or p.number = any($4)) and ($4::text[] is not null or p.active)
order by p.number limit {most}
"""


async def create_goals_from_set(
    actor: Actor,
    *,
    version_id: UUID,
    cycle_id: UUID,
    people: ForWhom,
    parent_id: UUID | None = None,
    propose: bool = True,
    bypass: str | None = None,
) -> BulkResult:
    """Make each goal of a published set for each person that fits, by one statement; what is there already stays as it is."""
    version = await published_version(actor, version_id, kind=KIND, field="versionId")
    setting = await setting_of(actor, cycle_id, parent_id)
    chosen, failures = await _chosen(actor, people)
    units = {person["unit_id"] for person in chosen}
    await refuse_locked(actor, LockCovers.GOALS, cycle_id=cycle_id, unit_ids=units, bypass=bypass)
    items, wrong = await _items(actor, version.body, setting, chosen)
    state = GoalState.PROPOSED if propose else GoalState.DRAFT
    goals = [_made_for(person, item, setting, str(version.definition_id), state) for person in chosen for item in items]
    made = await store_goals(actor, goals)
    await refuse_leavers({goal.owner_id for goal in goals}, field="people")
    if parent_id is not None and made:
        await count_progress(actor, [parent_id])
    facts = {"set": version.key, "version_id": str(version.id), "people": len(chosen), "made": len(made)}
    facts |= {"already": len(goals) - len(made), "failures": len(failures) + len(wrong)}
    await record(actor, "goal.create_many", "cycle", cycle_id, after=facts)
    ids = [goal.id for goal in goals if goal.id in made]
    await let_tell(actor, *(each.error for each in (*failures, *wrong)))
    return BulkResult(len(chosen), ids, len(goals) - len(made), [*failures, *wrong])


async def _chosen(actor: Actor, people: ForWhom) -> tuple[list[dict[str, Any]], list[NotMade]]:
    if people.unit_id is not None:
        await access_unit(actor, people.unit_id, Permission.UNIT_READ, field="unitId")
    given = (people.unit_id, people.grades, people.positions, people.numbers)
    readable, values = await sql_scope(actor, Permission.PERSON_READ, PERSON, alias="p", first=5)
    place = placed(Permission.GOAL_WRITE, own=("{row}.id",), unit="{row}.unit_id")
    writable, more = await sql_scope(actor, Permission.GOAL_WRITE, place, alias="p", first=5 + len(values))
    sql = _PEOPLE.format(readable=readable, writable=writable, most=MOST + 1)
    rows = await fetch(sql, *(list(each) if isinstance(each, list | tuple) else each for each in given), *values, *more)
    if len(rows) > MOST:
        raise TooManyChosen(field="people", most=MOST, people=f"{MOST}+")
    known = {row["number"] for row in rows}
    failures = [NotMade(number, None, NotFound(field="numbers")) for number in people.numbers or () if number not in known]
    for row in rows:
        if not row["writable"]:
            failures.append(NotMade(row["number"], None, NotFound(field="numbers")))
        elif not row["active"]:
            failures.append(
                NotMade(row["number"], None, PersonLeft(field="numbers", row=row["id"], name=row["name"], number=row["number"]))
            )
    if not rows and not failures:
        raise NobodyChosen(field="people")
    return [row for row in rows if row["writable"] and row["active"]], failures


async def _items(
    actor: Actor, body: GoalSet, setting: Setting, chosen: Sequence[Mapping[str, Any]]
) -> tuple[list[GoalOfSet], list[NotMade]]:
    """Return the goals that can be made here; one that does not fit its parent, level or metric is listed."""
    items, wrong = [], []
    for item in body.goals:
        try:
            if item.metric_key is not None:
                await get_scored_metric(actor, item.metric_key, field="metricKey")
            for person in chosen[:1]:
                _made_for(person, item, setting, "", GoalState.DRAFT)
        except DomainError as error:
            wrong.append(NotMade(None, item.key, error))
        else:
            items.append(item)
    return items, wrong


def _made_for(person: Mapping[str, Any], item: GoalOfSet, setting: Setting, set_id: str, state: GoalState) -> StoredGoal:
    draft, origin = _draft(item, setting, person["id"]), f"{set_id}:{item.key}:{setting.cycle.id}:{person['id']}"
    return described(draft, setting, uuid7(), person["unit_id"], origin=origin, state=state)


def _draft(item: GoalOfSet, setting: Setting, owner_id: UUID) -> GoalDraft:
    return GoalDraft(
        cycle_id=setting.cycle.id,
        owner_id=owner_id,
        parent_id=setting.parent.id if setting.parent else None,
        **{name: getattr(item, name) for name in GoalOfSet.model_fields if name != "key"},
    )
