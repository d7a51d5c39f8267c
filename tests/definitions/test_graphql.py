"""Definitions and formulas through GraphQL, without HTTP, over a real company."""

from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database
from plumb_schema.definitions.bodies import BodyTypes, UnsayableField
from plumb_tenants.definitions.kinds import Body, registered_kinds
from support.asking import Ask
from support.companies import CompanyFixture, make_company

VERSION = """... on DefinitionVersion { id number state version effectiveFrom checksum definition { id key kind } }
             ... on Problem { code message field } ... on ConflictProblem { currentVersion }"""


@pytest.fixture
def ask(ask: Ask) -> Ask:
    """Return what asks in Chinese."""
    return ask.in_language("zh-CN")


def change(name: str) -> str:
    return f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {VERSION} }} }}"


def sales(*weights: str) -> dict[str, Any]:
    names = (("potential", "市场潜力"), ("staff", "人员配置"), ("strategy", "战略优先级"))
    factors = [{"key": key, "name": name, "weight": weight} for (key, name), weight in zip(names, weights, strict=True)]
    return {"decomposition": {"metric": "销售额", "unitOfMeasure": "元", "level": "UNITS", "factors": factors}}


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


async def changed(ask: Ask, actor: Actor, mutation: str, /, **given: Any) -> dict[str, Any]:
    answer = await ask.body(actor, change(mutation), input=given)
    assert "errors" not in answer, answer
    result: dict[str, Any] = answer["data"][mutation]
    return result


async def test_a_template_whose_weights_do_not_total_a_hundred_is_not_published(ask: Ask, company: CompanyFixture) -> None:
    body = sales("50.00", "30.00", "19.99")
    made = await changed(ask, company.hr, "createDefinition", key="sales", name="销售目标拆解", body=body)
    assert await changed(ask, company.hr, "publishVersion", id=made["id"], version=1) == {
        "code": "WEIGHTS_NOT_100",
        "message": "因子权重合计为 99.99，须为 100.00。",
        "field": "factors",
    }
    found = await ask.body(
        company.hr, "query ($id: ID!) { definitionVersion(id: $id) { state lint { code path severity } } }", id=made["id"]
    )
    assert found["data"]["definitionVersion"] == {
        "state": "DRAFT",
        "lint": [{"code": "WEIGHTS_NOT_100", "path": "factors", "severity": "ERROR"}],
    }


async def test_a_stale_version_is_a_conflict_with_the_current_one(ask: Ask, company: CompanyFixture) -> None:
    body = sales("50.00", "30.00", "20.00")
    made = await changed(ask, company.hr, "createDefinition", key="sales", name="销售", body=body)
    await changed(ask, company.hr, "updateDraft", id=made["id"], version=1, body=sales("40", "40", "20"))
    stale = await changed(ask, company.hr, "updateDraft", id=made["id"], version=1, body=body)
    assert (stale["code"], stale["currentVersion"]) == ("CONFLICT", 2)


async def test_a_body_of_another_kind_or_of_two_kinds_is_refused(ask: Ask, company: CompanyFixture) -> None:
    body = sales("50.00", "30.00", "20.00")
    made = await changed(ask, company.hr, "createDefinition", key="sales", name="销售", body=body)
    other = await changed(ask, company.hr, "updateDraft", id=made["id"], version=1, body={"letter": {}})
    assert (other["code"], other["field"]) == ("DEFINITION_KIND_DIFFERS", "body")
    both = {"key": "x", "name": "x", "body": {**body, "letter": {}}}
    assert "errors" in await ask.body(company.hr, change("createDefinition"), input=both)


async def test_a_value_out_of_range_names_its_field(ask: Ask, company: CompanyFixture) -> None:
    problem = await changed(ask, company.hr, "createDefinition", key="sales", name="销售", body=sales("50.00", "30.00", "120.00"))
    assert problem == {
        "code": "DEFINITION_BODY_INVALID",
        "message": "配置内容有 1 处错误；body.factors[2].weight：须小于或等于 100",
        "field": "body.factors[2].weight",
    }


