"""Issuing letters: from the confirmed goals of one owner, or for everybody in a cycle who has none yet (C9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, take_lock, tenant_transaction
from plumb_platform.errors import DomainError, InvalidInput, Refused
from plumb_platform.ids import unguessable_on_paper
from plumb_platform.numbers.canonical import canonical_bytes, sha256_hex
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import placed, sql_scope
from plumb_tenants.access.telling import let_tell
from plumb_tenants.company.service import next_number
from plumb_tenants.definitions.service import published_version
from plumb_tenants.goals.access import access_cycle
from plumb_tenants.goals.service import GoalRow, confirmed_versions
from plumb_tenants.letters.chain import Link, chain_of, write_chain
from plumb_tenants.letters.content import Stamp, content_of
from plumb_tenants.letters.definition import KIND
from plumb_tenants.letters.ground import Ground
from plumb_tenants.letters.models import Letter, LetterGoal
from plumb_tenants.letters.printing import printed_letter, refuse_unprintable
from plumb_tenants.letters.rules import LetterState, canonical_content, stored_texts
from plumb_tenants.letters.statements import LIVE
from plumb_tenants.letters.wording import dated, letter_number
from plumb_tenants.people.access import access_person
from plumb_tenants.people.service import Person, get_person

COUNTER = "letter"
MOST_GOALS, MOST_LETTERS = 100, 200
VERIFY_CODE_BITS = 128
ISSUED_FOR = placed(Permission.LETTER_ISSUE, own=("{row}.owner_id",), unit="{row}.unit_id")
"""Where the scope of issuing starts from: the goals that a letter would bind."""


class LetterGoalsInvalid(InvalidInput):
    """A letter binds between one and MOST_GOALS different goals."""

    code = "LETTER_GOALS_INVALID"
    zh = "责任书须包含 1 到 {most} 个互不相同的目标，收到 {count} 个。"
    en = "A letter binds 1 to {most} different goals; {count} were given."


class LetterOneOwner(InvalidInput):
    """A letter is one person's word for one cycle."""

    code = "LETTER_ONE_OWNER"
    zh = "一份责任书的目标须属于同一责任人和同一周期。"
    en = "The goals of one letter belong to one owner and one cycle."


class LetterNeedsManager(Refused, tells={"number": "Person.number", "name": "Person.name"}):
    """A letter has two parties."""

    code = "LETTER_NEEDS_MANAGER"
    zh = "员工 {number} {name} 没有在职的直属上级，无法签发责任书。"
    en = "The employee {number} {name} has no active manager, so that no letter can be issued."


class LetterExists(Refused, tells={"title": "Goal.title", "number": "Letter.number"}):
    """A goal version is bound by one letter at a time."""

    code = "LETTER_EXISTS"
    zh = "目标“{title}”已有责任书 {number}。"
    en = "The goal {title} is bound by the letter {number} already."


@dataclass(frozen=True, slots=True)
class IssuedItem:
    """What became of one owner: the letter, or why there is none."""

    employee_id: UUID
    letter_id: UUID | None = None
    refusal: DomainError | None = None


async def issue_letter(actor: Actor, *, goal_ids: Sequence[UUID], template_version_id: UUID) -> Letter:
    """Write the letter of one owner and fix its content: numbers, texts, number, verify code; nobody has signed yet.

    A live letter of the same owner and cycle over older versions of these goals is superseded by the new one; so is one whose
    sealing was given up (a character that no font covers), once its texts or names were mended.
    """
    return await issue_on(Ground(actor, template_version_id), goal_ids=goal_ids)


async def issue_on(ground: Ground, *, goal_ids: Sequence[UUID], owner_id: UUID | None = None) -> Letter:
    """Issue one letter of an act of many, see `issue_letter`; `owner_id` is whose the goals were when the act began."""
    actor = ground.actor
    goals = await _held_goals(actor, goal_ids, owner_id)
    employee = await _employee_of(actor, goals)
    template = await ground.template()
    manager = await ground.person(employee.manager_id) if employee.manager_id else None
    chain = await chain_of(actor, template.body, employee, _as_manager(manager, employee))
    await ground.ready()
    await _refuse_bound(goals)
    letter = await _write(ground, employee, goals, chain)
    await _supersede(actor, letter, goals)
    return letter


