"""Dispatching tasks: many at once, each key once, linked to the customers they are for, within what a month holds (C35, C19)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, take_lock
from plumb_platform.errors import InvalidInput, NotFound, Refused
from plumb_platform.ids import uuid7
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.actions.definition import DispatchAction, DispatchRules
from plumb_tenants.actions.new_tasks import NewTask, action_of, check_task, digest_of
from plumb_tenants.actions.resources import CUSTOMER
from plumb_tenants.actions.rules import Cadence, TaskState
from plumb_tenants.actions.settings import Settled, rules_for
from plumb_tenants.actions.statements import CUSTOMERS_BY_CODE, CUSTOMERS_OF, INSERT_LINKS, INSERT_TASKS, KNOWN_TASKS, MONTHLY
from plumb_tenants.goals.access import access_goal
from plumb_tenants.metrics.service import Subject, SubjectKind, get_scored_metric, reach_subjects
from plumb_tenants.people.service import people_by_id, refuse_leavers

MOST_TASKS, MOST_LINKS = 5_000, 500
OF_WEEKS = "plan_week/"
"""Keys of tasks that weekly plans become begin so."""


class TasksTooMany(InvalidInput):
    """One dispatch is one transaction."""

    code = "TASKS_TOO_MANY"
    zh = "一次须派发 1 到 {most} 项任务。"
    en = "One dispatch makes 1 to {most} tasks."


class TaskKeyReserved(InvalidInput):
    """The week of a plan becomes a task by itself, and nobody's stands in its place."""

    code = "TASK_KEY_RESERVED"
    zh = "任务键“{key}”以 plan_week/ 开头，仅用于系统由周计划派发的任务，请改用其他键。"
    en = "The key {key} begins with plan_week/, which is for tasks that weekly plans become by themselves; take another."


class TaskCustomersFew(InvalidInput):
    """There must be enough customers for what a task asks."""

    code = "TASK_CUSTOMERS_FEW"
    zh = "符合条件（级别“{grade}”、角色“{role}”）的客户只有 {found} 家，任务需要 {quantity} 家。"
    en = "Only {found} customers have the grade “{grade}” and the role “{role}”; the task needs {quantity}."


class TaskCustomerUnfit(InvalidInput):
    """A customer of a task has its grade and its role."""

    code = "TASK_CUSTOMER_UNFIT"
    zh = "客户“{code}”不存在，或不符合级别“{grade}”、角色“{role}”。"
    en = "The customer {code} is not there, or has not the grade “{grade}” and the role “{role}”."


class TaskDiffers(Refused):
    """A key names one task."""

    code = "TASK_DIFFERS"
    zh = "任务键“{key}”已用于内容不同的任务。"
    en = "The key {key} is that of a task with other content."


class MonthlyItemsOver(Refused):
    """A person has at most so many monthly items when the company says so (C19)."""

    code = "MONTHLY_ITEMS_OVER"
    zh = "工号 {number} 在 {month} 将有 {count} 项月度任务，超过上限 {limit} 项。"
    en = "The employee {number} would have {count} monthly items in {month}, above the limit of {limit}."


@dataclass(frozen=True, slots=True)
class MonthlyWarning:
    """A person who has more monthly items than the rules advise (C19)."""

    owner_number: str
    month: date
    count: int
    limit: int


