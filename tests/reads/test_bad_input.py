"""What nobody can mean is refused by name and at once, and nothing else is touched: filters, nulls, ids, sizes, texts."""

from typing import Any

import pytest

from plumb_schema.ground.answers import Answer
from plumb_schema.ground.context import Context
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from support.calls import counted_calls
from support.naive.world import Asked

LISTED = """query ($first: Int, $where: GoalFilter, $order: [GoalOrder!], $after: String) {
  goals(first: $first, where: $where, orderBy: $order, after: $after) { totalCount edges { node { id } } }
  company { currency } }"""
COMPANY = {"currency": "CNY"}
MOST_CALLS = 1_000_000
"""The functions called for an answer at most, those of C too: the largest input here needs 360,000 when asked first."""


def nested(levels: int, word: str = "not") -> dict[str, Any]:
    """Return a filter so many levels deep."""
    inner: dict[str, Any] = {"title": {"eq": "甲"}}
    for _ in range(levels):
        inner = {word: [inner] if word in ("and", "or") else inner}
    return inner


async def asked_for(asked: Asked, text: str = LISTED, /, **variables: Any) -> Answer:
    actor, grants = asked.callers["admin"]
    return await asked.world.engine.answer(Operation(text, variables), asked.world.context(actor, grants))


async def counted(asked: Asked, text: str = LISTED, /, **variables: Any) -> tuple[int, dict[str, Any]]:
    """Return how many functions were called until the answer, of Python and of C, and the answer."""
    with counted_calls() as calls:
        body = (await asked_for(asked, text, **variables)).body
    return calls.count, body


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "a filter of a hundred levels": ({"where": nested(100)}, "FILTER_TOO_LARGE", "where"),
    "ten levels of lists": ({"where": nested(10, "or")}, "FILTER_TOO_LARGE", "where"),
    "a hundred parents": ({"where": nested(100, "parent")}, "FILTER_TOO_LARGE", "where"),
    "a thousand conditions": ({"where": {"or": [{"title": {"eq": "甲"}}] * 1000}}, "FILTER_TOO_LARGE", "where"),
    "a thousand relations without a condition": ({"where": {"or": [{"owner": {}}] * 1000}}, "FILTER_TOO_LARGE", "where"),
    "a thousand subtrees": (
        {"where": {"or": [{"unit": {"or": [{"under": "OrgUnit_x"}] * 100}}] * 10}},
        "FILTER_TOO_LARGE",
        "where",
    ),
    "a thousand empty alternatives": ({"where": {"and": [{"or": []}] * 1000}}, "FILTER_TOO_LARGE", "where"),
    "a thousand empty filters": ({"where": {"or": [{}] * 1000}}, "FILTER_TOO_LARGE", "where"),
    "null for a value": ({"where": {"title": {"eq": None}}}, "FILTER_NULL", "where.title.eq"),
    "null for a field": ({"where": {"title": None}}, "FILTER_NULL", "where.title"),
    "null for a relation": ({"where": {"owner": {"unit": None}}}, "FILTER_NULL", "where.owner.unit"),
    "null for alternatives": ({"where": {"or": None}}, "FILTER_NULL", "where.or"),
    "no row on a page": ({"first": 0}, "PAGE_SIZE_INVALID", "first"),
    "fewer than none": ({"first": -1}, "PAGE_SIZE_INVALID", "first"),
    "one more than a page holds": ({"first": 101}, "PAGE_SIZE_INVALID", "first"),
    "the largest number": ({"first": 2**31 - 1}, "PAGE_SIZE_INVALID", "first"),
}


@pytest.mark.parametrize("name", list(BAD))
async def test_a_bad_argument_refuses_its_field_alone_and_at_once(asked: Asked, name: str) -> None:
    variables, code, field = BAD[name]
    calls, body = await counted(asked, **variables)
    assert body["data"] == {"goals": None, "company": COMPANY}
    assert [error["extensions"] for error in body["errors"]] == [{"code": code, "field": field}]
    assert calls < MOST_CALLS


WRITTEN = {
    "not": "{not: " * 100 + "{}" + "}" * 100,
    "parent": "{parent: " * 100 + "{}" + "}" * 100,
    "or": "{or: [" * 60 + "{}" + "]}" * 60,
}


@pytest.mark.parametrize("name", list(WRITTEN))
async def test_a_filter_of_a_hundred_levels_in_the_document_is_refused_alike(asked: Asked, name: str) -> None:
    calls, body = await counted(asked, f"{{ goals(where: {WRITTEN[name]}) {{ totalCount }} company {{ currency }} }}")
    assert body["data"] == {"goals": None, "company": COMPANY}
    assert body["errors"][0]["extensions"] == {"code": "FILTER_TOO_LARGE", "field": "where"}
    assert calls < MOST_CALLS


async def test_what_nests_beyond_any_reader_is_refused_as_a_document(asked: Asked) -> None:
    where = "{or: [" * 100 + "{}" + "]}" * 100
    calls, body = await counted(asked, f"{{ goals(where: {where}) {{ totalCount }} company {{ currency }} }}")
    assert [error["extensions"]["code"] for error in body["errors"]] == ["GRAPHQL_TOO_DEEP"]
    assert calls < MOST_CALLS


@pytest.mark.parametrize("after", [None, "forged"])
async def test_an_order_that_repeats_itself_costs_no_more_than_one_that_does_not(asked: Asked, after: str | None) -> None:
    order = [{"field": "TITLE", "direction": "ASC"}, {"field": "TARGET", "direction": "DESC"}] * 1000
    calls, body = await counted(asked, order=order, after=after)
    assert calls < MOST_CALLS
    assert body["data"]["company"] == COMPANY
    assert (body["data"]["goals"] is None) == (after is not None)


