"""GraphQL types of retention: holds, runs, and what is due."""

from datetime import date, datetime

import strawberry

import plumb_schema.goals.types
import plumb_schema.letters.types
import plumb_schema.people.types  # noqa: F401 - its references lead there
from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node
from plumb_schema.ground.permission import tenant_type
from plumb_schema.reads.classes import of
from plumb_tenants.retention import service
from plumb_tenants.retention.resources import HOLD, RUN

strawberry.enum(service.Category, name="RetentionCategory", description="保存类别 / What is kept for a term of its own.")
strawberry.enum(service.Action, name="RetentionAction", description="期满处理 / What becomes of it when its term is over.")
strawberry.enum(service.Event, name="RetentionEvent", description="起算事件 / What a term starts from.")
strawberry.enum(service.HoldScope, name="RetentionHoldScope", description="保全范围 / What a hold reaches.")
strawberry.enum(service.ReportFormat, name="RetentionReportFormat", description="报告格式 / What a report can be had as.")
strawberry.enum(service.RunKind, name="RetentionRunKind", description="批次类型 / What started a run.")
strawberry.enum(service.RunState, name="RetentionRunState", description="批次状态 / Where a run stands.")


@of(HOLD)
class RetentionHold(Node):
    pass


@of(RUN)
class RetentionRun(Node):
    pass


@tenant_type(needs=Permission.RETENTION_READ, description="保存类别现状 / A category, its rule, and what stands under it.")
class RetentionLine:
    category: service.Category
    action: service.Action
    event: service.Event
    months: int | None = strawberry.field(description="保存月数 / Null where it is kept for ever.")
    floor_months: int = strawberry.field(description="下限月数 / A company may keep longer, never shorter.")
    basis_zh: str
    basis_en: str
    total: int | None = strawberry.field(description="总数 / Null for what never ends.")
    due: int = strawberry.field(description="到期数 / Goes with the next run.")
    held: int = strawberry.field(description="保全数 / Its term is over, and a hold keeps it.")
    undated: int = strawberry.field(description="未起算数 / Its term has not started.")
    next_on: date | None = strawberry.field(description="下一到期日 / The next last day of a term.")


@tenant_type(needs=Permission.RETENTION_READ, description="到期项 / One whose term is over; a held one stays.")
class RetentionDue:
    object_type: str
    object_id: strawberry.ID
    event_on: date
    last_on: date
    held: bool


@tenant_type(needs=Permission.RETENTION_READ, description="报告下载链接 / Where to fetch a signed report, and until when.")
class ReportLink:
    path: str
    expires_at: datetime


def line_of(line: service.Line) -> RetentionLine:
    """Return the GraphQL object of a category."""
    return RetentionLine(
        category=line.category,
        action=line.action,
        event=line.floor.event,
        months=line.months,
        floor_months=line.floor.months,
        basis_zh=line.floor.zh,
        basis_en=line.floor.en,
        total=line.total,
        due=line.due,
        held=line.held,
        undated=line.undated,
        next_on=line.next_on,
    )
