"""GraphQL inputs of attribution: orders with their parties, shares, periods, disputes."""

from datetime import date
from decimal import Decimal

import strawberry

from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.sheets import SheetInput
from plumb_tenants.attribution import service
from plumb_tenants.attribution.states import ExportFormat

strawberry.enum(ExportFormat, description="文件格式 / The forms of a bonus file.")
strawberry.enum(service.Dimension, name="CreditDimension", description="归因维度 / What credit can be grouped by.")


@strawberry.input(description="按月开启奖金期 / Open the bonus period of a calendar month, such as 2026-03.")
class OpenBonusMonthInput:
    month: str


@strawberry.input(description="开启奖金期 / Open a bonus period; both days belong to it.")
class OpenBonusPeriodInput:
    code: str
    name: str
    starts_on: date
    ends_on: date


@strawberry.input(description="关闭奖金期 / Close a bonus period for ever.")
class CloseBonusPeriodInput:
    period_id: strawberry.ID
    version: int


@strawberry.input(description="导出奖金 / Export a closed period.")
class ExportBonusInput:
    period_id: strawberry.ID
    format: ExportFormat
    by: list[service.Dimension] = strawberry.field(
        default_factory=list, description="归因维度 / One row for each group of these dimensions; without any, each line."
    )


@strawberry.input(description="贡献方 / A person who contributed to an order, in a role of the template.")
class PartyInput:
    person_id: strawberry.ID
    role: str


@strawberry.input(description="订单 / An order; the first party is its owner, a negative amount is a refund.")
class OrderInput:
    code: str
    amount: Decimal
    ordered_on: date
    unit_id: strawberry.ID
    parties: list[PartyInput]
    customer: str = ""
    product: str = ""
    region: str = ""
    currency: str = "CNY"

    def opened(self, prefix: str = "") -> service.NewOrder:
        """Return the service's order; a malformed id is answered as an unknown one."""
        return service.NewOrder(
            code=self.code,
            amount=self.amount,
            ordered_on=self.ordered_on,
            unit_id=decode_id(self.unit_id, "OrgUnit", field=f"{prefix}unitId"),
            parties=[
                service.Party(decode_id(each.person_id, "Person", field=f"{prefix}parties[{n}].personId"), each.role)
                for n, each in enumerate(self.parties)
            ],
            customer=self.customer,
            product=self.product,
            region=self.region,
            currency=self.currency,
        )


@strawberry.input(
    description="登记订单 / Record an order by the template in effect or the one named; with `lateReason` as an adjustment."
)
class RecordOrderInput:
    order: OrderInput
    template_version_id: strawberry.ID | None = None
    late_reason: str | None = None


@strawberry.input(description="批量登记订单 / Record many orders, all or none.")
class RecordOrdersInput:
    orders: list[OrderInput]
    template_version_id: strawberry.ID | None = None
    late_reason: str | None = None


@strawberry.input(description="导入订单 / Orders of a CSV or XLSX file, a row for each contributor, the owner first.")
class ImportOrdersInput(SheetInput):
    template_version_id: strawberry.ID | None = None
    late_reason: str | None = None


@strawberry.input(description="份额 / One party's share in percent.")
class ShareInput:
    person_id: strawberry.ID
    role: str
    percent: Decimal


@strawberry.input(description="调整份额 / Give an order other shares, at the version that one has read, with a reason.")
class SetOrderSharesInput:
    order_id: strawberry.ID
    version: int
    shares: list[ShareInput]
    reason: str
    unattributed: Decimal = Decimal("0.00")

    def opened(self) -> list[service.GivenShare]:
        """Return the service's shares."""
        return [
            service.GivenShare(decode_id(each.person_id, "Person", field=f"shares[{n}].personId"), each.role, each.percent)
            for n, each in enumerate(self.shares)
        ]


@strawberry.input(description="更改订单金额 / Give an order another amount under the same shares.")
class ChangeOrderAmountInput:
    order_id: strawberry.ID
    version: int
    amount: Decimal
    reason: str


@strawberry.input(description="提出异议 / Ask about the shares of an order at one of their versions.")
class OpenDisputeInput:
    order_id: strawberry.ID
    number: int
    subject: str
    text: str


@strawberry.input(description="回复异议 / Say something in an open dispute.")
class CommentDisputeInput:
    dispute_id: strawberry.ID
    text: str


@strawberry.input(description="解决异议 / Close a dispute with an answer.")
class ResolveDisputeInput:
    dispute_id: strawberry.ID
    version: int
    resolution: str
