"""Limits of a document: a bomb is refused before it is run, cost follows pages and variables (A48)."""

import tracemalloc
from collections.abc import Callable

import orjson
import pytest

from plumb_platform.errors import DomainError, Locale
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.documents import Documents
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.limits import Limits, ListTooLong
from plumb_server.incoming import read_operation
from support.calls import counted_calls
from support.companies import CompanyFixture

MOST_CALLS = 500_000
"""What fifty milliseconds of a processor call; the dearest here takes 142,000, and one that is unfolded millions."""


def doubling(levels: int) -> str:
    spreads = [f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }}" for i in range(levels)]
    return f"{{ ...f0 }} {' '.join(spreads)} fragment f{levels} on Query {{ greeting {{ text }} }}"


def chain(levels: int) -> str:
    spreads = [f"fragment f{i} on Query {{ ...f{i + 1} }}" for i in range(levels)]
    return f"{{ ...f0 }} {' '.join(spreads)} fragment f{levels} on Query {{ csrf }}"


BOMBS: dict[str, tuple[str, str]] = {
    "22 fragments each spreading the next twice": (doubling(22), "GRAPHQL_TOO_COMPLEX"),
    "58 fragments each spreading the next twice": (doubling(58), "GRAPHQL_TOO_DEEP"),
    "60 levels of doubling": (doubling(60), "GRAPHQL_TOO_COMPLEX"),
    "200 levels of doubling": (doubling(200), "GRAPHQL_TOO_MANY_TOKENS"),
    "a chain of 55 fragments": (chain(55), "GRAPHQL_TOO_DEEP"),
    "10,000 aliases": ("{" + " ".join(f"a{i}: csrf" for i in range(10_000)) + "}", "GRAPHQL_TOO_MANY_TOKENS"),
    "51 aliases": ("{" + " ".join(f"a{i}: csrf" for i in range(51)) + "}", "GRAPHQL_TOO_MANY_ALIASES"),
    "1,100 times one field": ("{" + "csrf " * 1_100 + "}", "GRAPHQL_TOO_COMPLEX"),
    "a number of 5,000 digits": ("{ places(first: " + "9" * 5_000 + ") { totalCount } }", "GRAPHQL_TOO_COMPLEX"),
    "61 times one field": ("{" + "csrf " * 62 + "}", "GRAPHQL_TOO_COMPLEX"),
    "one field in 62 inline fragments": ("{" + "... { csrf } " * 62 + "}", "GRAPHQL_TOO_COMPLEX"),
    "21 deep": ("{ a" * 21 + "}" * 21, "GRAPHQL_TOO_DEEP"),
    "100 deep": ("{ a" * 100 + "}" * 100, "GRAPHQL_TOO_DEEP"),
    "900 deep": ("{ a" * 900 + "}" * 900, "GRAPHQL_TOO_DEEP"),
    "inline fragments 150 deep": ("{ ..." * 150 + "{ csrf }" + "}" * 150, "GRAPHQL_TOO_DEEP"),
    "a fragment that spreads itself": ("{ ...f } fragment f on Query { ...f }", "GRAPHQL_TOO_DEEP"),
    "two fragments in a circle": ("{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }", "GRAPHQL_TOO_DEEP"),
    "an unused circle": ("{ csrf } fragment f on Query { a { ...f } }", "GRAPHQL_TOO_DEEP"),
    "a list of 100,000 numbers": ("{ place(id: [" + "1 " * 100_000 + "]) { name } }", "GRAPHQL_TOO_MANY_TOKENS"),
    "lists 1,500 deep": ("{ place(id: " + "[" * 1_500 + ") { name } }", "GRAPHQL_TOO_DEEP"),
    "input objects 400 deep": ("{ place(id: " + "{a: " * 400 + "1" + "}" * 400 + ") { name } }", "GRAPHQL_TOO_DEEP"),
    "types 1,500 deep": ("query ($a: " + "[" * 1_500 + "Int) { csrf }", "GRAPHQL_TOO_DEEP"),
    "pages in pages": (
        "{ places(first: 100) { edges { node { places(first: 100) { edges { node { places(first: 100) "
        "{ edges { cursor } } } } } } } } }",
        "GRAPHQL_TOO_COMPLEX",
    ),
    "a page size of 5,000 digits": (
        "{ places(first: " + "9" * 5_000 + ") { edges { node { places { edges { node { places { edges { cursor } } } } } } } } }",
        "GRAPHQL_TOO_COMPLEX",
    ),
    "200 kB of commas": ("," * 200_000 + "{ csrf }", "GRAPHQL_TOO_MANY_TOKENS"),
    "10,000 comments": ("#\n" * 10_000 + "{ csrf }", "GRAPHQL_TOO_MANY_TOKENS"),
    "61 operations": (" ".join(f"query q{i} {{ csrf }}" for i in range(61)), "GRAPHQL_TOO_COMPLEX"),
    "350 unknown keys of an input": (
        "mutation { addPlace(input: {" + " ".join(f"k{i}: 1" for i in range(350)) + "}) { __typename } }",
        "GRAPHQL_INVALID",
    ),
    "300 unknown fields": ("{" + " ".join(f"nope{i}" for i in range(300)) + "}", "GRAPHQL_INVALID"),
    "an unclosed brace": ("{ csrf", "GRAPHQL_SYNTAX"),
    "no GraphQL at all": ("目标", "GRAPHQL_SYNTAX"),
}


