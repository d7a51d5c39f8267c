from dataclasses import replace
from uuid import uuid4

import pytest

from plumb_platform.database import fetch, tenant_transaction
from plumb_schema.ground.ids import encode_id
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.small_api import Ask

UNAUTHENTICATED = {
    "message": "Please sign in (login), or send a token that still holds.",
    "extensions": {"code": "UNAUTHENTICATED", "requestId": "test-request"},
}
ADD = """mutation ($code: String!, $name: String!) { addPlace(input: {code: $code, name: $name}) {
  __typename ... on Place { name %s } ... on Problem { code message field } ... on ConflictProblem { currentVersion } } }"""


async def codes(company: CompanyFixture) -> list[str]:
    async with tenant_transaction(company.system):
        return [row["code"] for row in await fetch("select code from org_unit order by code")]


@pytest.mark.parametrize(
    "document",
    [
        "{ places { edges { cursor } } }",
        "{ nothingOfTheKind }",
        "{ greeting { text } csrf }",
        "{ __schema { types { name } } }",
        '{ __type(name: "Place") { name } }',
        "query { ...F } fragment F on Query { places { edges { cursor } } }",
        "query { ... on Query { csrf } }",
        "query A { greeting { text } } query B { csrf }",
        "fragment F on Place { name }",
        "mutation { leave { __typename } }",
    ],
)
async def test_an_anonymous_document_beyond_the_public_gets_one_constant_answer(ask: Ask, document: str) -> None:
    answer = await ask(None, document)
    assert (answer.status, answer.body) == (401, {"errors": [UNAUTHENTICATED]})


@pytest.mark.parametrize("field", ["nothing", "text { x }", "text(a: 1)", "... on Place { name }", "... on Nowhere { name }"])
async def test_an_anonymous_mistake_tells_nothing_of_the_schema(ask: Ask, field: str) -> None:
    answer = await ask(None, "{ greeting { " + field + " } }")
    wanted = {
        "message": "The document does not fit the schema.",
        "extensions": {"code": "GRAPHQL_INVALID", "requestId": "test-request"},
    }
    assert (answer.status, answer.body) == (400, {"errors": [wanted]})


async def test_an_anonymous_caller_reads_what_is_public(ask: Ask) -> None:
    answer = await ask(None, "{ greeting { text __typename } }")
    assert (answer.status, answer.body) == (200, {"data": {"greeting": {"text": "您好", "__typename": "Greeting"}}})


async def test_a_denied_query_field_is_null_with_a_code_and_leaves_its_siblings(ask: Ask, company: CompanyFixture) -> None:
    answer = await ask(company.hr, "{ audited greeting { text } }")
    assert answer.body["data"] == {"audited": None, "greeting": {"text": "您好"}}
    assert [(error["path"], error["extensions"]) for error in answer.body["errors"]] == [(["audited"], {"code": "FORBIDDEN"})]


async def test_a_denied_nested_field_is_null_with_a_code(ask: Ask, company: CompanyFixture) -> None:
    await add_unit(company, "U", "单位")
    answer = await ask(company.hr, "{ places { edges { node { name note } } } }")
    assert answer.body["data"] == {"places": {"edges": [{"node": {"name": "单位", "note": None}}]}}
    assert answer.body["errors"][0]["path"] == ["places", "edges", 0, "node", "note"]
    assert answer.body["errors"][0]["extensions"] == {"code": "FORBIDDEN"}


async def test_a_token_without_the_scope_is_denied_what_its_roles_allow(ask: Ask, company: CompanyFixture) -> None:
    narrow = replace(company.auditor, channel="token", scopes=frozenset({"unit:read"}))
    answer = await ask(narrow, "{ audited places { edges { cursor } } }")
    assert answer.body["data"] == {"audited": None, "places": {"edges": []}}
    assert (await ask(company.auditor, "{ audited }")).body == {"data": {"audited": 1}}


async def test_foreign_unknown_and_malformed_ids_are_answered_alike(ask: Ask, company: CompanyFixture) -> None:
    other = await make_company()
    foreign = encode_id("Place", await add_unit(other, "X", "他人"))
    own = encode_id("Place", await add_unit(company, "U", "单位"))
    query = "query ($id: ID!) { place(id: $id) { name } node(id: $id) { id } }"
    wrong = ["", "x", own + "=", own[:-1], encode_id("Goal", uuid4()), encode_id("Place", uuid4()), "R" * 500, foreign]
    answers = [(answer.status, answer.body) for answer in [await ask(company.hr, query, id=text) for text in wrong]]
    assert answers == [(200, {"data": {"place": None, "node": None}})] * len(wrong)
    assert (await ask(company.hr, query, id=own)).body == {"data": {"place": {"name": "单位"}, "node": {"id": own}}}


