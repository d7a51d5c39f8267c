"""GraphQL of growth: bases, and targets that grow from them."""

from datetime import date
from decimal import Decimal

import strawberry

import plumb_schema.people.types  # noqa: F401 - relations lead there
from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import Node
from plumb_schema.ground.mutations import mutation
from plumb_schema.ground.permission import field, tenant_type
from plumb_schema.metrics.inputs import SubjectInput
from plumb_schema.reads.classes import connection, of
from plumb_schema.reads.completion import row_of
from plumb_tenants.metrics import service
from plumb_tenants.metrics.growth_resource import GROWTH_TARGET


@of(GROWTH_TARGET)
class GrowthTarget(Node):
    pass


@tenant_type(needs=Permission.OBSERVATION_WRITE, description="增长基数 / A base, and which version of it.")
class GrowthBase:
    number: int
    value: Decimal


@strawberry.input(description="登记增长基数 / Record what growth starts from; without a value the observed one.")
class RecordGrowthBaseInput:
    metric: str
    subject: SubjectInput
    starts_on: date
    ends_on: date
    reason: str
    value: Decimal | None = None


@strawberry.input(description="设定增长目标 / Set a target of base x (1 + percent / 100).")
class SetGrowthTargetInput:
    metric: str
    subject: SubjectInput
    starts_on: date
    ends_on: date
    percent: Decimal


@strawberry.type
class GrowthQuery:
    growth_targets = connection(GrowthTarget, description="增长目标列表 / Growth targets with their bases, newest first.")

    @field(needs=Permission.METRIC_READ, description="货币折算 / An amount in another currency by the rate of a day.")
    async def converted(self, info: Info, amount: Decimal, base: str, quote: str, on: date) -> Decimal | None:
        return await service.convert_money(info.context.caller, amount, base=base, quote=quote, day=on)


@strawberry.type
class GrowthMutation:
    @mutation(needs=Permission.OBSERVATION_WRITE, description="登记增长基数 / Record a base; an earlier version of it stays.")
    async def record_growth_base(self, info: Info, input: RecordGrowthBaseInput) -> GrowthBase:
        stored = await service.record_base(
            info.context.caller,
            metric_key=input.metric,
            subject=input.subject.opened(),
            starts_on=input.starts_on,
            ends_on=input.ends_on,
            reason=input.reason,
            value=input.value,
        )
        return GrowthBase(number=stored.number, value=stored.value)

    @mutation(needs=Permission.PLAN_WRITE, description="设定增长目标 / Set a target that grows from the newest base.")
    async def set_growth_target(self, info: Info, input: SetGrowthTargetInput) -> GrowthTarget:
        target = await service.set_growth_target(
            info.context.caller,
            metric_key=input.metric,
            subject=input.subject.opened(),
            starts_on=input.starts_on,
            ends_on=input.ends_on,
            percent=input.percent,
        )
        return row_of(GrowthTarget, target)
