"""A company that sells: 华南 with Guangdong and Hunan, three who contribute, their managers, a split template and two months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_tenants.attribution.service import (
    GivenShare,
    NewOrder,
    Party,
    adopt_shipped_template,
    close_period,
    open_month,
    record_order,
    set_shares,
)
from plumb_tenants.definitions.service import create_definition, publish_version
from support.companies import CompanyFixture, add_person, add_unit, make_company

OVERLAY: dict[str, Any] = {
    "type": "OVERLAY",
    "roles": [{"key": "sales", "name": "销售代表", "percent": "100"}, {"key": "presales", "name": "售前", "percent": "100"}],
}
MARCH = date(2026, 3, 15)


@dataclass
class Sellers:
    """The people of the three roles: sales and presales in Guangdong under its manager, success in Hunan."""

    company: CompanyFixture
    south: UUID
    guangdong: UUID
    hunan: UUID
    director: Actor
    manager: Actor
    sales: Actor
    presales: Actor
    success: Actor
    template: UUID
    march: UUID
    april: UUID

    @property
    def hr(self) -> Actor:
        """Return who records, closes and pays."""
        return self.company.hr

    def parties(self) -> list[Party]:
        """Return the three parties in the order of the template's roles."""
        return [
            Party(person(self.sales), "sales"),
            Party(person(self.presales), "presales"),
            Party(person(self.success), "success"),
        ]

    def order(self, code: str = "SO-1", **changes: Any) -> NewOrder:
        """Return the order of the case study: 100,000.00 over three parties."""
        facts: dict[str, Any] = {
            "code": code,
            "amount": Decimal("100000.00"),
            "ordered_on": MARCH,
            "unit_id": self.guangdong,
            "parties": self.parties(),
            "customer": "市一医院",
            "product": "IVD 试剂",
            "region": "广东",
        }
        return NewOrder(**facts | changes)

    async def record(self, order: NewOrder | None = None, actor: Actor | None = None, **options: Any) -> UUID:
        """Record an order in a transaction of its own."""
        async with tenant_transaction(actor or self.hr):
            return await record_order(actor or self.hr, order or self.order(), **options)

    async def share(
        self, order_id: UUID, percents: Sequence[str], *, version: int = 1, actor: Actor | None = None, **options: Any
    ) -> UUID:
        """Give the three parties other percents in a transaction of its own."""
        asked: dict[str, Any] = {"reason": "售前主导方案", "shares": self.shares(*percents)}
        async with tenant_transaction(actor or self.hr):
            return await set_shares(actor or self.hr, order_id=order_id, version=version, **asked | options)

    def shares(self, *percents: str) -> list[GivenShare]:
        """Return shares of the parties in their order."""
        return [GivenShare(p.person_id, p.role, Decimal(each)) for p, each in zip(self.parties(), percents, strict=False)]

    async def close(self, period_id: UUID, *, version: int = 1) -> None:
        """Close a period as HR."""
        async with tenant_transaction(self.hr):
            await close_period(self.hr, period_id=period_id, version=version)

    async def credit(self, period_id: UUID | None = None) -> list[tuple[str, str, str]]:
        """Return (person's number, kind, amount) of the credit of a period, or of all."""
        async with tenant_transaction(self.company.system):
            rows = await fetch(
                "select coalesce(p.number, '-') as number, c.kind, c.amount from credit c "
                "left join person p on p.id = c.person_id "
                "where $1::uuid is null or c.period_id = $1 order by c.period_id, c.order_id, p.number",
                period_id,
            )
        return [(row["number"], row["kind"], str(row["amount"])) for row in rows]

    async def count(self, table: str) -> int:
        """Return how many rows of a table the company has."""
        async with tenant_transaction(self.company.system):
            return int(await fetch_value(f"select count(*) from {table}"))

    async def split_template(self, key: str, body: dict[str, Any]) -> UUID:
        """Publish a split template and return the id of its version."""
        async with tenant_transaction(self.hr):
            draft = await create_definition(self.hr, kind="split", key=key, name=f"模板 {key}", body=body)
            return (await publish_version(self.hr, draft.id, version=draft.version)).id


def person(actor: Actor) -> UUID:
    """Return the person that an actor is."""
    assert actor.person_id is not None
    return actor.person_id


async def make_sellers(name: str = "测试医疗器械有限公司") -> Sellers:
    """Make a company of this kind."""
    company = await make_company(name)
    south = await add_unit(company, "HN", "华南")
    guangdong, hunan = [await add_unit(company, code, label, parent=south) for code, label in (("GD", "广东"), ("HU", "湖南"))]
    director = await add_person(company, "D1", "周总监", unit=south, roles=("employee", "manager"))
    manager = await add_person(company, "M1", "陈经理", unit=guangdong, manager=director, roles=("employee", "manager"))
    sales = await add_person(company, "S1", "李销售", unit=guangdong, manager=manager)
    presales = await add_person(company, "S2", "王售前", unit=guangdong, manager=manager)
    success = await add_person(company, "S3", "赵成功", unit=hunan, manager=director)
    async with tenant_transaction(company.hr):
        template = await adopt_shipped_template(company.hr)
        march, april = [await open_month(company.hr, month=month) for month in ("2026-03", "2026-04")]
    return Sellers(company, south, guangdong, hunan, director, manager, sales, presales, success, template, march, april)
