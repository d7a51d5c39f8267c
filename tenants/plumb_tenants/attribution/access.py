"""The only way to an order, a bonus period or a dispute: checked against the actor's reach."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission, reaches_whole
from plumb_tenants.access.scope import placed, sql_scope
from plumb_tenants.attribution.dispute_resource import DISPUTE
from plumb_tenants.attribution.models import BonusPeriod, Dispute, SalesOrder
from plumb_tenants.attribution.resources import CREDIT, ORDER

_CHANGED = replace(ORDER, own=())
_ORDER = "select true from sales_order o where o.id = $1 and "
_THROUGH_CREDIT = "exists (select from credit c where c.tenant_id = o.tenant_id and c.order_id = o.id and {})"
_DISPUTE = "select true from dispute d where d.id = $1 and "


async def order_scope(actor: Actor, permission: Permission, *, first: int = 1) -> tuple[str, list[Any]]:
    """Return the condition on `sales_order o` for what the permission reaches: by unit, by owner, or by a share in it."""
    through_order, values = await sql_scope(actor, permission, ORDER, alias="o", first=first)
    party = placed(permission, own=CREDIT.own, unit=CREDIT.unit)
    through_credit, more = await sql_scope(actor, permission, party, alias="c", first=first + len(values))
    return f"({through_order} or {_THROUGH_CREDIT.format(through_credit)})", values + more


async def access_order(
    actor: Actor, order_id: UUID, permission: Permission = Permission.ORDER_READ, *, lock: bool = False, field: str = "orderId"
) -> SalesOrder:
    """Return an order that the permission reaches; `lock` keeps others from changing it until the commit.

    An unknown, a foreign and an unreachable id raise the same NotFound. Changing goes by the order's unit alone: a manager
    whose people have a share in another unit's order reads it and does not change it.
    """
    if lock:
        condition, values = await sql_scope(actor, permission, _CHANGED, alias="o", first=2)
    else:
        condition, values = await order_scope(actor, permission, first=2)
    if not await fetch_value(_ORDER + condition, order_id, *values):
        raise NotFound(field=field)
    rows = SalesOrder.filter(id=order_id)
    return await (rows.select_for_update(no_key=True) if lock else rows).get()


async def access_period(
    actor: Actor, period_id: UUID, permission: Permission = Permission.PERIOD_READ, *, lock: bool = False, field: str = "periodId"
) -> BonusPeriod:
    """Return a bonus period of the company; it belongs to no person and no unit, so only COMPANY reaches it."""
    rows = BonusPeriod.filter(id=period_id)
    reaches = await reaches_whole(actor, permission)
    found = await (rows.select_for_update(no_key=True) if lock else rows).first() if reaches else None
    if found is None:
        raise NotFound(field=field)
    return found


async def access_dispute(
    actor: Actor, dispute_id: UUID, permission: Permission = Permission.DISPUTE_READ, *, lock: bool = False
) -> Dispute:
    """Return a dispute: OWN reaches what one opened, a unit's scope the disputes about its orders."""
    condition, values = await sql_scope(actor, permission, DISPUTE, alias="d", first=2)
    if not await fetch_value(_DISPUTE + condition, dispute_id, *values):
        raise NotFound(field="disputeId")
    rows = Dispute.filter(id=dispute_id)
    return await (rows.select_for_update(no_key=True) if lock else rows).get()
