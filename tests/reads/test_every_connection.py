"""Every list of the API walked by small pages: the whole of it, each row once; and what nobody can have asked for."""

from collections.abc import Iterator
from time import process_time
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLNonNull, GraphQLObjectType, get_named_type
from plumb_schema.ground.ids import encode_id
from plumb_schema.reads.classes import declared
from support.calls import counted_calls
from support.naive.documents import is_list
from support.naive.world import Asked
from support.pages import walked
from support.schema_walk import RootField, root_fields

SOON, MOST_CALLS = 0.05, 2_000_000
"""Seconds of processor for which a refusal is not looked at again, and the calls that any may take: they take 690,000 at most."""
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


def places(asked: Asked) -> Iterator[tuple[str, Any, str]]:
    """Yield every list of the schema, on the root and on each type of rows: its name, itself, and a document around it."""
    schema = asked.world.engine.schema
    assert schema.query_type is not None
    for name, each in schema.query_type.fields.items():
        if is_list(each):
            yield f"Query.{name}", each, f"{{ {name}(%s) {{ totalCount edges {{ cursor }} }} }}"
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and declared(kind.name):
            row = encode_id(kind.name, next(iter(asked.world.facts.rows[kind.name])))
            for name, each in kind.fields.items():
                if is_list(each):
                    part = f"... on {kind.name} {{ {name}(%s) {{ totalCount edges {{ cursor }} }} }}"
                    yield f"{kind.name}.{name}", each, f'{{ node(id: "{row}") {{ {part} }} }}'


def wrong(definition: Any, foreign: str) -> Iterator[tuple[str, str]]:
    """Yield arguments that nobody can mean, each with the code of its refusal."""
    for first in (0, -1, 101, 2**31 - 1):
        yield f"first: {first}", "PAGE_SIZE_INVALID"
    for cursor in ("", "page2", "A" * 4000, foreign):
        yield f'after: "{cursor}"', "CURSOR_INVALID"
    if "where" in definition.args:
        filters = get_named_type(definition.args["where"].type)
        assert isinstance(filters, GraphQLInputObjectType)
        assert {"and", "or", "not"} <= filters.fields.keys()
        yield "where: " + "{not: " * 100 + "{}" + "}" * 100, "FILTER_TOO_LARGE"
        yield "where: {or: [" + "{}, " * 1000 + "]}", "FILTER_TOO_LARGE"
        yield "where: {not: null}", "FILTER_NULL"


async def test_what_nobody_can_mean_is_refused_by_every_list_and_at_once(asked: Asked) -> None:
    body = await ask_as_admin(asked, "{ goals(orderBy: [{field: TITLE}]) { edges { cursor } } }", {})
    foreign, costs, odd, refusals = body["data"]["goals"]["edges"][0]["cursor"], [], [], 0
    for place, definition, document in places(asked):
        for arguments, code in wrong(definition, foreign):
            began = process_time()
            body = await ask_as_admin(asked, document % arguments, {})
            if process_time() - began > SOON:
                with counted_calls() as calls:
                    await ask_as_admin(asked, document % arguments, {})
                costs.append(calls.count)
            refusals += 1
            told = [each["extensions"]["code"] for each in body.get("errors", ())]
            if told != [code] or set((body["data"] or {"": None}).values()) != {None}:
                odd.append((place, arguments[:60], str(body)[:200]))
    assert odd == []
    assert refusals > 600
    assert max(costs, default=0) < MOST_CALLS
