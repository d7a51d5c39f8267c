"""Credit rolled up to managers and to units: an order counts once, through however many of their people it came (A20)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.access.scope import placed, sql_scope
from plumb_tenants.attribution.access import access_period
from plumb_tenants.attribution.resources import CREDIT, SHARE_VERSION

_MANAGER = placed(Permission.CREDIT_READ, own=("{row}.id",), unit="{row}.unit_id")
_UNIT = placed(Permission.CREDIT_READ, unit="{row}.id")
# Who stands above whom: a manager's own share counts for them too, and a ring of managers ends by itself (union).
_MANAGERS = """
start as (
  select l.line, l.order_id, l.amount, l.earlier, l.manager_id as id from lines l where l.manager_id is not null
  union
  select l.line, l.order_id, l.amount, l.earlier, l.person_id from lines l
  where exists (select from person s where s.manager_id = l.person_id)
), receivers as (
  select * from start
  union
  select r.line, r.order_id, r.amount, r.earlier, p.manager_id from receivers r join person p on p.id = r.id
  where p.manager_id is not null
)"""
_UNITS = """
receivers as (
  select l.line, l.order_id, l.amount, l.earlier, x.ancestor_id as id from lines l
  join org_unit_closure x on x.descendant_id = l.unit_id
)"""
# What one gets of an order in a period is what came through one's people up to its end, the order's amount at most, less the
# same up to its start: so an adjustment of an overlay never gives an order twice either.
_ROLL_UP = """
with recursive lines as (
  select c.id as line, c.order_id, c.person_id, c.manager_id, c.unit_id, c.amount, b.starts_on < own.starts_on as earlier
  from credit c
  join bonus_period b on b.tenant_id = c.tenant_id and b.id = c.period_id
  join bonus_period own on own.id = $1
  where b.starts_on <= own.starts_on and c.person_id is not null
    and c.order_id in (select order_id from credit where period_id = $1)
), {receivers}, through as (
  select id, order_id, sum(amount) as now, coalesce(sum(amount) filter (where earlier), 0) as before
  from receivers group by id, order_id
), once as (
  select t.id, t.order_id,
         case when a.now >= 0 then least(a.now, t.now) else greatest(a.now, t.now) end
         - case when coalesce(a.before, 0) >= 0 then least(coalesce(a.before, 0), t.before)
                else greatest(a.before, t.before) end as amount
  from through t
  -- Looked up order by order: fresh periods have no statistics yet, and a join of two sets could become a nested loop.
  cross join lateral (
    select (array_agg(v.amount order by v.number desc))[1] as now,
           (array_agg(v.amount order by v.number desc) filter (where b.starts_on < own.starts_on))[1] as before
    from share_version v
    join bonus_period b on b.tenant_id = v.tenant_id and b.id = v.period_id
    join bonus_period own on own.id = $1
    where b.starts_on <= own.starts_on and v.order_id = t.order_id
  ) a
)
select x.{key} as key, x.name as label, o.currency, sum(n.amount) as amount, count(*)::int as orders
from once n
join sales_order o on o.id = n.order_id
join {table} x on x.id = n.id
where {condition}
group by x.id, x.{key}, x.name, o.currency order by x.{key}, o.currency offset $2 limit $3
"""


@dataclass(frozen=True, slots=True)
class RolledUp:
    """What a manager or a unit gets of a period's orders in one currency, each order once."""

    key: str
    label: str
    currency: str
    amount: Decimal
    orders: int


async def roll_up_to_managers(actor: Actor, *, period_id: UUID, skip: int = 0, limit: int = 100) -> list[RolledUp]:
    """Return the credit of each readable manager in a period, their people's at any depth, each order once (A20).

    Managers come by their numbers; those behind `skip`, `limit` at most.
    """
    condition, values = await sql_scope(actor, Permission.CREDIT_READ, _MANAGER, alias="x", first=4)
    sql = _ROLL_UP.format(receivers=_MANAGERS, table="person", key="number", condition=condition)
    return await _rolled(actor, period_id, sql, [skip, limit, *values], by="person")


async def roll_up_to_units(actor: Actor, *, period_id: UUID, skip: int = 0, limit: int = 100) -> list[RolledUp]:
    """Return the credit of each readable unit in a period, with all units below it, each order once (A20).

    Units come by their codes; those behind `skip`, `limit` at most.
    """
    condition, values = await sql_scope(actor, Permission.CREDIT_READ, _UNIT, alias="x", first=4)
    sql = _ROLL_UP.format(receivers=_UNITS, table="org_unit", key="code", condition=condition)
    return await _rolled(actor, period_id, sql, [skip, limit, *values], by="unitId")


async def _rolled(actor: Actor, period_id: UUID, sql: str, values: list[Any], *, by: str) -> list[RolledUp]:
    """Return what is rolled up; raises FieldHidden where the amounts are hidden, or `by` which field they are rolled up."""
    await refuse_hidden(actor, CREDIT, ["amount", "currency", by])
    # What is counted once is held against the amount of each order.
    await refuse_hidden(actor, SHARE_VERSION, ["amount"])
    period = await access_period(actor, period_id)
    return [RolledUp(**row) for row in await fetch(sql, period.id, *values)]
