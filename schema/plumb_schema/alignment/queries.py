"""Queries of alignment: rounds, proposals, talks, the levelling board, what setting goals took."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.alignment.inputs import BoardFilterInput
from plumb_schema.alignment.types import Alignment, BoardRow, Proposal, SettingTime, TalkTask, row_of_board, timing_of
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_schema.reads.classes import connection, single
from plumb_tenants.alignment import service


@strawberry.type
class AlignmentQuery:
    alignments = connection(Alignment, description="目标对齐列表 / The company's alignments, newest first.")
    alignment = single(Alignment, description="目标对齐 / One alignment.")
    proposals = connection(Proposal, description="申报列表 / The proposals that the caller may read, newest first.")
    proposal = single(Proposal, description="目标申报 / One proposal with its history.")
    talk_tasks = connection(TalkTask, description="沟通任务列表 / The talks that the caller may read, newest first.")

    @field(needs=Permission.ALIGNMENT_LEVEL, description="拉通看板 / The proposals that the caller levels, beside their peers.")
    async def levelling_board(
        self, info: Info, alignment_id: strawberry.ID, only: BoardFilterInput | None = None
    ) -> list[BoardRow] | None:
        found = await service.levelling_board(
            info.context.caller,
            alignment_id=decode_id(alignment_id, "Alignment", field="alignmentId"),
            where=(only or BoardFilterInput()).opened(),
        )
        return [row_of_board(row) for row in found]

    @field(needs=Permission.ALIGNMENT_LEVEL, description="目标制定用时 / From the opening of round 1 to the last confirmation.")
    async def setting_time(self, info: Info, alignment_id: strawberry.ID) -> SettingTime:
        opened = decode_id(alignment_id, "Alignment", field="alignmentId")
        return timing_of(await service.setting_time(info.context.caller, alignment_id=opened))
