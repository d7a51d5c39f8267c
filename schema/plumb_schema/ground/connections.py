"""Connections: keyset pages over what a service's reader returns."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import strawberry

from plumb_platform.errors import InvalidInput
from plumb_schema.ground.context import Context
from plumb_schema.ground.cursors import Key
from plumb_schema.ground.permission import field, public_type

PAGE_SIZE, LARGEST_PAGE = 20, 100
T = TypeVar("T")
Row = TypeVar("Row")


class PageSizeInvalid(InvalidInput):
    """A page holds between 1 and 100 items."""

    code = "PAGE_SIZE_INVALID"
    zh = "每页条数须在 1 到 {largest} 之间，收到 {value}。"
    en = "A page holds between 1 and {largest} items; {value} were asked for."


@public_type(description="分页信息 / Where a page stands in its list.")
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@public_type()
class Edge(Generic[T]):
    cursor: str
    node: T


@public_type()
class Connection(Generic[T]):
    edges: list[Edge[T]]
    page_info: PageInfo
    counter: strawberry.Private[Callable[[], Awaitable[int]] | None] = None

    @field(description="总数 / How many there are in all; counted only when asked for, null where it is not offered.")
    async def total_count(self) -> int | None:
        return None if self.counter is None else await self.counter()


async def page(
    context: Context,
    read: Callable[[tuple[Key, ...] | None, int], Awaitable[Sequence[Row]]],
    *,
    place: str,
    key: Callable[[Row], Sequence[Key]],
    node: Callable[[Row], T],
    first: int | None = None,
    after: str | None = None,
    count: Callable[[], Awaitable[int]] | None = None,
) -> Connection[T]:
    """Return one page of a list.

    `read(after_key, limit)` returns at most `limit` rows behind a key in the list's order; `key(row)` is that row's
    place in the order and must be unique (end it with the id); `place` names list, filter and order (`goals:created`).
    Raises PageSizeInvalid and CursorInvalid.
    """
    size = PAGE_SIZE if first is None else first
    if not 1 <= size <= LARGEST_PAGE:
        raise PageSizeInvalid(field="first", largest=LARGEST_PAGE, value=size)
    cursors, bound = context.ground.cursors, f"{context.caller.tenant_id}/{place}"
    rows = await read(cursors.open(bound, after) if after is not None else None, size + 1)
    edges = [Edge(cursor=cursors.seal(bound, key(row)), node=node(row)) for row in rows[:size]]
    info = PageInfo(has_next_page=len(rows) > size, end_cursor=edges[-1].cursor if edges else None)
    return Connection(edges=edges, page_info=info, counter=count)
