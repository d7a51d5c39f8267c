"""Levels of builders: maintaining a form, editing formulas, editing alert rules (C22); clones with other metrics (C21)."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Annotated, Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, tenant_transaction
from plumb_platform.permissions import Permission
from plumb_tenants.definitions import kinds
from plumb_tenants.definitions.kinds import ALERT_RULE, Body, Kind, Logic
from plumb_tenants.definitions.service import (
    DefinitionVersion,
    clone_definition,
    create_definition,
    discard_draft,
    submit_for_review,
    update_draft,
    versions_by_definition,
    withdraw_review,
)
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


class Watch(Body):
    """A body of all three levels."""

    label: str = ""
    formula: Annotated[str, Logic()] = ""
    limit: Annotated[Decimal | None, ALERT_RULE] = None


WATCH = {"label": "客诉", "formula": "人数", "limit": "15"}


@pytest.fixture
def watch_kind() -> Iterator[None]:
    kinds.registered_kinds()
    kinds.register(Kind(name="watch", zh="看护", en="Watch", body=Watch))
    kinds.register(Kind(name="alarm", zh="预警", en="Alarm", body=Watch, needs=Permission.DEFINITION_ALERT))
    yield
    del kinds._KINDS["watch"], kinds._KINDS["alarm"]


async def builder(company: CompanyFixture, *levels: str) -> Actor:
    grants = [grant(each) for each in ("definition:read", "definition:write", *levels)]
    await published(company.admin, matrix(builder=grants))
    return await member(company.tenant_id, "builder")


@pytest.mark.parametrize(
    ("levels", "change", "refusal"),
    [
        ((), {"label": "客户投诉"}, None),
        ((), {"formula": "人数 * 2"}, "body.formula definition:logic"),
        ((), {"limit": "20"}, "body.limit definition:alert"),
        (("definition:logic",), {"formula": "人数 * 2"}, None),
        (("definition:logic",), {"limit": "20"}, "body.limit definition:alert"),
        (("definition:alert",), {"limit": "20"}, None),
        (("definition:alert",), {"limit": "20", "formula": ""}, "body.formula definition:logic"),
    ],
)
async def test_each_level_of_builder_edits_what_its_level_allows(
    company: CompanyFixture, watch_kind: None, levels: tuple[str, ...], change: dict[str, str], refusal: str | None
) -> None:
    admin, actor = company.admin, await builder(company, *levels)
    async with tenant_transaction(admin):
        draft = await create_definition(admin, kind="watch", key="w", name="w", body=WATCH)

    async def act() -> None:
        await update_draft(actor, draft.id, body=WATCH | change, version=1)

    if refusal is None:
        async with tenant_transaction(actor):
            await act()
        return
    error = await refused(company, actor, act)
    assert f"{error.field} {error.values['permission']}" == refusal


async def test_a_kind_of_alert_rules_is_drafted_at_the_third_level_only(company: CompanyFixture, watch_kind: None) -> None:
    actor = await builder(company, "definition:logic")

    def act() -> Any:
        return create_definition(actor, kind="alarm", key="a", name="a", body={"label": "x"})

    error = await refused(company, actor, act)
    assert (error.code, error.values["permission"]) == ("FORBIDDEN", "definition:alert")
    actor = await builder(company, "definition:alert")
    async with tenant_transaction(actor):
        assert (await act()).state == "DRAFT"


async def test_who_may_not_write_a_kind_is_told_nothing_of_where_its_versions_stand(
    company: CompanyFixture, watch_kind: None
) -> None:
    """Neither the present version nor the state, nor a fault of the input, comes before the permission."""
    admin, actor = company.admin, await builder(company, "definition:logic")
    async with tenant_transaction(admin):
        draft = await create_definition(admin, kind="alarm", key="a", name="a", body={"label": "x"})
    acts: list[Callable[[int], Any]] = [
        lambda version: update_draft(actor, draft.id, body={"labl": "y"}, version=version),
        lambda version: update_draft(actor, draft.id, body={"label": "y"}, version=version, kind="watch"),
        lambda version: discard_draft(actor, draft.id, version=version),
        lambda version: submit_for_review(actor, draft.id, version=version),
        lambda version: withdraw_review(actor, draft.id, version=version),
    ]
    for act in acts:
        for version in (1, 7):
            error = await refused(company, actor, partial(act, version))
            assert (error.code, error.values["permission"]) == ("FORBIDDEN", "definition:alert")


async def test_a_clone_with_other_metrics_keeps_the_structure_and_leaves_the_source_alone(company: CompanyFixture) -> None:
    hr = company.hr
    source = await made(hr, template("人数", ""))
    async with tenant_transaction(hr):
        clone = await clone_definition(hr, source.id, key="service", name="客服", metrics={"销售额": "首次响应时长"})
        assert {clone.id, clone.definition_id} & {source.id, source.definition_id} == set()
        assert clone.body == source.body | {"metric": "首次响应时长"}
        await update_draft(hr, clone.id, body=template("") | {"metric": "问题闭环率"}, version=1)
        kept = (await versions_by_definition(hr, [source.definition_id]))[source.definition_id]
    assert [(row.body, row.checksum, row.version) for row in kept] == [(source.body, source.checksum, 1)]


async def test_a_metric_that_the_source_does_not_name_is_not_swapped(company: CompanyFixture) -> None:
    source = await made(company.hr, template("人数"))

    def act() -> Any:
        return clone_definition(company.hr, source.id, key="x", name="x", metrics={"回款": "首次响应时长"})

    error = await refused(company, company.hr, act)
    assert (error.code, error.field, error.text("en")) == (
        "METRIC_NOT_IN_BODY",
        "metrics",
        "The definition does not name the metric 回款; it names: 销售额.",
    )
