"""The proof that credit conserves orders: REVENUE credit is each order's total to the cent, always (C61, N1)."""

from dataclasses import dataclass
from decimal import Decimal

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.attribution.access import order_scope
from plumb_tenants.attribution.resources import CREDIT, ORDER

# What was given is what the present version of the shares says, in whatever periods it was given.
_RECONCILE = """
select o.currency, o.split_type, count(*)::int as orders, sum(o.amount) as total, sum(given.amount) as credited,
       count(*) filter (where given.amount <> said.amount)::int as unlike,
       count(*) filter (where o.split_type = 'REVENUE' and given.amount <> o.amount)::int as unbalanced
from sales_order o
cross join lateral (
  select coalesce(sum(c.amount), 0) as amount from credit c where c.tenant_id = o.tenant_id and c.order_id = o.id
) given
cross join lateral (
  select coalesce(sum(l.amount), 0) as amount from share_version v, jsonb_to_recordset(v.lines) as l (amount numeric)
  where v.tenant_id = o.tenant_id and v.order_id = o.id and v.number = o.number
) said
where {condition}
group by o.currency, o.split_type order by o.currency, o.split_type
"""


@dataclass(frozen=True, slots=True)
class CreditBalance:
    """Orders of one type and currency: `residual` is total less credit for REVENUE, zero when the law holds.

    `unlike` counts orders whose credit differs from their shares, `unbalanced` REVENUE orders that do not come out even.
    """

    currency: str
    split_type: str
    orders: int
    total: Decimal
    credited: Decimal
    unlike: int
    unbalanced: int

    @property
    def holds(self) -> bool:
        """Return whether nothing was lost and nothing given twice."""
        return not (self.unlike or self.unbalanced)

    @property
    def residual(self) -> Decimal | None:
        """Return what REVENUE credit leaves of the orders; None for types that need not come out even."""
        return self.total - self.credited if self.split_type == "REVENUE" else None


async def reconcile_credit(actor: Actor) -> list[CreditBalance]:
    """Add up all credit of the orders that the actor may read, beside what the orders and their shares say.

    Raises FieldHidden for somebody who may not see the amounts.
    """
    await refuse_hidden(actor, ORDER, ["amount", "currency"])
    await refuse_hidden(actor, CREDIT, ["amount"])
    condition, values = await order_scope(actor, Permission.ORDER_READ)
    return [CreditBalance(**row) for row in await fetch(_RECONCILE.format(condition=condition), *values)]
