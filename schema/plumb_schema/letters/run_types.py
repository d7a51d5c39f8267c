"""GraphQL types of runs of letters."""

from typing import Any

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import field
from plumb_schema.reads.classes import of
from plumb_tenants.letters.run_resources import LETTER_RUN, LETTER_RUN_ITEM
from plumb_tenants.letters.runs import ItemState, RunState

strawberry.enum(RunState, name="LetterRunState", description="批量签发状态 / Where a run stands.")
strawberry.enum(ItemState, name="LetterRunItemState", description="明细状态 / What became of one employee.")


@of(LETTER_RUN)
class LetterRun(Node):
    @field(
        description="打包下载路径 / Where to get its sealed letters as a zip with a manifest.",
        needs=Permission.LETTER_DOWNLOAD,
    )
    def archive_path(self: Any) -> str:
        return f"/letter-runs/{encode_id('LetterRun', self.id)}/zip"


@of(LETTER_RUN_ITEM)
class LetterRunItem(Node):
    pass