async def test_ten_thousand_values_are_looked_through_at_once(asked: Asked) -> None:
    goals = [encode_id("Goal", each) for each in asked.world.facts.rows["Goal"]]
    many = [f"Goal_{number:08x}-0000-0000-0000-000000000000" for number in range(10_000)] + goals[:3]
    calls, body = await counted(asked, where={"id": {"in": many}})
    assert body["data"]["goals"]["totalCount"] == 3
    assert calls < MOST_CALLS
    titles = [f"无{number}" for number in range(10_000)]
    _, body = await counted(asked, where={"title": {"in": titles}})
    assert body["data"]["goals"] == {"totalCount": 0, "edges": []}


WRONG_IDS = ("", "x", "Goal_", "Goal_1", "goal_0", "Person_01a213b3-9fa6-7869-a0fe-9eefd7a017a4", "Goal_" + "a" * 5000, "\x00")
TEXTS = ("\x00", "a\x00b", "'; drop table goal; --", "%_\\", "{row}", "$1::text", "é" * 5000)


@pytest.mark.parametrize("place", range(len(WRONG_IDS)))
async def test_an_id_that_names_nothing_is_answered_as_one_that_is_not_there(asked: Asked, place: int) -> None:
    value = WRONG_IDS[place]
    assert (await asked_for(asked, "query ($id: ID!) { goal(id: $id) { id } }", id=value)).body == {"data": {"goal": None}}
    body = (await asked_for(asked, where={"id": {"in": [value]}, "ownerId": {"eq": value}})).body
    assert body["data"] == {"goals": {"totalCount": 0, "edges": []}, "company": COMPANY}


@pytest.mark.parametrize("place", range(len(TEXTS)))
async def test_a_text_of_any_kind_is_only_compared(asked: Asked, place: int) -> None:
    text = TEXTS[place]
    for operator in ("eq", "contains", "startsWith", "gt"):
        answer = await asked_for(asked, where={"title": {operator: text}})
        codes = [error["extensions"]["code"] for error in answer.body.get("errors", ())]
        assert "INTERNAL" not in codes
        assert answer.status in (200, 400)


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("{ goals(where: {state: {eq: NEVER}}) { totalCount } }", {}),
        ("query ($s: GoalState!) { goals(where: {state: {eq: $s}}) { totalCount } }", {"s": "NEVER"}),
        ("{ goals(orderBy: [{field: PASSWORD}]) { totalCount } }", {}),
        (LISTED, {"order": [{"field": "PASSWORD"}]}),
        (LISTED, {"order": [{"direction": "ASC"}]}),
        (LISTED, {"first": 2**31}),
        (LISTED, {"first": "ten"}),
        ("{ goals(first: 2147483648) { totalCount } }", {}),
        (LISTED, {"where": {"nothing": {"eq": 1}}}),
        (LISTED, {"where": {"target": {"gt": 1.5}}}),
        (LISTED, {"where": {"target": {"gt": "1e5"}}}),
        (LISTED, {"where": {"confirmedAt": {"gt": "yesterday"}}}),
        (LISTED, {"where": {"confirmedAt": {"gt": "0001-01-01T00:00:00+14:00"}}}),
        (LISTED, {"where": {"confirmedAt": {"gt": "1000-01-01T00:00:00+00:01"}}}),
        (LISTED, {"where": {"confirmedAt": {"lt": "9000-01-01T00:00:00Z"}}}),
        *(
            ("query ($d: Date!) { goalsAsOf(asOf: $d) { title } }", {"d": day})
            for day in (
                "0001-01-01",
                "0999-12-31",
                "9000-01-01",
                "9999-12-31",
                "2027-02-29",
                "20270131",
                "2027-W01-1",
                "２027-01-31",
            )
        ),
        (LISTED, {"where": {"confirmedAt": {"lt": "9999-12-31T23:59:59-14:00"}}}),
    ],
)
async def test_what_does_not_fit_the_schema_is_refused_as_a_whole(asked: Asked, document: str, variables: dict[str, Any]) -> None:
    answer = await asked_for(asked, document, **variables)
    assert (answer.status, answer.body.get("data")) == (400, None)
    assert {error["extensions"]["code"] for error in answer.body["errors"]} == {"GRAPHQL_INVALID"}


async def test_a_number_beyond_its_column_is_compared_and_not_cut(asked: Asked) -> None:
    largest = "9" * 24 + "." + "9" * 12
    every = len(asked.world.facts.rows["Goal"])
    assert (await asked_for(asked, where={"target": {"lt": largest}})).body["data"]["goals"]["totalCount"] == every
    assert (await asked_for(asked, where={"version": {"lt": 2**31 - 1}})).body["data"]["goals"]["totalCount"] == every
    body = (await asked_for(asked, where={"confirmedAt": {"gt": "1000-01-01T00:00:00Z"}})).body
    assert "errors" not in body


async def test_bad_input_leaves_no_plan_that_troubles_a_good_one(asked: Asked, product_engine: Engine) -> None:
    engine = Engine(product_engine.schema)
    actor, grants = asked.callers["admin"]

    async def first(size: int) -> dict[str, Any]:
        context: Context = asked.world.context(actor, grants)
        return (await engine.answer(Operation(LISTED, {"first": size}), context)).body

    for size in (0, 5, 101, 5, -1):
        body = await first(size)
        assert (body["data"]["goals"] is None) == (not 1 <= size <= 100)
        if size == 5:
            assert len(body["data"]["goals"]["edges"]) == 5
