"""Queries of revisions."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_schema.reads.classes import connection, single
from plumb_schema.revisions.types import (
    AdjustmentCount,
    ChangeMark,
    Propagation,
    Revision,
    RootCause,
    ShadowRun,
    count_of,
    months_of,
)
from plumb_tenants.revisions import service

_READ = Permission.REVISION_READ


@strawberry.type
class RevisionQuery:
    revisions = connection(Revision, description="修订列表 / The revisions that the caller may read, newest first.")
    revision = single(Revision, description="修订 / One revision, with its impact graph.")
    propagations = connection(Propagation, description="链式穿透列表 / Goals below revised ones that have to follow.")
    propagation = single(Propagation, description="链式穿透 / One goal below a revised one.")
    change_marks = connection(ChangeMark, description="变更标记 / Fields that changed; unread ones have no `readAt`.")
    root_causes = connection(RootCause, description="根因工单列表 / Root-cause tickets, newest first.")
    root_cause = single(RootCause, description="根因工单 / One root-cause ticket.")

    @field(needs=_READ, description="影子运行 / What each month would have come to under the old and the new goal.")
    async def shadow_run(self, info: Info, revision_id: strawberry.ID) -> ShadowRun:
        row_id = decode_id(revision_id, "Revision", field="revisionId")
        found = await service.shadow_run(info.context.caller, revision_id=row_id)
        return ShadowRun(old=months_of(found.old), new=months_of(found.new))

    @field(needs=_READ, description="调整次数 / Approved revisions by unit and quarter of a year, against the band.")
    async def adjustments(self, info: Info, year: int) -> list[AdjustmentCount]:
        return [count_of(each) for each in await service.adjustments(info.context.caller, year=year)]