@dataclass(frozen=True, slots=True)
class Dispatched:
    """The ids of the tasks in their order, how many were new, and what to mind."""

    task_ids: list[UUID]
    created: int
    warnings: list[MonthlyWarning]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A task that passed every check."""

    id: UUID
    given: NewTask
    owner: Subject
    action: DispatchAction
    settled: Settled
    digest: str
    customers: Sequence[UUID]


async def dispatch_tasks(actor: Actor, *, tasks: Sequence[NewTask]) -> Dispatched:
    """Dispatch tasks, all or none; errors name the task (`tasks[3].action`). The same task again is the same task."""
    if not 1 <= len(tasks) <= MOST_TASKS:
        raise TasksTooMany(field="tasks", most=f"{MOST_TASKS:,}")
    for place, each in enumerate(tasks):
        check_task(each, f"tasks[{place}].")
        if each.key.startswith(OF_WEEKS) and "system" not in actor.roles:
            raise TaskKeyReserved(field=f"tasks[{place}].key", key=f"{each.key:.120}")
    owners = await _owners(actor, {each.owner_number for each in tasks})
    # One dispatcher at a time, so that two cannot take one key or fill one month.
    await take_lock("task")
    await _check_links(actor, tasks)
    known = {row["key"]: row for row in await fetch(KNOWN_TASKS, [each.key for each in tasks])}
    ids: list[UUID] = []
    ready: dict[int, _Ready] = {}
    settled = await _settled(actor, owners.values())
    for place, each in enumerate(tasks):
        field = f"tasks[{place}]."
        task = _checked(each, owners.get(each.owner_number), settled, field)
        found = known.setdefault(each.key, {"id": task.id, "digest": task.digest})
        if found["digest"] != task.digest:
            raise TaskDiffers(field=f"{field}key", key=f"{each.key:.120}")
        ids.append(found["id"])
        if found["id"] == task.id:
            ready[place] = await _with_customers(actor, task, field)
    warnings = await _monthly(ready)
    if ready:
        await _store(actor, list(ready.values()))
        await refuse_leavers({each.owner.id for each in ready.values()}, field="tasks")
        content = sha256_hex("\n".join(f"{each.given.key}:{each.digest}" for each in ready.values()).encode())
        await record(actor, "task.dispatch", "task", None, after={"tasks": len(ready), "content_sha256": content})
    return Dispatched(ids, len(ready), warnings)


async def _check_links(actor: Actor, tasks: Sequence[NewTask]) -> None:
    reached: set[UUID] = set()
    for place, each in enumerate(tasks):
        if each.goal_id is not None and each.goal_id not in reached:
            await access_goal(actor, each.goal_id, field=f"tasks[{place}].goalId")
            reached.add(each.goal_id)
    metrics = {each.metric: f"tasks[{place}].metric" for place, each in enumerate(tasks) if each.metric}
    for key, field in metrics.items():
        await get_scored_metric(actor, key, field=field)


async def _owners(actor: Actor, numbers: set[str]) -> dict[str, Subject]:
    """Return the active people among the numbers whom the actor may give tasks, by number."""
    reached = await reach_subjects(actor, {(SubjectKind.PERSON, each) for each in numbers}, Permission.TASK_DISPATCH)
    owners = {code: subject for (kind, code), subject in reached.items() if kind is SubjectKind.PERSON}
    people = await people_by_id(actor, [each.id for each in owners.values()])
    return {code: subject for code, subject in owners.items() if people[subject.id].active}


async def _settled(actor: Actor, owners: Iterable[Subject]) -> dict[UUID, Settled]:
    units = {each.unit_id for each in owners if each.unit_id is not None}
    return {unit_id: await rules_for(actor, unit_id) for unit_id in units}


def _checked(given: NewTask, owner: Subject | None, settled: Mapping[UUID, Settled], field: str) -> _Ready:
    if owner is None or owner.unit_id is None:
        raise NotFound(field=f"{field}ownerNumber")
    rules = settled[owner.unit_id]
    return _Ready(uuid7(), given, owner, action_of(given, rules.rules, field), rules, digest_of(given), ())


async def _with_customers(actor: Actor, task: _Ready, field: str) -> _Ready:
    """Link the customers that the task names and the actor may see, or all of its owner's that have its grade and role."""
    given = task.given
    filters = (given.customer_grade, given.contact_role)
    if given.customer_codes:
        reached, values = await sql_scope(actor, Permission.CUSTOMER_READ, CUSTOMER, alias="c", first=4)
        asked = [code for code in given.customer_codes if "\x00" not in code]
        rows = await fetch(CUSTOMERS_BY_CODE.format(reached), asked, *filters, *values)
        found = {row["code"]: row["id"] for row in rows}
        for place, code in enumerate(given.customer_codes):
            if code not in found:
                shown = {"code": f"{code:.60}", "grade": filters[0], "role": filters[1]}
                raise TaskCustomerUnfit(field=f"{field}customerCodes[{place}]", **shown)
    else:
        rows = await fetch(CUSTOMERS_OF, task.owner.id, *filters, MOST_LINKS)
    customers = [row["id"] for row in rows]
    if len(customers) < given.quantity:
        raise TaskCustomersFew(
            field=f"{field}quantity", grade=filters[0], role=filters[1], found=len(customers), quantity=given.quantity
        )
    return replace(task, customers=customers)


async def _monthly(ready: Mapping[int, _Ready]) -> list[MonthlyWarning]:
    """Return whose months hold more items than the rules advise; where they forbid it, refuse the first task too many."""
    items = {place: each for place, each in ready.items() if each.given.cadence is Cadence.MONTH}
    fresh = Counter((each.owner.id, each.given.starts_on) for each in items.values())
    rows = await fetch(MONTHLY, [key[0] for key in fresh], [key[1] for key in fresh]) if fresh else []
    stored = {(row["owner_id"], row["starts_on"]): row["count"] for row in rows}
    warnings: dict[tuple[UUID, date], MonthlyWarning] = {}
    seen: Counter[tuple[UUID, date]] = Counter()
    for place, each in items.items():
        month = (each.owner.id, each.given.starts_on)
        rules: DispatchRules = each.settled.rules
        seen[month] += 1
        if stored.get(month, 0) + seen[month] <= rules.monthly_limit:
            continue
        count = stored.get(month, 0) + fresh[month]
        if rules.is_hard_limit:
            shown = {"number": each.given.owner_number, "count": count, "limit": rules.monthly_limit}
            raise MonthlyItemsOver(field=f"tasks[{place}]", month=f"{month[1]:%Y-%m}", **shown)
        warnings[month] = MonthlyWarning(each.given.owner_number, month[1], count, rules.monthly_limit)
    return list(warnings.values())


async def _store(actor: Actor, ready: Sequence[_Ready]) -> None:
    given = [each.given for each in ready]
    await execute(
        INSERT_TASKS,
        *(actor.tenant_id, now(), TaskState.OPEN.value),
        *([each.id for each in ready], [each.key for each in given], [each.digest for each in ready]),
        *([each.owner.id for each in ready], [each.owner.unit_id for each in ready]),
        *([getattr(each, name) for each in given] for name in ("goal_id", "metric")),
        [each.cadence.value for each in given],
        *([getattr(each, name) for each in given] for name in ("starts_on", "ends_on", "action")),
        [each.given.title or f"{each.action.name} {each.given.quantity}" for each in ready],
        [each.action.is_key for each in ready],
        *([getattr(each, name) for each in given] for name in ("quantity", "customer_grade", "contact_role")),
        [each.settled.version_id for each in ready],
    )
    links = [(each.id, customer) for each in ready for customer in each.customers]
    await execute(INSERT_LINKS, actor.tenant_id, *_columns(links))


def _columns(links: Sequence[tuple[UUID, UUID]]) -> tuple[list[UUID], list[UUID]]:
    return [task for task, _ in links], [customer for _, customer in links]
