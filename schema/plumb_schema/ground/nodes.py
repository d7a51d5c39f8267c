"""The root field `node(id)`: any readable object by its global id."""

from typing import Annotated

import strawberry

from plumb_schema.ground.context import Context, Info
from plumb_schema.ground.ids import Node, node_reader, split_id
from plumb_schema.ground.permission import SIGNED_IN, field, need_declared


@strawberry.type
class NodeQuery:
    @field(needs=SIGNED_IN, description="按全局 ID 查询 / The object of a global id; null when it is not there or not yours.")
    async def node(self, info: Info, global_id: Annotated[strawberry.ID, strawberry.argument(name="id")]) -> Node | None:
        parts = split_id(global_id)
        reader = node_reader(parts[0]) if parts else None
        if parts is None or reader is None or not _may_see(info, parts[0]):
            return None
        return await reader(info.context, parts[1])


def _may_see(info: Info, type_name: str) -> bool:
    """Return whether the caller may see the type at all; asked first, so that no error tells which ids exist."""
    context: Context = info.context
    definition = info.schema.get_type_by_name(type_name)
    need = need_declared(getattr(definition, "directives", ()))
    return need is not None and context.allows(need)
