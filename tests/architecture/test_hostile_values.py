"""Every value of the whole API at the end of what its type allows: an answer or a Problem, never a fault of ours."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLInputType, get_named_type
from plumb_platform.database import Database
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from support.filled_company import fill_company
from support.minimal_inputs import VALUES, type_named
from support.schema_walk import RootField, Steps, arguments_of, root_fields
from support.trying import tried

HOSTILE: dict[str, Any] = {
    "String": "字" * 200_000,
    "Decimal": "-" + "9" * 24 + "." + "9" * 12,
    "Date": "8999-12-31",
    "DateTime": "1000-01-01T00:00:00+14:00",
    "Int": -(2**31),
    "JSON": {"申报值": [10**40, 1e308]},
}
NO_MONTH = "0000-01"


async def test_no_value_at_the_end_of_its_type_is_a_fault_of_ours(
    database: Database, product_engine: Engine, ground: Ground
) -> None:
    filled, asked, faults = await fill_company("极值医疗器械有限公司"), 0, {}
    trying = replace(ground, transaction=tried)
    own = {kind: encode_id(kind.partition(".")[0], value) for kind, value in filled.ids.items()}
    for root in root_fields(product_engine.schema):
        for steps, kind in value_places(root):
            if kind not in HOSTILE:
                continue
            variables = arguments_of(root, lambda at, _: own.get(type_named(at) or "", ""), VALUES, steps=steps, missing=[])
            put(variables, steps, NO_MONTH if steps[-1] in ("month", "period") else HOSTILE[kind])
            context = Context(ground=trying, actor=filled.caller, request_id="test-request", locale="en")
            body = (await product_engine.answer(Operation(root.document(variables), variables), context)).body
            asked += 1
            if any(each["extensions"]["code"] == "INTERNAL" for each in body.get("errors", ())):
                faults[f"{root.place}({'.'.join(steps)})"] = body
    assert faults == {}
    assert asked > 600


def value_places(root: RootField) -> Iterator[tuple[Steps, str]]:
    """Yield where a value stands among the arguments of a root field, and of which type; filters are tested in tests/reads."""
    for name, argument in root.field.args.items():
        yield from _values_below(argument.type, (name,))


def _values_below(kind: GraphQLInputType, steps: Steps) -> Iterator[tuple[Steps, str]]:
    named = get_named_type(kind)
    if not isinstance(named, GraphQLInputObjectType):
        yield steps, named.name
    elif not named.name.endswith(("Filter", "Order")):
        for name, field in named.fields.items():
            yield from _values_below(field.type, (*steps, name))


def put(variables: Any, steps: Steps, value: Any) -> None:
    """Put a value where the steps lead, through the first item of each list."""
    *before, last = steps
    at = variables
    for step in before:
        at = at[step]
        while isinstance(at, list):
            at = at[0]
    at[last] = [value] if isinstance(at[last], list) else value
