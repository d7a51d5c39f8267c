"""Completing a task customer by customer, and swapping a part of it for acts of high value (C35, C36)."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch_value
from plumb_platform.errors import Conflict, InvalidInput, of_row
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission
from plumb_tenants.actions.access import access_task
from plumb_tenants.actions.models import Task
from plumb_tenants.actions.rules import Standing, counted, credited, replaced_by, score, state_of
from plumb_tenants.actions.settings import rules_at
from plumb_tenants.actions.statements import COMPLETE, LINKED, SWAP
from plumb_tenants.definitions.service import company_today
from plumb_tenants.goals.rules import is_text


class NotOfTask(InvalidInput):
    """A task is done for its own customers."""

    code = "CUSTOMER_NOT_OF_TASK"
    zh = "客户“{code}”不在该任务的客户名单中。"
    en = "The customer {code} is not among those of the task."


class RoleNotOfTask(InvalidInput, tells={"wanted": "Task.contactRole"}):
    """A task that asks for a role is done with somebody of that role."""

    code = "CONTACT_ROLE_NOT_OF_TASK"
    zh = "该任务要求的对象角色是“{wanted}”，填写的是“{role}”。"
    en = "The task asks for the role “{wanted}”, not “{role}”."


class CompletionDayInvalid(InvalidInput):
    """What is done for a task is done in its time, and not before it happens."""

    code = "COMPLETION_DAY_INVALID"
    zh = "日期 {day} 不在任务期间 {starts_on} 至 {ends_on} 内，或晚于今天。"
    en = "The day {day} is not within the task, {starts_on} to {ends_on}, or is to come."


class SwapNotOffered(InvalidInput):
    """What may be swapped is said by the dispatch rules."""

    code = "SWAP_NOT_OFFERED"
    zh = "派发规则不允许用“{swap}”置换动作“{action}”。"
    en = "The dispatch rules offer no {swap} in place of {action}."


class SwapReasonMissing(InvalidInput):
    """A swap says what was done instead."""

    code = "SWAP_REASON_MISSING"
    zh = "须说明置换内容（1 到 1000 个字符）。"
    en = "Say in 1 to 1000 characters what was done instead."


class NoteInvalid(InvalidInput):
    """A note is short."""

    code = "TASK_NOTE_INVALID"
    zh = "备注最多 1000 个字符。"
    en = "A note has at most 1000 characters."


async def complete_task(
    actor: Actor, *, task_id: UUID, customer_code: str, day: date, contact_role: str = "", note: str = ""
) -> UUID:
    """Record that a task was done for a customer; the same customer again changes nothing: distinct customers count (C35)."""
    task = await access_task(actor, task_id, Permission.TASK_COMPLETE, lock=True)
    customer = await fetch_value(LINKED, task.id, customer_code)
    if customer is None:
        raise NotOfTask(field="customerCode", code=f"{customer_code:.60}")
    if task.contact_role not in ("", contact_role):
        raise RoleNotOfTask(field="contactRole", row=task.id, wanted=task.contact_role, role=f"{contact_role:.60}")
    if not task.starts_on <= day <= min(task.ends_on, await company_today(actor)):
        raise CompletionDayInvalid(field="day", day=day, starts_on=task.starts_on, ends_on=task.ends_on)
    if note and not is_text(note, longest=1000):
        raise NoteInvalid(field="note")
    values = (task.id, customer, contact_role, day, note, actor.membership_id)
    if await execute(COMPLETE, actor.tenant_id, uuid7(), now(), *values):
        await _move(task, done=1)
        after = {"customer": customer_code, "day": day.isoformat(), "done": task.done, "of": task.quantity}
        await record(actor, "task.complete", "task", task.id, after=after)
    return task.id


async def swap_task(actor: Actor, *, task_id: UUID, version: int, swap: str, quantity: int, reason: str) -> UUID:
    """Replace a part of a task by acts of high value, once its base quantity is done; the rate of the rules is kept with it."""
    task = await access_task(actor, task_id, Permission.TASK_COMPLETE, lock=True)
    if task.version != version:
        raise Conflict(current_version=task.version)
    if not is_text(reason, longest=1000):
        raise SwapReasonMissing(field="reason")
    rule = (await rules_at(actor, task.definition_version_id)).swap(swap, task.action)
    if rule is None:
        raise SwapNotOffered(field="swap", swap=f"{swap:.40}", action=task.action)
    with of_row(task.id):
        replaced = replaced_by(
            standing_of(task), acts=quantity, rate=rule.rate, base_percent=rule.base_percent, most_percent=rule.most_percent
        )
    credit = credited(replaced, rule.credit_percent)
    before = _said(task)
    values = (task.id, swap, quantity, rule.rate, replaced, credit, reason.strip(), actor.membership_id)
    await execute(SWAP, actor.tenant_id, uuid7(), now(), *values)
    await _move(task, replaced=replaced, credit=credit)
    after = _said(task) | {"swap": swap, "acts": quantity, "rate": str(rule.rate), "reason": reason.strip()}
    await record(actor, "task.swap", "task", task.id, before=before, after=after)
    return task.id


def standing_of(task: Task) -> Standing:
    """Return where a task stands."""
    return Standing(task.quantity, task.done, task.replaced, task.credited)


def _said(task: Task) -> dict[str, object]:
    """Return what the audit chain says of a task: a swap adds to the score and leaves the base part as it was."""
    standing, points = standing_of(task), score(standing_of(task))
    return {
        "done": standing.done,
        "replaced": standing.replaced,
        "base_score": str(points.base),
        "swapped_score": str(points.swapped),
    }


async def _move(task: Task, *, done: int = 0, replaced: int = 0, credit: Decimal = Decimal(0)) -> None:
    task.done += done
    task.replaced += replaced
    task.credited += credit
    task.counted = counted(standing_of(task))
    task.state = state_of(standing_of(task)).value
    task.version += 1
    await task.save(update_fields=["done", "replaced", "credited", "counted", "state", "version"])
