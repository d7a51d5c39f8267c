"""Mutations of orders, shares and disputes."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.attribution.inputs import (
    ChangeOrderAmountInput,
    CommentDisputeInput,
    ImportOrdersInput,
    OpenDisputeInput,
    RecordOrderInput,
    RecordOrdersInput,
    ResolveDisputeInput,
    SetOrderSharesInput,
)
from plumb_schema.attribution.types import Dispute, Order, OrderImport, RecordedOrders, import_of, recorded_of
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, decode_optional_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.ground.sheets import file_of
from plumb_schema.reads.completion import row_of
from plumb_tenants.attribution import service


@strawberry.type
class AttributionMutation:
    @mutation(needs=Permission.ORDER_WRITE, description="登记订单 / Record an order, once per code, split by the template.")
    async def record_order(self, info: Info, input: RecordOrderInput) -> Order:
        recorded = await service.record_order(
            info.context.caller,
            input.order.opened("order."),
            template_version_id=decode_optional_id(input.template_version_id, "DefinitionVersion", field="templateVersionId"),
            late_reason=input.late_reason,
        )
        return row_of(Order, recorded)

    @mutation(needs=Permission.ORDER_WRITE, description="批量登记订单 / Record many orders, all or none.")
    async def record_orders(self, info: Info, input: RecordOrdersInput) -> RecordedOrders:
        recorded = await service.record_orders(
            info.context.caller,
            [order.opened(f"orders[{place}].") for place, order in enumerate(input.orders)],
            template_version_id=decode_optional_id(input.template_version_id, "DefinitionVersion", field="templateVersionId"),
            late_reason=input.late_reason,
        )
        return recorded_of(recorded)

    @mutation(
        needs=Permission.ORDER_WRITE,
        description="导入订单 / Record the orders of a file; any error writes nothing, a dry run writes nothing.",
    )
    async def import_orders(self, info: Info, input: ImportOrdersInput) -> OrderImport:
        version_id = decode_optional_id(input.template_version_id, "DefinitionVersion", field="templateVersionId")
        with file_of(input) as content:
            report = await service.import_orders(
                info.context.caller,
                content=content,
                dry_run=input.dry_run,
                sheet=input.sheet,
                template_version_id=version_id,
                late_reason=input.late_reason,
            )
        return import_of(report, info.context.locale)

    @mutation(needs=Permission.SHARE_WRITE, description="调整份额 / Give an order other shares; the ones before are kept.")
    async def set_order_shares(self, info: Info, input: SetOrderSharesInput) -> Order:
        changed = await service.set_shares(
            info.context.caller,
            order_id=decode_id(input.order_id, "Order", field="orderId"),
            version=input.version,
            shares=input.opened(),
            reason=input.reason,
            unattributed=input.unattributed,
        )
        return row_of(Order, changed)

    @mutation(needs=Permission.ORDER_WRITE, description="更改订单金额 / Give an order another amount under the same shares.")
    async def change_order_amount(self, info: Info, input: ChangeOrderAmountInput) -> Order:
        changed = await service.change_amount(
            info.context.caller,
            order_id=decode_id(input.order_id, "Order", field="orderId"),
            version=input.version,
            amount=input.amount,
            reason=input.reason,
        )
        return row_of(Order, changed)

    @mutation(needs=Permission.DISPUTE_OPEN, description="提出异议 / Ask about the shares of an order.")
    async def open_dispute(self, info: Info, input: OpenDisputeInput) -> Dispute:
        opened = await service.open_dispute(
            info.context.caller,
            order_id=decode_id(input.order_id, "Order", field="orderId"),
            number=input.number,
            subject=input.subject,
            text=input.text,
        )
        return row_of(Dispute, opened)

    @mutation(needs=Permission.DISPUTE_COMMENT, description="回复异议 / Say something in an open dispute.")
    async def comment_dispute(self, info: Info, input: CommentDisputeInput) -> Dispute:
        dispute_id = decode_id(input.dispute_id, "Dispute", field="disputeId")
        return row_of(Dispute, await service.comment_dispute(info.context.caller, dispute_id=dispute_id, text=input.text))

    @mutation(needs=Permission.DISPUTE_RESOLVE, description="解决异议 / Close a dispute with an answer.")
    async def resolve_dispute(self, info: Info, input: ResolveDisputeInput) -> Dispute:
        resolved = await service.resolve_dispute(
            info.context.caller,
            dispute_id=decode_id(input.dispute_id, "Dispute", field="disputeId"),
            version=input.version,
            resolution=input.resolution,
        )
        return row_of(Dispute, resolved)