async def hold_letters_of(employee_id: UUID) -> None:
    """Let one issuer at a time work for one person, so that two cannot both find no live letter; who waited reads anew."""
    await take_lock("letter", employee_id)


async def issue_letters(
    actor: Actor, *, cycle_id: UUID, template_version_id: UUID, limit: int = MOST_LETTERS
) -> list[IssuedItem]:
    """Issue a letter to each owner in the cycle who has confirmed goals and no live letter, `limit` owners at most.

    One refusal (no manager, an unconfirmed goal) leaves the others alone; call again while letters come out.
    """
    await access_cycle(actor, cycle_id, field="cycleId")
    await published_version(actor, template_version_id, kind=KIND, field="templateVersionId")
    items, ground = [], Ground(actor, template_version_id)
    for owner_id, goal_ids in await owners_without_letter(actor, cycle_id, limit):
        try:
            async with tenant_transaction(actor):
                letter = await issue_on(ground, goal_ids=goal_ids, owner_id=owner_id)
            items.append(IssuedItem(owner_id, letter_id=letter.id))
        except DomainError as refusal:
            await let_tell(actor, refusal)
            items.append(IssuedItem(owner_id, refusal=refusal))
    return items


async def person_of(actor: Actor, goal_ids: Sequence[UUID]) -> Person:
    """Return whose confirmed goals of one cycle these are, if the actor may issue letters to them; raises why not."""
    return await _employee_of(actor, await _goals_of(actor, goal_ids))


async def _goals_of(actor: Actor, goal_ids: Sequence[UUID]) -> list[GoalRow]:
    if not 1 <= len(set(goal_ids)) == len(goal_ids) <= MOST_GOALS:
        raise LetterGoalsInvalid(field="goalIds", most=MOST_GOALS, count=len(goal_ids))
    return await confirmed_versions(actor, goal_ids)


async def _held_goals(actor: Actor, goal_ids: Sequence[UUID], owner_id: UUID | None) -> list[GoalRow]:
    """Return the goals as they stand once nobody else issues to their owner, so that two cannot both find no live letter."""
    while True:
        if owner_id is not None:
            await hold_letters_of(owner_id)
        goals = await _goals_of(actor, goal_ids)
        if goals[0].owner_id in (owner_id, None):
            return goals
        owner_id = goals[0].owner_id


async def _employee_of(actor: Actor, goals: Sequence[GoalRow]) -> Person:
    owner_id = goals[0].owner_id
    if owner_id is None or len({(goal.owner_id, goal.cycle_id) for goal in goals}) > 1:
        raise LetterOneOwner(field="goalIds")
    return await access_person(actor, owner_id, Permission.LETTER_ISSUE, field="goalIds")


async def manager_of(actor: Actor, employee: Person) -> Person:
    """Return the active manager who signs for the company, or raise LetterNeedsManager."""
    return _as_manager(await get_person(actor, employee.manager_id) if employee.manager_id else None, employee)


def _as_manager(manager: Person | None, employee: Person) -> Person:
    if manager is None or not manager.active or manager.id == employee.id:
        raise LetterNeedsManager(field="goalIds", row=employee.id, number=employee.number, name=employee.name)
    return manager


async def owners_without_letter(actor: Actor, cycle_id: UUID, limit: int) -> list[tuple[UUID, list[UUID]]]:
    """Return the owners in a cycle who have confirmed goals and no live letter, with their goals."""
    condition, values = await sql_scope(actor, Permission.LETTER_ISSUE, ISSUED_FOR, alias="g", first=3)
    rows = await fetch(
        "select g.owner_id, array_agg(g.id order by g.id) as goals from goal g "
        "where g.cycle_id = $1 and g.owner_id is not null and "
        f"{condition} group by g.owner_id having bool_or(g.state = 'CONFIRMED') and not exists ("
        "select from letter l where l.employee_id = g.owner_id and l.cycle_id = $1 "
        f"and {LIVE}) "
        "order by g.owner_id limit $2",
        *(cycle_id, limit, *values),
    )
    return [(row["owner_id"], row["goals"]) for row in rows]