async def test_a_foreign_version_answers_like_an_unknown_one(ask: Ask, company: CompanyFixture) -> None:
    made = await changed(ask, company.hr, "createDefinition", key="sales", name="销售", body=sales("50", "30", "20"))
    other = (await make_company("另一家公司")).admin
    reading = """query ($v: ID!, $d: ID!) {
        definitionVersion(id: $v) { state } definition(id: $d) { key } a: node(id: $v) { id } b: node(id: $d) { id } }"""
    foreign = {"v": made["id"], "d": made["definition"]["id"]}
    for ids in (foreign, {"v": "x", "d": "y"}):
        empty = {"definitionVersion": None, "definition": None, "a": None, "b": None}
        assert await ask.body(other, reading, **ids) == {"data": empty}
        for name, given in (
            ("publishVersion", {"id": ids["v"], "version": 1}),
            ("archiveVersion", {"id": ids["v"], "version": 1}),
            ("updateDraft", {"id": ids["v"], "version": 1, "body": sales("50", "30", "20")}),
            ("cloneDefinition", {"versionId": ids["v"], "key": "x", "name": "x"}),
            ("newDraft", {"definitionId": ids["d"]}),
        ):
            assert (await changed(ask, other, name, **given))["code"] == "NOT_FOUND"
    own = (await ask.body(other, "{ definitions { edges { node { kind key } } } }"))["data"]["definitions"]["edges"]
    assert own == [{"node": {"kind": "matrix", "key": "default"}}]


async def test_a_definition_lives_from_draft_to_archive(ask: Ask, company: CompanyFixture) -> None:
    hr = company.hr
    made = await changed(ask, hr, "createDefinition", key="sales", name="销售目标拆解", body=sales("50.00", "30.00", "20.00"))
    assert (made["number"], made["state"], made["version"], made["effectiveFrom"]) == (1, "DRAFT", 1, None)
    first = await changed(ask, hr, "publishVersion", id=made["id"], version=1, effectiveFrom="2026-01-01")
    assert (first["state"], first["version"], first["effectiveFrom"]) == ("PUBLISHED", 2, "2026-01-01")
    again = await changed(ask, hr, "updateDraft", id=made["id"], version=2, body=sales("40", "40", "20"))
    assert again["code"] == "VERSION_PUBLISHED"
    draft = await changed(ask, hr, "newDraft", definitionId=made["definition"]["id"])
    await changed(ask, hr, "updateDraft", id=draft["id"], version=1, body=sales("40.00", "40.00", "20.00"))
    clone = await changed(ask, hr, "cloneDefinition", versionId=first["id"], key="support", name="客服")
    assert (clone["definition"]["key"], clone["number"], clone["checksum"]) == ("support", 1, made["checksum"])
    found = await ask.body(
        hr,
        "query ($old: ID!, $new: ID!) { diffVersions(old: $old, new: $new) { change path old new } }",
        old=first["id"],
        new=draft["id"],
    )
    assert found["data"]["diffVersions"] == [
        {"change": "CHANGED", "path": "factors[potential].weight", "old": "50.00", "new": "40.00"},
        {"change": "CHANGED", "path": "factors[staff].weight", "old": "30.00", "new": "40.00"},
    ]
    listed = await ask.body(hr, "{ definitions { edges { node { kind key current { number } versions { number state } } } } }")
    assert [edge["node"] for edge in listed["data"]["definitions"]["edges"]] == [
        {
            "kind": "decomposition",
            "key": "sales",
            "current": {"number": 1},
            "versions": [{"number": 2, "state": "DRAFT"}, {"number": 1, "state": "PUBLISHED"}],
        },
        {"kind": "decomposition", "key": "support", "current": None, "versions": [{"number": 1, "state": "DRAFT"}]},
        {"kind": "matrix", "key": "default", "current": {"number": 1}, "versions": [{"number": 1, "state": "PUBLISHED"}]},
    ]
    archived = await changed(ask, hr, "archiveVersion", id=first["id"], version=2)
    assert (archived["state"], archived["version"]) == ("ARCHIVED", 3)


async def test_bodies_come_back_typed_with_decimals_as_strings(ask: Ask, company: CompanyFixture) -> None:
    letter = {"letter": {"title": "目标责任书", "locale": "EN", "duties": ["完成 {period} 目标"]}}
    for key, body in (("sales", sales("50.00", "30.00", "20.00")), ("annual", letter)):
        await changed(ask, company.hr, "createDefinition", key=key, name="名称", body=body)
    document = """{ definitions { edges { node { kind versions { body { __typename
        ... on DecompositionTemplate { metric unitOfMeasure level balance bandPercent factors { key weight source } }
        ... on LetterBody { title letterLocale: locale duties rights } } } } } } }"""
    found = await ask.body(company.hr, document)
    assert [edge["node"]["versions"][0]["body"] for edge in found["data"]["definitions"]["edges"]] == [
        {
            "__typename": "DecompositionTemplate",
            "metric": "销售额",
            "unitOfMeasure": "元",
            "level": "UNITS",
            "balance": "KEEP_GAP",
            "bandPercent": "15",
            "factors": [
                {"key": "potential", "weight": "50.00", "source": "input"},
                {"key": "staff", "weight": "30.00", "source": "input"},
                {"key": "strategy", "weight": "20.00", "source": "input"},
            ],
        },
        {
            "__typename": "LetterBody",
            "title": "目标责任书",
            "letterLocale": "EN",
            "duties": ["完成 {period} 目标"],
            "rights": [],
        },
        {"__typename": "Matrix"},
    ]


