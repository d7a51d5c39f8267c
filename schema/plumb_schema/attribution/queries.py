"""Queries of attribution: orders, credit, periods and disputes; reports, roll-ups and the proof."""

from typing import Annotated

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.attribution.types import (
    BonusPeriod,
    Credit,
    CreditBalance,
    CreditGroup,
    Dispute,
    Order,
    RolledUpCredit,
    balance_of,
    group_of,
    rolled_up_of,
)
from plumb_schema.ground.connections import LARGEST_PAGE, check_skip, check_window
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, decode_optional_id
from plumb_schema.ground.permission import field
from plumb_schema.reads.classes import connection, single
from plumb_tenants.attribution import service

Dimensions = Annotated[
    list[service.Dimension],
    strawberry.argument(description="分组维度，可多个；空为只按币种 / What to group by; none: by currency alone."),
]


@strawberry.type
class AttributionQuery:
    bonus_periods = connection(BonusPeriod, description="奖金期列表 / The company's bonus periods, newest first.")
    orders = connection(Order, description="订单列表 / The orders that the caller may read, newest first.")
    order = single(Order, description="订单 / One order.")
    credits = connection(Credit, description="归因金额列表 / The credit that the caller may read, newest first.")
    disputes = connection(Dispute, description="异议列表 / The disputes that the caller may read, newest first.")
    dispute = single(Dispute, description="异议 / One dispute.")

    @field(
        needs=Permission.CREDIT_READ,
        description="归因报表 / Credit by any combination of dimensions with sum and counts, largest sum first, behind `skip`.",
    )
    async def credit_report(
        self, info: Info, by: Dimensions, period_id: strawberry.ID | None = None, first: int = 200, skip: int = 0
    ) -> list[CreditGroup]:
        period = decode_optional_id(period_id, "BonusPeriod", field="periodId")
        check_skip(skip)
        found = await service.credit_report(info.context.caller, by=by, period_id=period, skip=skip, limit=first)
        return [group_of(each) for each in found]

    @field(
        needs=Permission.CREDIT_READ,
        description="上级汇总 / What managers get of a period, each order once; by their numbers, behind `skip`.",
    )
    async def credit_by_manager(
        self, info: Info, period_id: strawberry.ID, *, skip: int = 0, first: int = LARGEST_PAGE
    ) -> list[RolledUpCredit]:
        check_window(first, skip)
        period = decode_id(period_id, "BonusPeriod", field="periodId")
        found = await service.roll_up_to_managers(info.context.caller, period_id=period, skip=skip, limit=first)
        return [rolled_up_of(each) for each in found]

    @field(
        needs=Permission.CREDIT_READ,
        description="部门汇总 / What units get of a period, each order once; by their codes, behind `skip`.",
    )
    async def credit_by_unit(
        self, info: Info, period_id: strawberry.ID, *, skip: int = 0, first: int = LARGEST_PAGE
    ) -> list[RolledUpCredit]:
        check_window(first, skip)
        period = decode_id(period_id, "BonusPeriod", field="periodId")
        found = await service.roll_up_to_units(info.context.caller, period_id=period, skip=skip, limit=first)
        return [rolled_up_of(each) for each in found]

    @field(needs=Permission.ORDER_READ, description="归因对账 / REVENUE credit is each order's total to the cent.")
    async def reconcile_credit(self, info: Info) -> list[CreditBalance]:
        return [balance_of(each) for each in await service.reconcile_credit(info.context.caller)]
