"""What callers are told of a body is what callers write: schema, findings, refusals and differences, for every kind (A1, C22)."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from graphql import GraphQLEnumType, GraphQLInputObjectType, get_named_type
from plumb_platform.database import Database
from plumb_tenants.definitions.as_written import body_written
from plumb_tenants.definitions.kinds import kind_of, registered_kinds
from support.asking import Ask
from support.companies import CompanyFixture, make_company, member
from support.matrices import grant, matrix, published
from support.product_schema import product_schema

VERSION = """... on DefinitionVersion { id version definition { id } } ... on Problem { code message field }"""
DIFF = "query ($old: ID!, $new: ID!) { diffVersions(old: $old, new: $new) { change path old new } }"
LINT = "query ($id: ID!) { definitionVersion(id: $id) { lint { code path } } }"
FACTOR = {"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}
BODY: dict[str, Any] = {"metric": "销售额", "unitOfMeasure": "元", "level": "UNITS", "factors": [FACTOR]}
Place = tuple[str, frozenset[str]]


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


async def does(ask: Ask, company: CompanyFixture, name: str, /, **given: Any) -> dict[str, Any]:
    document = f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {VERSION} }} }}"
    done: dict[str, Any] = await ask(company.hr, document, input=given)
    return done


def said_by_schema(said: Mapping[str, Any], whole: Mapping[str, Any], path: str = "") -> Iterator[Place]:
    """Yield each object's fields and each field's choices, by their path, out of a JSON Schema."""
    for inner in said.get("anyOf", []):
        yield from said_by_schema(inner, whole, path)
    if "$ref" in said:
        yield from said_by_schema(whole["$defs"][said["$ref"].rpartition("/")[2]], whole, path)
    if "enum" in said or "const" in said:
        yield path, frozenset(said.get("enum") or [said["const"]])
    if "items" in said:
        yield from said_by_schema(said["items"], whole, path)
    if "properties" in said:
        yield path, frozenset(said["properties"])
        for name, inner in said["properties"].items():
            yield from said_by_schema(inner, whole, f"{path}.{name}")


def said_by_inputs(said: Any, path: str = "") -> Iterator[Place]:
    """Yield the same out of the GraphQL input types."""
    named = get_named_type(said)
    if isinstance(named, GraphQLEnumType):
        yield path, frozenset(named.values)
    elif isinstance(named, GraphQLInputObjectType):
        yield path, frozenset(named.fields)
        for name, inner in named.fields.items():
            yield from said_by_inputs(inner.type, f"{path}.{name}")


async def test_the_json_schema_of_every_kind_names_what_its_input_names(ask: Ask, company: CompanyFixture) -> None:
    kinds = {each["name"]: each["jsonSchema"] for each in await ask(company.hr, "{ definitionKinds { name jsonSchema } }")}
    bodies: Any = product_schema().type_map["DefinitionBodyInput"]
    assert len(bodies.fields) == len(kinds) == len(registered_kinds())
    for (name, said), member_of in zip(sorted(kinds.items()), (bodies.fields[key] for key in sorted(bodies.fields)), strict=True):
        assert dict(said_by_schema(said, said)) == dict(said_by_inputs(member_of.type)), name


async def test_defaults_of_the_json_schema_are_names_that_a_caller_may_send(ask: Ask, company: CompanyFixture) -> None:
    kinds = {each["name"]: each["jsonSchema"] for each in await ask(company.hr, "{ definitionKinds { name jsonSchema } }")}
    letter, template = kinds["letter"]["properties"], kinds["decomposition"]
    assert (letter["locale"]["default"], letter["design"]["default"]) == ("ZH_CN", "FORMAL")
    assert template["properties"]["calendar"]["default"] == {"pattern": "MONTHS", "firstMonth": 1}
    assert template["$defs"]["Calendar"]["properties"]["firstMonth"]["title"] == "First Month"


async def test_a_refused_body_and_each_finding_name_the_field_as_it_was_written(ask: Ask, company: CompanyFixture) -> None:
    wrong = BODY | {"weightSets": [{"key": "new", "name": "新", "when": "1 = 1", "weights": [{"factor": "x", "weight": "-1"}]}]}
    told = await does(ask, company, "createDefinition", key="a", name="a", body={"decomposition": wrong})
    assert (told["code"], told["field"]) == ("DEFINITION_BODY_INVALID", "body.weightSets[0].weights[0].weight")
    assert "body.weightSets[0].weights[0].weight:" in told["message"]
    short = BODY | {"factors": [FACTOR | {"weight": "90"}], "balance": "ALLOW_OVERASSIGN", "paddingPercent": "6"}
    made = await does(ask, company, "createDefinition", key="b", name="b", body={"decomposition": short})
    lint = (await ask(company.hr, LINT, id=made["id"]))["lint"]
    assert {(each["code"], each["path"]) for each in lint} >= {
        ("WEIGHTS_NOT_100", "factors"),
        ("OVER_ASSIGN_LIMIT_MISSING", "overAssignMaxPercent"),
        ("PADDING_ABOVE_CAP", "paddingPercent"),
    }
    assert not any("_" in each["path"] for each in lint)
    told = await does(ask, company, "publishVersion", id=made["id"], version=1)
    assert (told["code"], told["field"]) == ("WEIGHTS_NOT_100", "factors")


async def test_a_formula_that_needs_another_right_is_named_as_it_was_written(ask: Ask, company: CompanyFixture) -> None:
    await published(company.admin, matrix(first=[grant("definition:read"), grant("definition:write")]))
    first = await member(company.tenant_id, "first")
    set_of_one = {"key": "new", "name": "新", "when": "1 = 1", "weights": [{"factor": "equal", "weight": "100.00"}]}
    given = {"key": "c", "name": "c", "body": {"decomposition": BODY | {"weightSets": [set_of_one]}}}
    document = f"mutation ($input: CreateDefinitionInput!) {{ createDefinition(input: $input) {{ {VERSION} }} }}"
    told = await ask(first, document, input=given)
    assert told["code"] == "LOGIC_NOT_ALLOWED"
    assert told["field"] in {"body.weightSets[new].when", "body.factors[equal].source"}


async def test_a_difference_shows_names_and_choices_that_could_be_sent_back(ask: Ask, company: CompanyFixture) -> None:
    made = await does(ask, company, "createDefinition", key="d", name="d", body={"decomposition": BODY})
    await does(ask, company, "publishVersion", id=made["id"], version=1)
    draft = await does(ask, company, "newDraft", definitionId=made["definition"]["id"])
    ramp = {"belowMonths": 6, "percent": "50"}
    changed = BODY | {"level": "PEOPLE", "presence": "FROM_PLACEMENTS", "ramp": [ramp], "roundingUnit": "1"}
    updated = await does(ask, company, "updateDraft", id=draft["id"], version=1, body={"decomposition": changed})
    assert "version" in updated, updated
    found = await ask(company.hr, DIFF, old=made["id"], new=draft["id"])
    assert sorted(found, key=lambda each: each["path"]) == [
        {"change": "CHANGED", "path": "level", "old": "UNITS", "new": "PEOPLE"},
        {"change": "CHANGED", "path": "presence", "old": "GIVEN", "new": "FROM_PLACEMENTS"},
        {"change": "ADDED", "path": "ramp[0]", "old": None, "new": ramp},
        {"change": "CHANGED", "path": "roundingUnit", "old": "0.01", "new": "1"},
    ]


def test_a_body_is_written_with_the_words_of_its_choices() -> None:
    letter = kind_of("letter").body.model_validate({"locale": "en", "design": "battle_map", "page_size": "LETTER"})
    written = body_written(letter)
    assert (written["locale"], written["design"], written["pageSize"]) == ("EN", "BATTLE_MAP", "LETTER")