def calls_of(act: Callable[[], object]) -> int:
    with counted_calls() as calls:
        act()
    return calls.count


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("anonymous", [False, True])
def test_a_bomb_is_refused_in_few_calls(engine: Engine, name: str, anonymous: bool) -> None:
    text, code = BOMBS[name]

    def refuse() -> None:
        with pytest.raises(DomainError) as refusal:
            Documents(engine.schema, Limits()).prepare(text, {}, anonymous=anonymous)
        assert refusal.value.code in ({code, "UNAUTHENTICATED"} if anonymous else {code})

    assert calls_of(refuse) < MOST_CALLS


def test_doubling_costs_no_more_per_level(engine: Engine) -> None:
    def refuse(levels: int) -> None:
        with pytest.raises(DomainError):
            Documents(engine.schema, Limits()).prepare(doubling(levels), {}, anonymous=False)

    short, long = calls_of(lambda: refuse(14)), calls_of(lambda: refuse(56))
    assert long < 5 * short


def test_the_cost_of_pages_multiplies_and_follows_variables(engine: Engine) -> None:
    documents = Documents(engine.schema, Limits())
    text = "query ($n: Int) { places(first: $n) { edges { node { name code } } } }"
    # 1 for places, and for each of n edges: 1 for the edge, 1 for the node, 2 for its fields.
    assert documents.prepare(text, {"n": 10}, anonymous=False).size.cost == 41
    assert documents.prepare(text, {"n": 100}, anonymous=False).size.cost == 401
    assert documents.prepare(text, {}, anonymous=False).size.cost == 401
    assert documents.prepare("{ places { edges { cursor } } }", {}, anonymous=False).size.cost == 41


def test_a_kept_document_is_not_validated_twice_and_stays_closed_to_anonymous_callers(engine: Engine) -> None:
    documents = Documents(engine.schema, Limits())
    first = documents.prepare("{ csrf }", {}, anonymous=False)
    assert documents.prepare("{ csrf }", {}, anonymous=False) is first
    with pytest.raises(DomainError) as refusal:
        documents.prepare("{ csrf }", {}, anonymous=True)
    assert refusal.value.code == "UNAUTHENTICATED"


def test_documents_are_kept_within_bounds(engine: Engine) -> None:
    documents = Documents(engine.schema, Limits())
    for number in range(600):
        documents.prepare(f"query q{number} {{ csrf }}" + " " * 2_000, {}, anonymous=False)
    assert len(documents._kept) <= 256
    assert documents._characters == sum(len(text) for text in documents._kept) <= 400_000


def test_a_long_name_above_many_lists_is_kept_once_and_not_for_each_of_them() -> None:
    """100 kB beside 2,000 lists took 200 MB before anybody was asked who they are."""
    body = orjson.dumps({"query": "{ csrf }", "variables": {"k" * 100_000: [[]] * 2_000 + [[1] * 10_001]}})
    tracemalloc.start()
    with pytest.raises(ListTooLong) as refused:
        read_operation(body, Limits())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (refused.value.field, peak < 10_000_000) == ("variables." + "k" * 190, True)


def lines(*written: str) -> str:
    return "\n".join(written)


PLACED: dict[str, tuple[str, tuple[int, int]]] = {
    "the 51st alias": (lines("{", *(f"  a{i}: csrf" for i in range(60)), "}"), (52, 3)),
    "an alias in a fragment": (
        lines("{ ...f", *(f"a{i}: csrf" for i in range(50)), "}", "fragment f on Query {", " b: csrf }"),
        (51, 1),
    ),
    "the field that is too deep": (lines(*["{ a"] * 21, "}" * 21), (21, 3)),
    "where a fragment spreads itself": (lines("{ ...f }", "fragment f on Query {", "  ...f }"), (2, 1)),
    "the 301st field": (lines("{", *(f" f{i}" for i in range(301)), "}"), (302, 2)),
    "the last of too many repetitions": (lines("{", *["csrf"] * 62, "}"), (63, 1)),
    "the 61st definition": (lines(*(f"query q{i} {{ csrf }}" for i in range(61))), (61, 1)),
    "the number that is too long": (lines("{", " places(first: " + "9" * 5_000 + ") { totalCount } }"), (2, 16)),
    "the page that multiplies": (
        lines(
            "{ csrf",
            " places(first: 100) { edges { node { places(first: 100) { edges { node { places(first: 100)",
            "{ edges { cursor } } } } } } } } }",
        ),
        (2, 2),
    ),
    "the 1,201st token": (lines("{", *["csrf"] * 1_300, "}"), (1_201, 1)),
    "the character behind the last": (lines("#" * 30_000, "#" * 5_000, "{ csrf }"), (2, 2_768)),
    "what is no GraphQL": (lines("{", "  csrf", "  ?", "}"), (3, 3)),
}


@pytest.mark.parametrize("name", PLACED)
async def test_a_refused_document_is_told_where_in_it_and_in_the_readers_language(
    engine: Engine, ground: Ground, company: CompanyFixture, name: str
) -> None:
    text, (line, column) = PLACED[name]
    said: dict[Locale, str] = {"zh-CN": f"第 {line} 行第 {column} 列", "en": f"line {line}, column {column}"}
    for locale, place in said.items():
        asking = Context(ground=ground, actor=company.admin, request_id="test-request", locale=locale)
        (error,) = (await engine.answer(Operation(text), asking)).body["errors"]
        assert (error["locations"], error["extensions"]["field"]) == ([{"line": line, "column": column}], "query")
        assert place in error["message"]