async def test_a_refused_change_is_a_problem_and_changes_nothing(ask: Ask, company: CompanyFixture) -> None:
    refused = await ask(company.hr, ADD % "", code="A", name="bold")
    stale = await ask(company.hr, ADD % "", code="A", name="stale")
    assert refused.body == {
        "data": {
            "addPlace": {
                "__typename": "RefusedProblem",
                "code": "TEST_TOO_BOLD",
                "message": "The name must not be bold.",
                "field": "name",
            }
        }
    }
    assert stale.body["data"]["addPlace"]["__typename"] == "ConflictProblem"
    assert stale.body["data"]["addPlace"]["currentVersion"] == 7
    assert await codes(company) == []


async def test_a_forbidden_change_is_a_problem_and_changes_nothing(ask: Ask, company: CompanyFixture) -> None:
    employee = await add_person(company, "1", "员工", unit=await add_unit(company, "U", "单位"))
    answer = await ask(employee, ADD % "", code="A", name="x")
    assert answer.body["data"]["addPlace"] == {
        "__typename": "ForbiddenProblem",
        "code": "FORBIDDEN",
        "message": "You have no permission for this (person:import); an administrator of your company can grant it.",
        "field": None,
    }
    assert await codes(company) == ["U"]


async def test_an_unexpected_error_is_masked_and_undone(
    ask: Ask, company: CompanyFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    in_resolver = await ask(company.hr, ADD % "", code="A", name="crash")
    below = await ask(company.hr, ADD % "broken", code="B", name="x")
    message = "Internal error; please give the administrator the request id test-request."
    for answer, path in ((in_resolver, ["addPlace"]), (below, ["addPlace", "broken"])):
        assert answer.body["data"] == {"addPlace": None}
        assert [(error["message"], error["path"]) for error in answer.body["errors"]] == [(message, path)]
        assert answer.body["errors"][0]["extensions"] == {"code": "INTERNAL", "requestId": "test-request"}
    assert await codes(company) == []


async def test_a_denied_field_below_a_change_does_not_undo_it(ask: Ask, company: CompanyFixture) -> None:
    answer = await ask(company.hr, ADD % "note", code="A", name="x")
    assert answer.body["data"] == {"addPlace": {"__typename": "Place", "name": "x", "note": None}}
    assert await codes(company) == ["A"]


async def test_each_change_of_a_document_stands_alone(ask: Ask, company: CompanyFixture) -> None:
    document = """mutation { a: addPlace(input: {code: "A", name: "x"}) { __typename }
      b: addPlace(input: {code: "B", name: "crash"}) { __typename } c: addPlace(input: {code: "C", name: "z"}) { __typename } }"""
    answer = await ask(company.hr, document)
    assert answer.body["data"] == {"a": {"__typename": "Place"}, "b": None, "c": {"__typename": "Place"}}
    assert await codes(company) == ["A", "C"]


async def test_what_was_written_can_be_loaded_in_the_same_answer(ask: Ask, company: CompanyFixture) -> None:
    answer = await ask(company.hr, ADD % "parentName", code="A", name="x")
    assert answer.body["data"]["addPlace"] == {"__typename": "Place", "name": "x", "parentName": "x"}


async def test_suggestions_are_for_those_signed_in(ask: Ask, company: CompanyFixture) -> None:
    answer = await ask(company.hr, "{ greting { text } }")
    assert answer.status == 400
    assert answer.body["errors"][0]["message"] == "Cannot query field 'greting' on type 'Query'. Did you mean 'greeting'?"


async def test_what_is_public_looks_into_another_company_beside_the_callers_own(ask: Ask, company: CompanyFixture) -> None:
    other = await make_company()
    for code in ("A", "B"):
        await add_unit(other, code, code)
    count = 'countOf(tenant: "%s")' % other.tenant_id  # noqa: UP031 - braces belong to GraphQL here
    both = await ask(company.hr, "{ places { totalCount } " + count + " }")
    assert both.body == {"data": {"places": {"totalCount": 0}, "countOf": 2}}
    assert (await ask(company.hr, "{ " + count + " }")).body == {"data": {"countOf": 2}}
    assert (await ask(None, "{ " + count + " }")).body == {"data": {"countOf": 2}}


async def test_root_fields_of_one_query_share_one_transaction(ask: Ask, company: CompanyFixture) -> None:
    await add_unit(company, "U", "单位")
    fields = " ".join(f"a{number}: places {{ totalCount edges {{ node {{ parentName }} }} }}" for number in range(10))
    answer = await ask(company.hr, "{ " + fields + " }")
    page = {"totalCount": 1, "edges": [{"node": {"parentName": "单位"}}]}
    assert answer.body == {"data": {f"a{number}": page for number in range(10)}}
