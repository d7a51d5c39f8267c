"""A company like the one of the main job: 华南 with five provinces and three representatives in Guangdong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_tenants.decomposition.models import PlanNode
from plumb_tenants.decomposition.service import Plan, PlanRequest, create_plan, list_nodes, publish_plan, tune_node
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.goals.service import create_cycle
from support.companies import CompanyFixture, add_person, add_unit, make_company

PROVINCES = ("广东", "福建", "广西", "湖南", "海南")
SHARES = ((".40", ".30", ".2"), (".20", ".20", ".2"), (".15", ".20", ".2"), (".15", ".15", ".2"), (".10", ".15", ".2"))
UNITS_BODY: dict[str, Any] = {
    "metric": "销售额",
    "unit_of_measure": "元",
    "level": "units",
    "factors": [
        {"key": "potential", "name": "市场潜力系数", "weight": "50.00"},
        {"key": "staff", "name": "人员配置强度", "weight": "30.00"},
        {"key": "priority", "name": "战略优先级加成", "weight": "20.00"},
    ],
}
PEOPLE_BODY: dict[str, Any] = {
    "metric": "销售额",
    "unit_of_measure": "元",
    "level": "people",
    "factors": [{"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}],
}


@dataclass
class South:
    """华南, its manager, its provinces in order, the representatives of Guangdong, a cycle and two published templates."""

    company: CompanyFixture
    unit: UUID
    manager: Actor
    provinces: list[UUID]
    guangdong_manager: Actor
    representatives: list[Actor]
    cycle: UUID
    template: UUID
    people_template: UUID
    inputs: Mapping[UUID, Mapping[str, Decimal]] = field(default_factory=dict)

    def request(self, **changes: Any) -> PlanRequest:
        """Return the request of the main job: 30,000,000 over the five provinces."""
        asked: dict[str, Any] = {
            "cycle_id": self.cycle,
            "template_version_id": self.template,
            "unit_id": self.unit,
            "total": Decimal("30000000.00"),
            "inputs": self.inputs,
        }
        return PlanRequest(**asked | changes)

    async def plan(self, actor: Actor | None = None, /, **changes: Any) -> tuple[Plan, list[PlanNode]]:
        """Create the plan as HR and return it with its nodes."""
        async with tenant_transaction(actor or self.company.hr):
            plan = await create_plan(actor or self.company.hr, self.request(**changes))
            return plan, await list_nodes(actor or self.company.hr, plan_id=plan.id)

    async def tune(self, actor: Actor, node: PlanNode, value: str, *, reason: str = "三家医院换代", version: int = 1) -> PlanNode:
        """Tune a node in a transaction of its own."""
        async with tenant_transaction(actor):
            return await tune_node(actor, node_id=node.id, version=version, value=Decimal(value), reason=reason)

    async def publish(self, plan: Plan, *, version: int = 1, actor: Actor | None = None, **options: Any) -> Plan:
        """Publish a plan in a transaction of its own."""
        async with tenant_transaction(actor or self.company.hr):
            return await publish_plan(actor or self.company.hr, plan_id=plan.id, version=version, **options)

    async def onward(self) -> Plan:
        """Publish the plan over the provinces, and draft the one that splits the first province's goal over its people."""
        plan, nodes = await self.plan()
        await self.publish(plan)
        async with tenant_transaction(self.company.hr):
            parent = await fetch_value("select goal_id from plan_node where id = $1", nodes[0].id)
        people = {"unit_id": self.provinces[0], "template_version_id": self.people_template, "parent_goal_id": parent}
        return (await self.plan(**people, total=None, inputs={}))[0]

    async def count(self, table: str) -> int:
        """Return how many rows of a table the company has."""
        async with tenant_transaction(self.company.hr):
            return int(await fetch_value(f"select count(*) from {table}"))


async def published_template(company: CompanyFixture, key: str, body: Mapping[str, Any]) -> UUID:
    """Publish a decomposition template and return the id of its version."""
    async with tenant_transaction(company.hr):
        draft = await create_definition(company.hr, kind="decomposition", key=key, name=f"模板 {key}", body=body)
        return (await publish_version(company.hr, draft.id, version=draft.version)).id


async def make_south(name: str = "测试医疗器械有限公司") -> South:
    """Make a company of this kind."""
    company = await make_company(name)
    root = await add_unit(company, "HQ", "总部")
    unit = await add_unit(company, "HN", "华南", parent=root)
    provinces = [await add_unit(company, f"HN{number}", name, parent=unit) for number, name in enumerate(PROVINCES)]
    manager = await add_person(company, "M1", "陈经理", unit=unit, roles=("employee", "manager"))
    guangdong = await add_person(company, "M2", "林经理", unit=provinces[0], manager=manager, roles=("employee", "manager"))
    representatives = [
        await add_person(company, f"R{number}", f"代表{number}", unit=provinces[0], manager=guangdong) for number in range(3)
    ]
    async with tenant_transaction(company.hr):
        cycle = await create_cycle(
            company.hr, code="2026", name="2026 年度", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)
        )
    keys = ("potential", "staff", "priority")
    inputs = {
        province: {key: Decimal(share) for key, share in zip(keys, shares, strict=True)}
        for province, shares in zip(provinces, SHARES, strict=True)
    }
    return South(
        company=company,
        unit=unit,
        manager=manager,
        provinces=provinces,
        guangdong_manager=guangdong,
        representatives=representatives,
        cycle=cycle.id,
        template=await published_template(company, "weighted", UNITS_BODY),
        people_template=await published_template(company, "people", PEOPLE_BODY),
        inputs=inputs,
    )
