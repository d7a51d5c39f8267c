"""Mutations of orders, shares and disputes."""

from typing import Annotated
from uuid import UUID

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.attribution.inputs import (
    ChangeOrderAmountInput,
    CommentDisputeInput,
    OpenDisputeInput,
    RecordOrderInput,
    RecordOrdersInput,
    ResolveDisputeInput,
    SetOrderSharesInput,
)
from plumb_schema.attribution.types import Dispute, Order, RecordedOrders, recorded_of
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_schema.ground.problems import Problems
from plumb_schema.reads.completion import row_of
from plumb_tenants.attribution import service

RecordOrderResult = Annotated[Order | Problems, strawberry.union("RecordOrderResult")]
RecordOrdersResult = Annotated[RecordedOrders | Problems, strawberry.union("RecordOrdersResult")]
SetOrderSharesResult = Annotated[Order | Problems, strawberry.union("SetOrderSharesResult")]
ChangeOrderAmountResult = Annotated[Order | Problems, strawberry.union("ChangeOrderAmountResult")]
OpenDisputeResult = Annotated[Dispute | Problems, strawberry.union("OpenDisputeResult")]
CommentDisputeResult = Annotated[Dispute | Problems, strawberry.union("CommentDisputeResult")]
ResolveDisputeResult = Annotated[Dispute | Problems, strawberry.union("ResolveDisputeResult")]


@strawberry.type
class AttributionMutation:
    @field(needs=Permission.ORDER_WRITE, description="登记订单 / Record an order, once per code, split by the template.")
    async def record_order(self, info: Info, input: RecordOrderInput) -> RecordOrderResult:
        recorded = await service.record_order(
            info.context.caller,
            input.order.opened("order."),
            template_version_id=_template(input.template_version_id),
            late_reason=input.late_reason,
        )
        return row_of(Order, recorded)

    @field(needs=Permission.ORDER_WRITE, description="批量登记订单 / Record many orders, all or none.")
    async def record_orders(self, info: Info, input: RecordOrdersInput) -> RecordOrdersResult:
        recorded = await service.record_orders(
            info.context.caller,
            [order.opened(f"orders[{place}].") for place, order in enumerate(input.orders)],
            template_version_id=_template(input.template_version_id),
            late_reason=input.late_reason,
        )
        return recorded_of(recorded)

    @field(needs=Permission.SHARE_WRITE, description="调整份额 / Give an order other shares; the ones before are kept.")
    async def set_order_shares(self, info: Info, input: SetOrderSharesInput) -> SetOrderSharesResult:
        changed = await service.set_shares(
            info.context.caller,
            order_id=decode_id(input.order_id, "Order", field="orderId"),
            version=input.version,
            shares=input.opened(),
            reason=input.reason,
            unattributed=input.unattributed,
        )
        return row_of(Order, changed)

    @field(needs=Permission.ORDER_WRITE, description="更改订单金额 / Give an order another amount under the same shares.")
    async def change_order_amount(self, info: Info, input: ChangeOrderAmountInput) -> ChangeOrderAmountResult:
        changed = await service.change_amount(
            info.context.caller,
            order_id=decode_id(input.order_id, "Order", field="orderId"),
            version=input.version,
            amount=input.amount,
            reason=input.reason,
        )
        return row_of(Order, changed)

    @field(needs=Permission.DISPUTE_OPEN, description="提出异议 / Ask about the shares of an order.")
    async def open_dispute(self, info: Info, input: OpenDisputeInput) -> OpenDisputeResult:
        opened = await service.open_dispute(
            info.context.caller,
            order_id=decode_id(input.order_id, "Order", field="orderId"),
            number=input.number,
            subject=input.subject,
            text=input.text,
        )
        return row_of(Dispute, opened)

    @field(needs=Permission.DISPUTE_COMMENT, description="回复异议 / Say something in an open dispute.")
    async def comment_dispute(self, info: Info, input: CommentDisputeInput) -> CommentDisputeResult:
        dispute_id = decode_id(input.dispute_id, "Dispute", field="disputeId")
        return row_of(Dispute, await service.comment_dispute(info.context.caller, dispute_id=dispute_id, text=input.text))

    @field(needs=Permission.DISPUTE_RESOLVE, description="解决异议 / Close a dispute with an answer.")
    async def resolve_dispute(self, info: Info, input: ResolveDisputeInput) -> ResolveDisputeResult:
        resolved = await service.resolve_dispute(
            info.context.caller,
            dispute_id=decode_id(input.dispute_id, "Dispute", field="disputeId"),
            version=input.version,
            resolution=input.resolution,
        )
        return row_of(Dispute, resolved)


def _template(version_id: str | None) -> UUID | None:
    return decode_id(version_id, "DefinitionVersion", field="templateVersionId") if version_id else None
