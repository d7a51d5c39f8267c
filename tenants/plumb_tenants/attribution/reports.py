"""Credit grouped by any of its dimensions, as far as the actor may read it (C61)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.attribution.access import access_period
from plumb_tenants.attribution.definition import Dimension
from plumb_tenants.attribution.resources import CREDIT

MOST_GROUPS = 1000

_COLUMNS = {
    Dimension.PERSON: ("coalesce(p.number, '')", "coalesce(p.name, '')"),
    Dimension.ROLE: ("c.role", "coalesce(r.name, c.role)"),
    Dimension.PRODUCT: ("o.product", "o.product"),
    Dimension.PERIOD: ("b.code", "b.name"),
    Dimension.REGION: ("o.region", "o.region"),
    Dimension.CUSTOMER: ("o.customer", "o.customer"),
    Dimension.UNIT: ("u.code", "u.name"),
}
"""Key and label of each dimension; the key is what people know it by."""
SHOWN = {
    Dimension.PERSON: "person",
    Dimension.ROLE: "role",
    Dimension.PRODUCT: "product",
    Dimension.PERIOD: "periodCode",
    Dimension.REGION: "region",
    Dimension.CUSTOMER: "customer",
    Dimension.UNIT: "unitId",
}
"""The field of credit that each dimension shows."""
_SOURCE = """
from credit c
join sales_order o on o.tenant_id = c.tenant_id and o.id = c.order_id
join bonus_period b on b.tenant_id = c.tenant_id and b.id = c.period_id
join org_unit u on u.tenant_id = c.tenant_id and u.id = c.unit_id
left join person p on p.tenant_id = c.tenant_id and p.id = c.person_id
"""
_ROLES = """
left join (
  select v.id, r ->> 'key' as key, r ->> 'name' as name from definition_version v
  join definition d on d.tenant_id = v.tenant_id and d.id = v.definition_id and d.kind = 'split'
  cross join jsonb_array_elements(v.body -> 'roles') r
) r on r.id = o.definition_version_id and r.key = c.role
"""


class ReportDimensionTwice(InvalidInput):
    """A report is grouped by a dimension once."""

    code = "REPORT_DIMENSION_TWICE"
    zh = "归因维度“{name}”重复出现。"
    en = "The dimension {name} stands there twice."


class ReportTooLong(InvalidInput):
    """A report is read by people."""

    code = "REPORT_TOO_LONG"
    zh = "一次返回 1 到 {most} 组，其余用 skip 继续读取，或减少维度。"
    en = "A report has 1 to {most} groups; read on with skip, or take fewer dimensions."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a group stands in one dimension: the key that people know and the name that they read."""

    dimension: Dimension
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class CreditGroup:
    """The credit of one group in one currency: the sum, how many lines it has and of how many orders."""

    places: tuple[Place, ...]
    currency: str
    amount: Decimal
    lines: int
    orders: int


async def credit_report(
    actor: Actor, *, by: Sequence[Dimension], period_id: UUID | None = None, skip: int = 0, limit: int = 200
) -> list[CreditGroup]:
    """Return the readable credit grouped by any combination of dimensions, largest sum first; currencies never mix.

    `skip` leaves the first groups out, for whoever reads more of them than one answer holds.

    Without `period_id` over all periods; without `by` one group per currency. What nobody gets has an empty person.
    """
    check_dimensions(by)
    if not 1 <= limit <= MOST_GROUPS:
        raise ReportTooLong(field="first", most=MOST_GROUPS)
    if period_id is not None:
        await access_period(actor, period_id)
    await refuse_hidden(actor, CREDIT, ["amount", "currency", *dict.fromkeys(SHOWN[each] for each in by)])
    condition, values = await sql_scope(actor, Permission.CREDIT_READ, CREDIT, alias="c", first=4)
    rows = await fetch(_statement(by, condition), period_id, limit, skip, *values)
    return [
        CreditGroup(
            tuple(Place(each, row[f"k{n}"], row[f"l{n}"]) for n, each in enumerate(by)),
            *(row["currency"], row["amount"], row["lines"], row["orders"]),
        )
        for row in rows
    ]


def check_dimensions(by: Sequence[Dimension]) -> None:
    """Raise REPORT_DIMENSION_TWICE where one stands there again."""
    for place, dimension in enumerate(by):
        if by.index(dimension) != place:
            raise ReportDimensionTwice(field=f"by[{place}]", name=dimension.value)


def _statement(by: Sequence[Dimension], condition: str) -> str:
    keys = [f"{_COLUMNS[each][0]} as k{n}, max({_COLUMNS[each][1]}) as l{n}" for n, each in enumerate(by)]
    grouped = ["o.currency", *(_COLUMNS[each][0] for each in by)]
    source = _SOURCE + (_ROLES if Dimension.ROLE in by else "")
    shown = ["o.currency, sum(c.amount) as amount, count(*)::int as lines, count(distinct c.order_id)::int as orders", *keys]
    order = ["sum(c.amount) desc", "o.currency", *(f"k{n}" for n in range(len(by)))]
    return (
        f"select {', '.join(shown)} {source} where ($1::uuid is null or c.period_id = $1) and {condition} "
        f"group by {', '.join(grouped)} order by {', '.join(order)} limit $2 offset $3"
    )
