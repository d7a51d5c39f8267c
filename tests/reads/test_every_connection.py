"""Every list of the API walked by small pages: the whole of it, each row once; and pages that nobody can have asked for."""

from typing import Any

from graphql import GraphQLNonNull, get_named_type
from support.naive.world import Asked
from support.pages import walked
from support.schema_walk import RootField, root_fields

MOST = 30
"""Rows of a list that is walked by pages of one; longer ones by seven."""


def lists(asked: Asked) -> list[tuple[RootField, str]]:
    """Return every list that needs no argument, and the type of its rows."""
    found = []
    for root in root_fields(asked.world.engine.schema):
        arguments = root.field.args
        if "after" in arguments and not any(isinstance(each.type, GraphQLNonNull) for each in arguments.values()):
            edge: Any = get_named_type(root.field.type)
            found.append((root, get_named_type(get_named_type(edge.fields["edges"].type).fields["node"].type).name))
    return found


async def ask_as_admin(asked: Asked, text: str, variables: dict[str, Any]) -> Any:
    actor, grants = asked.callers["admin"]
    return (await asked.world.ask(actor, grants, text, variables)).body


async def test_a_page_of_none_of_fewer_or_of_far_too_many_is_refused_by_every_list(asked: Asked) -> None:
    for root, _ in lists(asked):
        for first in (-(2**31), -1, 2**31 - 1):
            query = f"query ($first: Int) {{ {root.name}(first: $first) {{ edges {{ node {{ id }} }} }} }}"
            body = await ask_as_admin(asked, query, {"first": first})
            assert body["errors"][0]["extensions"]["code"] == "PAGE_SIZE_INVALID", (root.name, first, body)


async def test_small_pages_put_together_are_the_whole_of_every_list(asked: Asked) -> None:
    async def ask(text: str, variables: dict[str, Any]) -> Any:
        body = await ask_as_admin(asked, text, variables)
        assert "errors" not in body, body
        return body["data"]

    for root, kind in lists(asked):
        in_one = await walked(ask, root.name, kind, size=100)
        assert 0 < len(in_one) == len(set(in_one)), root.name
        for size in (1, 2, 7) if len(in_one) <= MOST else (97,):
            assert await walked(ask, root.name, kind, size=size) == in_one, (root.name, size)
