"""Input that nobody can mean costs a small multiple of a plain request made beside it, and is refused with a remedy (A48).

Calls of functions are counted, those of C too, each time by an engine that has seen nothing: no plan, document or answer is kept.
"""

from typing import Any

import pytest

from plumb_schema.ground.context import Context
from plumb_schema.ground.engine import Engine, Operation
from support.calls import counted_calls
from support.naive.world import Asked

LIST = """query ($where: GoalFilter, $order: [GoalOrder!], $after: String, $first: Int) {
  goals(first: $first, where: $where, orderBy: $order, after: $after) { edges { node { id title } } } }"""
WRITTEN = "{{ goals(where: {0}) {{ edges {{ node {{ id title }} }} }} }}"
ONE = {"title": {"eq": "甲"}}
MOST = 30
"""Times the calls of a plain page with one condition: the dearest filter takes 24 times as many, what is no filter below 6 times;
what unfolds or repeats itself without a bound would take hundreds."""


def nested(levels: int, word: str, *, wide: int = 1) -> dict[str, Any]:
    inner: dict[str, Any] = ONE
    for _ in range(levels):
        inner = {word: [inner] * wide if word in ("and", "or") else inner}
    return inner


def doubling(levels: int) -> str:
    spreads = [f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }}" for i in range(levels)]
    return f"{{ ...f0 }} {' '.join(spreads)} fragment f{levels} on Query {{ company {{ name }} }}"


BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "a filter 100 deep": (LIST, {"where": nested(100, "not")}, "FILTER_TOO_LARGE"),
    "a filter written 100 deep": (WRITTEN.format("{not: " * 100 + "{}" + "}" * 100), {}, "FILTER_TOO_LARGE"),
    "100 parents": (LIST, {"where": nested(100, "parent")}, "FILTER_TOO_LARGE"),
    "1,000 alternatives": (LIST, {"where": {"or": [ONE] * 1000}}, "FILTER_TOO_LARGE"),
    "1,000 that all hold": (LIST, {"where": {"and": [ONE] * 1000}}, "FILTER_TOO_LARGE"),
    "ten in ten in ten": (LIST, {"where": nested(3, "or", wide=10)}, "FILTER_TOO_LARGE"),
    "1,000 aliases": ("{" + " ".join(f"a{i}: csrf" for i in range(1000)) + "}", {}, "GRAPHQL_TOO_MANY_TOKENS"),
    "51 aliases": ("{" + " ".join(f"a{i}: csrf" for i in range(51)) + "}", {}, "GRAPHQL_TOO_MANY_ALIASES"),
    "22 fragments each twice the next": (doubling(22), {}, "GRAPHQL_TOO_COMPLEX"),
    "58 fragments each twice the next": (doubling(58), {}, "GRAPHQL_TOO_DEEP"),
    "a forged cursor": (LIST, {"after": "forged"}, "CURSOR_INVALID"),
    "a cursor of 100,000 letters": (LIST, {"after": "A" * 100_000}, "CURSOR_INVALID"),
    "a page of 101": (LIST, {"first": 101}, "PAGE_SIZE_INVALID"),
}


async def counted(
    asked: Asked, engine: Engine, text: str, given: dict[str, Any], locale: Any = "en"
) -> tuple[int, dict[str, Any]]:
    """Return how many functions a new engine called until the answer, and the answer."""
    actor, grants = asked.callers["admin"]
    context: Context = asked.world.context(actor, grants)
    context.locale = locale
    new = Engine(engine.schema)
    with counted_calls() as calls:
        body = (await new.answer(Operation(text, given), context)).body
    return calls.count, body


@pytest.mark.parametrize("name", list(BAD))
async def test_what_nobody_can_mean_costs_little_more_than_a_page(asked: Asked, product_engine: Engine, name: str) -> None:
    text, given, code = BAD[name]
    # Once before, so that neither pays for what the process does once.
    await counted(asked, product_engine, LIST, {"where": ONE, "first": 2})
    plain, page = await counted(asked, product_engine, LIST, {"where": ONE, "first": 2})
    assert len(page["data"]["goals"]["edges"]) == 2
    bad, body = await counted(asked, product_engine, text, given)
    assert body["errors"][0]["extensions"]["code"] == code
    assert bad < MOST * plain, (bad, plain)


REMEDIES = {
    "FILTER_TOO_LARGE": ("请减少条件", "Use fewer"),
    "GRAPHQL_TOO_MANY_TOKENS": ("请把值放进变量", "Send values as variables"),
    "GRAPHQL_TOO_MANY_ALIASES": ("请拆成多次请求", "Ask in several requests"),
    "GRAPHQL_TOO_COMPLEX": ("请减少内容", "Ask for less"),
    "GRAPHQL_TOO_DEEP": ("请把下层内容拆成另一次查询", "Ask for what is below by itself"),
    "CURSOR_INVALID": ("请从第一页重新开始", "start again from the first page"),
    "PAGE_SIZE_INVALID": ("请翻页", "Go from page to page"),
}
PLACES = {"FILTER_TOO_LARGE": "where", "CURSOR_INVALID": "after", "PAGE_SIZE_INVALID": "first"}
"""Where in the list's arguments; what is wrong with a document as a whole names a place in its text."""


@pytest.mark.parametrize("name", list(BAD))
async def test_each_refusal_names_place_and_remedy_in_both_languages(asked: Asked, product_engine: Engine, name: str) -> None:
    text, given, code = BAD[name]
    for locale, remedy in zip(("zh-CN", "en"), REMEDIES[code], strict=True):
        _, body = await counted(asked, product_engine, text, given, locale)
        (error,) = body["errors"]
        assert remedy in error["message"]
        assert (error["extensions"]["code"], error["extensions"]["field"]) == (code, PLACES.get(code, "query"))
        assert error["locations"]
