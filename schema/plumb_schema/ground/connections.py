"""Connections: pages of a list, each edge with its cursor."""

from typing import Generic, TypeVar

from plumb_platform.errors import InvalidInput
from plumb_schema.ground.permission import attribute, public_type

PAGE_SIZE, LARGEST_PAGE = 20, 100
T = TypeVar("T")


class PageSizeInvalid(InvalidInput):
    """A page holds between 1 and 100 items."""

    code = "PAGE_SIZE_INVALID"
    zh = "每页条数须在 1 到 {largest} 之间，收到 {value}。请翻页取得更多。"
    en = "A page holds between 1 and {largest} items; {value} were asked for. Go from page to page for more."


def is_size(first: int) -> bool:
    """Return whether a page may hold so many items."""
    return 1 <= first <= LARGEST_PAGE


def check_size(first: int | None, field: str) -> None:
    """Raise PageSizeInvalid for a size that no page may have; None is the usual one."""
    if first is not None and not is_size(first):
        raise PageSizeInvalid(field=field, largest=LARGEST_PAGE, value=first)


class SkipInvalid(InvalidInput):
    """Nobody goes back beyond the beginning of a list."""

    code = "SKIP_INVALID"
    zh = "跳过条数须为非负整数，收到 {value}。"
    en = "Skip zero or more items; {value} were asked for. Go from page to page for more."


def check_window(first: int, skip: int) -> None:
    """Raise PageSizeInvalid or SkipInvalid for a part of a list that there cannot be."""
    check_size(first, "first")
    check_skip(skip)


def window_of(first: int, skip: int) -> slice:
    """Return a part of a list; raises as `check_window`."""
    check_window(first, skip)
    return slice(skip, skip + first)


def check_skip(skip: int) -> None:
    """Raise SkipInvalid for less than none."""
    if skip < 0:
        raise SkipInvalid(field="skip", value=skip)


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
    total_count: int = attribute(description="总数 / How many there are in all; counted only when asked for.")
