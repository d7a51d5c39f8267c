"""Customers and tasks of a team on a Wednesday: hospitals of a representative, and a week's visits to them."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import fetch_one, tenant_transaction
from plumb_tenants.actions.definition import SHIPPED
from plumb_tenants.actions.rules import Cadence
from plumb_tenants.actions.service import (
    CustomersImported,
    Dispatched,
    NewCustomer,
    NewTask,
    complete_task,
    dispatch_tasks,
    import_customers,
    swap_task,
)
from plumb_tenants.people.service import deactivate_person
from support.companies import CompanyFixture, add_person
from support.metrics_made import publish_body

MONDAY, WEDNESDAY = date(2026, 1, 5), datetime(2026, 1, 7, 4, tzinfo=UTC)


def hospitals(owner_number: str) -> list[NewCustomer]:
    """Return five top hospitals of an owner."""
    facts: dict[str, Any] = {"grade": "三甲", "contact_roles": ("主任", "院长"), "owner_number": owner_number}
    return [NewCustomer(code=f"H{number}", name=f"医院{number}", **facts) for number in range(1, 6)]


HOSPITALS = hospitals("E1")
CLINIC = NewCustomer(code="C1", name="门诊", grade="二级", contact_roles=("主任",), owner_number="E1")


async def bring(actor: Actor, *customers: NewCustomer) -> CustomersImported:
    """Import customers in a transaction of their own."""
    async with tenant_transaction(actor):
        return await import_customers(actor, customers=customers)


def visits(key: str = "E1-2026-W02", **changes: Any) -> NewTask:
    """Return the task of the case study: three visits to directors of top hospitals in a week."""
    facts: dict[str, Any] = {
        "key": key,
        "owner_number": "E1",
        "cadence": Cadence.WEEK,
        "starts_on": MONDAY,
        "action": "visit",
        "quantity": 3,
        "title": "本周需完成3家三甲医院主任级拜访",
        "customer_grade": "三甲",
        "contact_role": "主任",
    }
    return NewTask(**facts | changes)


async def dispatch(actor: Actor, *tasks: NewTask) -> Dispatched:
    """Dispatch tasks on the Wednesday."""
    with clock_at(WEDNESDAY):
        async with tenant_transaction(actor):
            return await dispatch_tasks(actor, tasks=tasks)


async def complete(actor: Actor, task_id: UUID, code: str, *, day: date = MONDAY, role: str = "主任") -> UUID:
    """Complete a task for a customer on the Wednesday."""
    with clock_at(WEDNESDAY):
        async with tenant_transaction(actor):
            return await complete_task(actor, task_id=task_id, customer_code=code, day=day, contact_role=role)


async def swap(
    actor: Actor, task_id: UUID, version: int, quantity: int, *, by: str = "lecture", reason: str = "专家讲座"
) -> UUID:
    """Swap a part of a task on the Wednesday."""
    with clock_at(WEDNESDAY):
        async with tenant_transaction(actor):
            return await swap_task(actor, task_id=task_id, version=version, swap=by, quantity=quantity, reason=reason)


async def task_row(actor: Actor, task_id: UUID) -> dict[str, Any]:
    """Return the numbers of a task."""
    async with tenant_transaction(actor):
        row = await fetch_one("select quantity, done, replaced, counted, state, version from task where id = $1", task_id)
    return row or {}


async def fill_actions(hr: Actor, owner: Actor, number: str) -> None:
    """Leave a customer, a task, its completion and a swap."""
    with clock_at(WEDNESDAY):
        await publish_body(hr, "dispatch", "default", SHIPPED.model_dump(mode="json"))
    await bring(hr, *hospitals(number))
    task = (await dispatch(hr, visits(owner_number=number, quantity=5))).task_ids[0]
    for code in ("H1", "H2", "H3"):
        await complete(owner, task, code)
    await swap(owner, task, 4, 1)


async def fill_leaving(company: CompanyFixture, unit: UUID) -> None:
    """Leave an open handover of somebody who looked after a customer."""
    leaver = await add_person(company, "L1", "周代表", unit=unit)
    await bring(company.admin, NewCustomer(code="L1", name="门诊", owner_number="L1"))
    assert leaver.person_id is not None
    async with tenant_transaction(company.admin):
        await deactivate_person(company.admin, person_id=leaver.person_id, version=1, reason="离职")
