"""Walking a list page by page, as a client does."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Ask = Callable[[str, dict[str, Any]], Awaitable[Any]]
"""Returns the data of an answer."""
Between = Callable[[int], Awaitable[None]]
"""Does something between two pages."""


async def nothing(_: int) -> None:
    """Do nothing between two pages."""


def document(name: str, kind: str) -> str:
    """Return a page of the ids of a list; order, filter, size and place are variables."""
    return (
        f"query ($first: Int, $after: String, $where: {kind}Filter, $order: [{kind}Order!]) {{ {name}(first: $first, "
        "after: $after, where: $where, orderBy: $order) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }"
    )


async def walked(ask: Ask, name: str, kind: str, *, size: int, between: Between = nothing, **variables: Any) -> list[str]:
    """Return the ids of all pages of a list put together."""
    ids: list[str] = []
    after, place = None, 0
    while True:
        page = await one_page(ask, name, kind, {"first": size, "after": after, **variables})
        ids += [edge["node"]["id"] for edge in page["edges"]]
        assert page["pageInfo"]["endCursor"] == (page["edges"][-1]["cursor"] if page["edges"] else None)
        if not page["pageInfo"]["hasNextPage"]:
            return ids
        assert len(page["edges"]) == size
        after, place = page["pageInfo"]["endCursor"], place + 1
        await between(place)


async def one_page(ask: Ask, name: str, kind: str, variables: Mapping[str, Any]) -> Any:
    """Return one page of a list."""
    return (await ask(document(name, kind), dict(variables)))[name]