async def _refuse_bound(goals: Sequence[GoalRow]) -> None:
    bound = await fetch(
        "select b.goal_version_id, l.id, l.number from letter_goal b "
        "join letter l on l.tenant_id = b.tenant_id and l.id = b.letter_id "
        f"where b.goal_version_id = any($1::uuid[]) and {LIVE} limit 1",
        [goal.version_id for goal in goals],
    )
    for position, goal in enumerate(goals):
        if bound and goal.version_id == bound[0]["goal_version_id"]:
            of = {"title": goal.id, "number": bound[0]["id"]}
            raise LetterExists(field=f"goalIds[{position}]", row=of, title=goal.title, number=bound[0]["number"])


async def _write(ground: Ground, employee: Person, goals: Sequence[GoalRow], chain: Sequence[Link]) -> Letter:
    actor, template, rules = ground.actor, await ground.template(), await ground.rules()
    where = await ground.where(goals[0].cycle_id, employee.unit_id)
    company, issued_at = where.company, now()
    number = await _number(actor, template.body.number_pattern, issued_at.astimezone(ZoneInfo(company.time_zone)))
    content = await content_of(
        where,
        goals,
        chain,
        template,
        stamp=Stamp(number=number, issued_at=issued_at, verify_code=unguessable_on_paper(VERIFY_CODE_BITS)),
    )
    texts = printed_letter(template.body, content, time_zone=company.time_zone)
    refuse_unprintable(texts)
    canonical = canonical_bytes(canonical_content(content, texts))
    letter = await Letter.create(
        created_at=content.issued_at,
        number=content.number,
        cycle_id=goals[0].cycle_id,
        employee_id=content.employee.id,
        manager_id=content.manager.id,
        unit_id=UUID(content.unit["id"]),
        expires_at=issued_at + timedelta(days=rules.expires_after_days) if rules.expires_after_days else None,
        issued_by=actor.membership_id,
        definition_version_id=template.id,
        state=LetterState.ISSUED.value,
        content=stored_texts(texts),
        canonical=canonical.decode(),
        canonical_sha256=sha256_hex(canonical),
        verify_code=content.verify_code,
    )
    await write_chain(actor, letter, chain)
    await LetterGoal.bulk_create(
        LetterGoal(letter_id=letter.id, goal_id=goal.id, goal_version_id=goal.version_id, ordinal=ordinal)
        for ordinal, goal in enumerate(goals, start=1)
    )
    facts = {"number": letter.number, "employee_id": str(letter.employee_id), "canonical_sha256": letter.canonical_sha256}
    await record(actor, "letter.issue", "letter", letter.id, after=facts)
    return letter


async def _number(actor: Actor, pattern: str, at: datetime) -> str:
    # Counted anew wherever the pattern begins anew, so that a yearly number starts at 1 and none comes twice.
    # Two patterns may write one number (X{seq} and X1{seq}, {seq:6} and {seq:06}): a number that is taken is passed over.
    while True:
        sequence = await next_number(actor, f"{COUNTER}:{dated(pattern, at)}")
        number = letter_number(pattern, at, sequence)
        if not await Letter.exists(number=number):
            return number


async def _supersede(actor: Actor, letter: Letter, goals: Sequence[GoalRow]) -> None:
    rows = await execute(
        "update letter set superseded_by = $1, version = version + 1 where id <> $1 and superseded_by is null "
        "and employee_id = $2 and cycle_id = $3 "
        "and id in (select letter_id from letter_goal where goal_id = any($4::uuid[])) returning id",
        *(letter.id, letter.employee_id, letter.cycle_id, [goal.id for goal in goals]),
    )
    for row in rows:
        await record(actor, "letter.supersede", "letter", row["id"], after={"superseded_by": str(letter.id)})
