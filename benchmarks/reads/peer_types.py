"""What both peers' schemas share: the leaves of the answer and the shape of a page."""

from typing import Generic, TypeVar

import strawberry

T = TypeVar("T")


@strawberry.type
class Person:
    id: strawberry.ID
    name: str
    number: str


@strawberry.type
class OrgUnit:
    id: strawberry.ID
    name: str
    code: str


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Edge(Generic[T]):
    node: T


@strawberry.type
class Connection(Generic[T]):
    edges: list[Edge[T]]
    page_info: PageInfo


def page_of(nodes: list[T], ids: list[str], first: int) -> Connection[T]:
    """Return a connection of at most `first` of the nodes, of which one more than that was read."""
    shown = nodes[:first]
    info = PageInfo(has_next_page=len(nodes) > first, end_cursor=ids[len(shown) - 1] if shown else None)
    return Connection(edges=[Edge(node=node) for node in shown], page_info=info)
