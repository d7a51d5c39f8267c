"""Queries of retention: the rules in force with what is due, holds, runs."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_schema.ground.permission import field
from plumb_schema.reads.classes import connection, single
from plumb_schema.retention.types import RetentionDue, RetentionHold, RetentionLine, RetentionRun, line_of
from plumb_tenants.retention import service


@strawberry.type
class RetentionQuery:
    retention_holds = connection(RetentionHold, description="保全列表 / Legal holds, newest first, lifted ones too.")
    retention_hold = single(RetentionHold, description="保全 / One hold.")
    retention_runs = connection(RetentionRun, description="销毁批次列表 / What was destroyed and asked for, newest first.")
    retention_run = single(RetentionRun, description="销毁批次 / One run.")

    @field(needs=Permission.RETENTION_READ, description="保存规则与到期预览 / Every category, its rule, and what is due.")
    async def retention_preview(self, info: Info) -> list[RetentionLine]:
        return [line_of(each) for each in await service.preview(info.context.caller)]

    @field(needs=Permission.RETENTION_READ, description="删除预览 / What of a person would go now, and what stays and why.")
    async def erasure_preview(self, info: Info, person_id: strawberry.ID) -> list[RetentionLine]:
        asked = decode_id(person_id, "Person", field="personId")
        return [line_of(each) for each in await service.preview_erasure(info.context.caller, person_id=asked)]

    @field(needs=Permission.RETENTION_READ, description="到期清单 / What is due in a category, by id, page by page.")
    async def retention_due(self, info: Info, category: service.Category, first: int = 50, skip: int = 0) -> list[RetentionDue]:
        rows = await service.due_rows(info.context.caller, category=category, first=first, skip=skip)
        return [
            RetentionDue(
                object_type=row.object_type,
                object_id=encode_id(row.object_type, row.id),
                event_on=row.event_on,
                last_on=row.last_on,
                held=row.held,
            )
            for row in rows
        ]
