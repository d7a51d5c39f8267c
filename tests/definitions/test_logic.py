"""Two levels of builders: who may maintain a definition is refused its formulas, and told which one (C22)."""

from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, tenant_transaction
from plumb_tenants.definitions.service import DefinitionVersion, clone_definition, create_definition, update_draft
from support.companies import CompanyFixture, make_company, member
from support.matrices import grant, matrix, published
from support.share_definitions import refused


def template(*sources: str, name: str = "平均") -> dict[str, Any]:
    weight = {1: "100.00", 2: "50.00"}[len(sources)]
    factors = [
        {"key": f"f{place}", "name": name, "weight": weight, **({"source": each} if each else {})}
        for place, each in enumerate(sources)
    ]
    given = {"metric": "销售额", "unit_of_measure": "元", "level": "people", "inputs": ["人数"]}
    return {**given, "factors": factors}


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    company = await make_company()
    grants = [grant("definition:read"), grant("definition:write")]
    await published(company.admin, matrix(beginner=grants))
    return company


@pytest.fixture
async def beginner(company: CompanyFixture) -> Actor:
    return await member(company.tenant_id, "beginner")


async def made(actor: Actor, body: dict[str, Any]) -> DefinitionVersion:
    async with tenant_transaction(actor):
        return await create_definition(actor, kind="decomposition", key="sales", name="销售", body=body)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (template("人数 * 2"), "factors[f0].source"),
        (template(""), "factors[f0].source"),
        (template("人数", "1"), "factors[f1].source"),
        (template("1", "人数"), "factors[f0].source"),
    ],
)
async def test_a_beginner_is_refused_a_formula_by_its_place(
    company: CompanyFixture, beginner: Actor, body: dict[str, Any], path: str
) -> None:
    draft = await made(company.hr, template("人数"))
    error = await refused(company, beginner, lambda: update_draft(beginner, draft.id, body=body, version=1))
    assert (error.code, error.field) == ("LOGIC_NOT_ALLOWED", f"body.{path}")
    assert "definition:logic" in error.text("zh-CN")


async def test_a_beginner_is_refused_a_new_definition_with_a_formula(company: CompanyFixture, beginner: Actor) -> None:
    def act() -> Any:
        return create_definition(beginner, kind="decomposition", key="x", name="x", body=template("人数"))

    error = await refused(company, beginner, act)
    assert error.code == "LOGIC_NOT_ALLOWED"


async def test_a_beginner_names_adds_and_clones_without_touching_a_formula(company: CompanyFixture, beginner: Actor) -> None:
    draft = await made(company.hr, template("人数"))
    async with tenant_transaction(beginner):
        changed = await update_draft(beginner, draft.id, body=template("人数", "", name="按人数"), version=1)
        clone = await clone_definition(beginner, draft.id, key="copy", name="复制")
        plain = await create_definition(beginner, kind="decomposition", key="plain", name="简单", body=template(""))
    assert [factor["name"] for factor in changed.body["factors"]] == ["按人数", "按人数"]
    assert (clone.checksum, plain.state) == (changed.checksum, "DRAFT")