async def test_each_kind_offers_the_schema_of_its_body(ask: Ask, company: CompanyFixture) -> None:
    found = await ask.body(company.hr, "{ definitionKinds { name label jsonSchema } }")
    kinds = {kind["name"]: kind for kind in found["data"]["definitionKinds"]}
    assert list(kinds) == sorted(registered_kinds())
    assert {"calendar", "decomposition", "letter", "matrix", "split"} <= set(kinds)
    assert kinds["decomposition"]["label"] == "目标拆解模板"
    schema = kinds["decomposition"]["jsonSchema"]
    assert schema["required"] == ["metric", "unitOfMeasure", "level", "factors"]
    assert schema["$defs"]["Factor"]["properties"]["weight"]["type"] == "string"


def test_a_body_with_a_float_has_no_type() -> None:
    class Weighed(Body):
        weight: float

    with pytest.raises(UnsayableField, match="WeighedWeight is <class 'float'>"):
        BodyTypes().output(Weighed)


PREVIEW = """query ($text: String!, $names: [FormulaNameInput!]!, $samples: [[FormulaValueInput!]!]!) {
    previewFormula(text: $text, names: $names, samples: $samples) {
        type dependencies fault { code line column name message } results { number text undefined missing } } }"""
NAMES = [{"name": "历史月均"}, {"name": "行业基准值"}]


async def test_a_formula_with_an_unknown_name_is_refused_with_its_place(ask: Ask, company: CompanyFixture) -> None:
    found = await ask.body(company.hr, PREVIEW, text="历史月均 * 2 + 行业基准", names=NAMES, samples=[])
    preview = found["data"]["previewFormula"]
    assert (preview["type"], preview["results"]) == (None, [])
    fault = preview["fault"]
    assert (fault["code"], fault["line"], fault["column"], fault["name"]) == ("FORMULA_UNKNOWN_NAME", 1, 12, "行业基准")


async def test_a_preview_of_too_many_samples_is_refused(ask: Ask, company: CompanyFixture) -> None:
    found = await ask.body(company.hr, PREVIEW, text="1", names=[], samples=[[]] * 101)
    assert found["errors"][0]["extensions"] == {"code": "FORMULA_PREVIEW_TOO_LARGE", "field": "samples"}


async def test_a_formula_is_previewed_on_samples(ask: Ask, company: CompanyFixture) -> None:
    samples = [
        [{"name": "历史月均", "number": "100000.00"}, {"name": "行业基准值", "number": "50000"}],
        [{"name": "行业基准值", "number": "50000"}, {"name": "别的", "number": "1"}],
        [{"name": "历史月均", "text": "一"}],
    ]
    text = "IF(历史月均 > 0,历史月均 * 1.2,行业基准值 * 0.8)"
    preview = (await ask.body(company.hr, PREVIEW, text=text, names=NAMES, samples=samples))["data"]["previewFormula"]
    assert (preview["type"], preview["dependencies"], preview["fault"]) == ("NUMBER", ["历史月均", "行业基准值"], None)
    assert preview["results"] == [
        {"number": "120000.000", "text": None, "undefined": None, "missing": []},
        {"number": "40000.0", "text": None, "undefined": None, "missing": ["历史月均"]},
        {"number": None, "text": None, "undefined": "NO_INPUT", "missing": ["历史月均", "行业基准值"]},
    ]


async def test_the_functions_of_the_language_are_listed_in_the_callers_language(ask: Ask, company: CompanyFixture) -> None:
    found = await ask.body(company.auditor, "{ formulaFunctions { name aliases signature } }")
    first = found["data"]["formulaFunctions"][0]
    assert first == {"name": "IF", "aliases": ["如果"], "signature": "如果(条件, 成立时, [否则])"}
