"""Customers and open tasks of somebody who leaves: they pass to a successor; tasks that are done stay with the leaver (C96)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch
from plumb_tenants.definitions.service import company_today
from plumb_tenants.people.holdings import Holding, register

_CUSTOMERS = "select id from customer where owner_id = $1 order by id for no key update"
_TASKS = "select id from task where owner_id = $1 and state = 'OPEN' and ends_on >= $2 order by id for no key update"
_TO = "set owner_id = p.id, unit_id = p.unit_id, version = t.version + 1 from person p where p.id = $2 and t.id = any($1::uuid[])"


async def customers_of(actor: Actor, person_id: UUID) -> list[UUID]:  # noqa: ARG001 - actor first, always
    """Lock and return the customers that a person looks after."""
    return [row["id"] for row in await fetch(_CUSTOMERS, person_id)]


async def pass_customers_on(actor: Actor, ids: list[UUID], successor_id: UUID) -> None:  # noqa: ARG001 - the same
    """Give customers to a successor, in their unit."""
    await execute(f"update customer t {_TO}", ids, successor_id)


async def tasks_of(actor: Actor, person_id: UUID) -> list[UUID]:
    """Lock and return the open tasks of a person whose time has not run out."""
    return [row["id"] for row in await fetch(_TASKS, person_id, await company_today(actor))]


async def pass_tasks_on(actor: Actor, ids: list[UUID], successor_id: UUID) -> None:  # noqa: ARG001 - the same
    """Give open tasks to a successor, with what is done of them."""
    await execute(f"update task t {_TO}", ids, successor_id)


register(Holding("customers", customers_of, pass_customers_on))
register(Holding("tasks", tasks_of, pass_tasks_on))
