"""Levels of who maintains definitions, over GraphQL: texts, formulas and publishing are rights of their own (C22)."""

from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_platform.errors import Locale
from support.asking import Ask
from support.companies import CompanyFixture, make_company, member
from support.matrices import grant, matrix, more, published

NEW = """mutation ($input: NewDraftInput!) { newDraft(input: $input) {
  ... on DefinitionVersion { id version } ... on Problem { code } } }"""
UPDATE = """mutation ($input: UpdateDraftInput!) { updateDraft(input: $input) {
  ... on DefinitionVersion { version } ... on Problem { code field message } } }"""
MATRICES = '{ definitions(where: {kind: {eq: "matrix"}}) { edges { node { id } } } }'
FORMULA, TEXT = "target > 1", "新名称"
LOCALES: tuple[Locale, ...] = ("zh-CN", "en")


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    """Make a company whose matrix has two levels beside its administrators: of texts, and of formulas too."""
    made = await make_company()
    first = [grant("definition:read"), grant("definition:write")]
    await published(made.admin, matrix(first=first, second=[*first, grant("definition:logic")]))
    return made


async def drafted(ask: Ask, actor: Actor) -> dict[str, Any]:
    (found,) = await ask.nodes(actor, MATRICES)
    made: dict[str, Any] = await ask(actor, NEW, input={"definitionId": found["id"]})
    return made


def body(*, formula: str = "", name: str = "员工") -> dict[str, Any]:
    """Return the matrix with a formula in a grant and another name for a role."""
    changed = more("employee", grant("goal:read", filter=formula))
    for role in changed["roles"]:
        role["name"] = name if role["key"] == "employee" else role["name"]
    return {"matrix": changed}


async def test_a_first_level_edits_texts_and_is_refused_a_formula_and_a_second_writes_it(
    ask: Ask, company: CompanyFixture
) -> None:
    first, second = await member(company.tenant_id, "first"), await member(company.tenant_id, "second")
    draft = await drafted(ask, first)
    given: dict[str, Any] = {"id": draft["id"], "version": draft["version"]}
    for locale in LOCALES:
        told = await ask.in_language(locale)(first, UPDATE, input=given | {"body": body(formula=FORMULA)})
        assert (told["code"], told["field"].endswith(".filter")) == ("LOGIC_NOT_ALLOWED", True)
        assert "definition:logic" in told["message"]
    async with tenant_transaction(company.system):
        assert await fetch_value("select version from definition_version where state = 'DRAFT'") == draft["version"]
    saved = await ask(first, UPDATE, input=given | {"body": body(name=TEXT)})
    written = await ask(second, UPDATE, input=given | {"version": saved["version"], "body": body(formula=FORMULA, name=TEXT)})
    kept = await ask(first, UPDATE, input=given | {"version": written["version"], "body": body(formula=FORMULA, name="再改")})
    assert (saved["version"], written["version"], kept["version"]) == tuple(draft["version"] + step for step in (1, 2, 3))
    taken = await ask(first, UPDATE, input=given | {"version": kept["version"], "body": body(name="再改")})
    assert taken["code"] == "LOGIC_NOT_ALLOWED"
