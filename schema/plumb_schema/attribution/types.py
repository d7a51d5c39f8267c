"""GraphQL types of attribution: what resources stand behind, the figures of reports, and the bonus file."""

from base64 import b64encode
from decimal import Decimal
from uuid import UUID

import strawberry

import plumb_schema.attribution.inputs
import plumb_schema.definitions.types
import plumb_schema.identity.types
import plumb_schema.people.types  # noqa: F401 - relations and references lead to these, as do dimensions
from plumb_platform.errors import Locale
from plumb_platform.permissions import Permission
from plumb_platform.sheets.lines import FileReport
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import tenant_type
from plumb_schema.ground.sheets import ImportFault, facts_of
from plumb_schema.reads.classes import of
from plumb_tenants.attribution import service
from plumb_tenants.attribution.dispute_resource import DISPUTE
from plumb_tenants.attribution.resources import BONUS_PERIOD, CREDIT, ORDER, SHARE_VERSION
from plumb_tenants.attribution.rules import SplitType
from plumb_tenants.attribution.states import CreditKind, DisputeState, PeriodState, ShareSource

strawberry.enum(PeriodState, description="奖金期状态 / An open period takes credit; a closed one never changes.")
strawberry.enum(SplitType, description="拆分类型 / What the shares of an order may add up to.")
strawberry.enum(ShareSource, description="份额来源 / The template's default, a person's word, or another amount.")
strawberry.enum(CreditKind, description="金额类型 / Credit of the order's own period, or an adjustment of a closed one.")
strawberry.enum(DisputeState, description="异议状态 / Where a dispute stands.")


@of(BONUS_PERIOD)
class BonusPeriod(Node):
    pass


@of(ORDER)
class Order(Node):
    pass


@of(SHARE_VERSION)
class ShareVersion(Node):
    pass


@of(CREDIT)
class Credit(Node):
    pass


@of(DISPUTE)
class Dispute(Node):
    pass


@tenant_type(needs=Permission.ORDER_WRITE, description="批量登记结果 / The orders of a batch, in its order.")
class RecordedOrders:
    order_ids: list[strawberry.ID]


@tenant_type(
    needs=Permission.ORDER_WRITE,
    description="导入结果 / What the import did; with errors, or in a dry run, what it would do. Any error writes nothing.",
)
class OrderImport:
    written: bool
    rows: int
    recorded: int = strawberry.field(description="新登记 / How many were new.")
    unchanged: int = strawberry.field(description="未变 / How many were known already.")
    errors: list[ImportFault]
    warnings: list[ImportFault]
    error_count: int
    warning_count: int


@tenant_type(needs=Permission.CREDIT_READ, description="维度取值 / Where a group stands in one dimension.")
class CreditPlace:
    dimension: service.Dimension
    key: str = strawberry.field(description="代号 / A number, a code or a key; empty for the person of what nobody gets.")
    label: str


@tenant_type(needs=Permission.CREDIT_READ, description="归因分组 / The credit of one group in one currency.")
class CreditGroup:
    places: list[CreditPlace]
    currency: str
    amount: Decimal
    lines: int
    orders: int


@tenant_type(needs=Permission.CREDIT_READ, description="汇总金额 / What a manager or a unit gets of a period, each order once.")
class RolledUpCredit:
    key: str
    label: str
    currency: str
    amount: Decimal
    orders: int


@tenant_type(needs=Permission.ORDER_READ, description="归因对账 / Orders of one type and currency beside their credit.")
class CreditBalance:
    currency: str
    split_type: SplitType
    orders: int
    total: Decimal
    credited: Decimal
    residual: Decimal | None = strawberry.field(description="差额 / What REVENUE credit leaves of the orders: zero.")
    holds: bool


@tenant_type(needs=Permission.BONUS_EXPORT, description="奖金文件 / A file of a closed period; the same bytes for ever.")
class BonusFile:
    name: str
    media_type: str
    sha256: str
    size: int
    base64: str = strawberry.field(description="文件内容 / The bytes of the file, base64.")
    download_path: str = strawberry.field(description="下载路径 / Where to get the same bytes by HTTP GET, now and later.")


def group_of(found: service.CreditGroup) -> CreditGroup:
    """Return the GraphQL object of a group."""
    places = [CreditPlace(dimension=each.dimension, key=each.key, label=each.label) for each in found.places]
    return CreditGroup(places=places, currency=found.currency, amount=found.amount, lines=found.lines, orders=found.orders)


def rolled_up_of(found: service.RolledUp) -> RolledUpCredit:
    """Return the GraphQL object of a roll-up."""
    return RolledUpCredit(key=found.key, label=found.label, currency=found.currency, amount=found.amount, orders=found.orders)


def balance_of(found: service.CreditBalance) -> CreditBalance:
    """Return the GraphQL object of a balance."""
    return CreditBalance(
        currency=found.currency,
        split_type=SplitType(found.split_type),
        orders=found.orders,
        total=found.total,
        credited=found.credited,
        residual=found.residual,
        holds=found.holds,
    )


def file_of(found: service.BonusFile) -> BonusFile:
    """Return the GraphQL object of a bonus file."""
    return BonusFile(
        name=found.name,
        media_type=found.media_type,
        sha256=found.sha256,
        size=len(found.content),
        base64=b64encode(found.content).decode(),
        download_path=_path_of(found),
    )


def _path_of(found: service.BonusFile) -> str:
    grouped = f"&by={','.join(each.name for each in found.by)}" if found.by else ""
    return f"/bonus-periods/{encode_id('BonusPeriod', found.period_id)}/file?format={found.form.value}{grouped}"


def import_of(report: FileReport, locale: Locale) -> OrderImport:
    """Return the GraphQL object of an import report, its texts in the caller's language."""
    return OrderImport(**facts_of(report, locale))


def recorded_of(ids: list[UUID]) -> RecordedOrders:
    """Return the GraphQL object of a batch."""
    return RecordedOrders(order_ids=[encode_id("Order", each) for each in ids])
