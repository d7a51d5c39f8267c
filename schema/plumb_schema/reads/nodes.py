"""The root field `node(id)`: any object that the caller may read, by its global id."""

from typing import Annotated, Any

import strawberry

from plumb_schema.ground.ids import Node
from plumb_schema.ground.permission import SIGNED_IN, directives_of
from plumb_schema.reads.classes import READ, AnyNode


def _node(self: Any, global_id: Annotated[strawberry.ID, strawberry.argument(name="id")]) -> Node | None:
    raise NotImplementedError


@strawberry.type
class NodeQuery:
    node: Node | None = strawberry.field(
        resolver=_node,
        description="按全局 ID 查询 / The object of a global id; null when it is not there or not yours.",
        directives=directives_of(SIGNED_IN),
        metadata={READ: AnyNode()},
    )
