"""The life of definitions in PostgreSQL, as the product's own role."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.exceptions import BaseORMException

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database, execute, fetch, tenant_transaction
from plumb_platform.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound, Refused
from plumb_tenants.definitions import service
from plumb_tenants.definitions.kinds import Kind
from plumb_tenants.definitions.service import DefinitionVersion
from support.companies import CompanyFixture, add_person, add_unit, make_company

Act = Callable[[], Awaitable[Any]]
NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)


def body(*weights: str, title: str = "年度份额") -> dict[str, Any]:
    """Return a body with shares a, b, c... of these weights."""
    return {"shares": [{"key": chr(97 + place), "weight": weight} for place, weight in enumerate(weights)], "title": title}


@pytest.fixture
async def company(database: Database, shares_kind: Kind) -> CompanyFixture:
    return await make_company()


async def draft(actor: Actor, *weights: str, key: str = "annual") -> DefinitionVersion:
    async with tenant_transaction(actor):
        given = body(*(weights or ("60.00", "40.00")))
        return await service.create_definition(actor, kind="shares", key=key, name="年度份额", body=given)


async def published(actor: Actor, *weights: str, key: str = "annual") -> DefinitionVersion:
    made = await draft(actor, *weights, key=key)
    async with tenant_transaction(actor):
        return await service.publish_version(actor, made.id, version=1)


async def state(company: CompanyFixture) -> list[list[dict[str, Any]]]:
    async with tenant_transaction(company.system):
        return [
            await fetch("select * from definition order by id"),
            await fetch("select * from definition_version order by id"),
            await fetch("select number from audit_entry order by number"),
        ]


async def refused(company: CompanyFixture, actor: Actor, act: Act) -> DomainError:
    """Return why an act was refused; nothing may have changed."""
    before = await state(company)
    with pytest.raises(DomainError) as caught:
        async with tenant_transaction(actor):
            await act()
    assert await state(company) == before
    return caught.value


async def test_weights_that_do_not_total_a_hundred_keep_a_version_from_being_published(company: CompanyFixture) -> None:
    made = await draft(company.hr, "60.00", "39.99")
    error = await refused(company, company.hr, lambda: service.publish_version(company.hr, made.id, version=1))
    assert isinstance(error, InvalidInput)
    assert (error.code, error.field, error.text("en")) == ("TEST_SHARES_NOT_FULL", "shares", "total 99.99")


async def test_the_weights_of_a_decomposition_template_are_checked_when_it_is_published(company: CompanyFixture) -> None:
    factors = [{"key": "potential", "name": "市场潜力", "weight": "40.00"}, {"key": "staff", "name": "人员", "weight": "55.00"}]
    given = {"metric": "销售额", "unit_of_measure": "元", "level": "units", "factors": factors}
    async with tenant_transaction(company.hr):
        made = await service.create_definition(company.hr, kind="decomposition", key="sales", name="销售目标分解", body=given)
    error = await refused(company, company.hr, lambda: service.publish_version(company.hr, made.id, version=1))
    assert (error.code, error.field) == ("WEIGHTS_NOT_100", "factors")
    assert "95.00" in error.text("zh-CN")


async def test_a_stale_version_is_refused_with_the_current_one(company: CompanyFixture) -> None:
    made = await draft(company.hr)
    async with tenant_transaction(company.hr):
        await service.update_draft(company.hr, made.id, body=body("50.00", "50.00"), version=1)
    for act in (
        lambda: service.update_draft(company.hr, made.id, body=body("70.00", "30.00"), version=1),
        lambda: service.publish_version(company.hr, made.id, version=1),
    ):
        error = await refused(company, company.hr, act)
        assert isinstance(error, Conflict)
        assert error.current_version == 2


async def test_a_published_version_is_refused_every_change(company: CompanyFixture) -> None:
    made = await published(company.hr)
    for act in (
        lambda: service.update_draft(company.hr, made.id, body=body("50.00", "50.00"), version=2),
        lambda: service.publish_version(company.hr, made.id, version=2),
    ):
        error = await refused(company, company.hr, act)
        assert isinstance(error, Refused)
        assert error.code == "VERSION_PUBLISHED"


@pytest.mark.parametrize(
    "statement",
    [
        "update definition_version set body = '{}' where id = $1",
        "update definition_version set checksum = repeat('0', 64) where id = $1",
        "update definition_version set state = 'DRAFT' where id = $1",
        "update definition_version set effective_from = '2020-01-01' where id = $1",
        "update definition_version set note = 'x' where id = $1",
        "update definition_version set scope = '[]' where id = $1",
        "update definition_version set state = 'ARCHIVED', number = 9 where id = $1",
        "delete from definition_version where id = $1",
        "update definition set kind = 'letter' where id = (select definition_id from definition_version where id = $1)",
    ],
)
async def test_the_database_itself_refuses_to_change_a_published_version(company: CompanyFixture, statement: str) -> None:
    made = await published(company.hr)
    before = await state(company)
    with pytest.raises(BaseORMException, match=r"never changes|permission denied"):
        async with tenant_transaction(company.hr):
            await execute(statement, made.id)
    assert await state(company) == before


async def test_the_database_refuses_to_wake_an_archived_version(company: CompanyFixture) -> None:
    made = await published(company.hr)
    async with tenant_transaction(company.hr):
        await service.archive_version(company.hr, made.id, version=2)
    for statement in ("set state = 'PUBLISHED'", "set archived_at = now()"):
        with pytest.raises(BaseORMException, match="never changes"):
            async with tenant_transaction(company.hr):
                await execute(f"update definition_version {statement} where id = $1", made.id)


@pytest.mark.parametrize(
    ("key", "name", "code", "field"),
    [
        ("", "名称", "DEFINITION_KEY_INVALID", "key"),
        ("1st", "名称", "DEFINITION_KEY_INVALID", "key"),
        ("../x", "名称", "DEFINITION_KEY_INVALID", "key"),
        ("a" * 61, "名称", "DEFINITION_KEY_INVALID", "key"),
        ("annual", "  ", "DEFINITION_NAME_INVALID", "name"),
        ("annual", "长" * 121, "DEFINITION_NAME_INVALID", "name"),
        ("taken", "名称", "DEFINITION_EXISTS", "key"),
    ],
)
async def test_a_key_or_a_name_that_does_not_serve_is_refused(
    company: CompanyFixture, key: str, name: str, code: str, field: str
) -> None:
    made = await draft(company.hr, key="taken")
    for act in (
        lambda: service.create_definition(company.hr, kind="shares", key=key, name=name, body=body("100.00")),
        lambda: service.clone_definition(company.hr, made.id, key=key, name=name),
    ):
        error = await refused(company, company.hr, act)
        assert (error.code, error.field) == (code, field)


async def test_a_body_that_does_not_fit_changes_no_draft(company: CompanyFixture) -> None:
    made = await draft(company.hr)
    given = {"shares": [{"key": "a", "weight": 0.6}]}
    error = await refused(company, company.hr, lambda: service.update_draft(company.hr, made.id, body=given, version=1))
    assert (error.code, error.field) == ("DEFINITION_BODY_INVALID", "body.shares[0].weight")


async def test_who_has_no_grant_may_not_draft_or_publish(company: CompanyFixture) -> None:
    made = await draft(company.hr)
    unit = await add_unit(company, "HN", "华南")
    manager = await add_person(company, "1", "林粤", unit=unit, roles=("manager",))
    for actor in (manager, company.auditor):
        for act in changes_by(actor, made):
            assert isinstance(await refused(company, actor, act), Forbidden)


def changes_by(actor: Actor, made: DefinitionVersion) -> tuple[Act, ...]:
    return (
        lambda: service.create_definition(actor, kind="shares", key="x", name="x", body=body("100.00")),
        lambda: service.update_draft(actor, made.id, body=body("100.00"), version=1),
        lambda: service.publish_version(actor, made.id, version=1),
        lambda: service.archive_version(actor, made.id, version=1),
        lambda: service.clone_definition(actor, made.id, key="x", name="x"),
        lambda: service.new_draft(actor, made.definition_id),
    )


async def test_a_foreign_and_an_unknown_id_are_refused_alike(company: CompanyFixture) -> None:
    made = await published(company.hr)
    other = (await make_company("另一家公司")).admin
    for version_id, definition_id in ((made.id, made.definition_id), (uuid4(), uuid4())):
        for act in acts_on(other, version_id, definition_id):
            error = await refused(company, other, act)
            assert isinstance(error, NotFound)
            assert error.text("zh-CN") == "找不到该对象,或您无权查看。"
    async with tenant_transaction(other):
        assert await service.list_definitions(other, limit=10) == []


def acts_on(actor: Actor, version_id: UUID, definition_id: UUID) -> tuple[Act, ...]:
    return (
        lambda: service.update_draft(actor, version_id, body=body("100.00"), version=1),
        lambda: service.lint_version(actor, version_id),
        lambda: service.publish_version(actor, version_id, version=1),
        lambda: service.archive_version(actor, version_id, version=2),
        lambda: service.clone_definition(actor, version_id, key="stolen", name="x"),
        lambda: service.new_draft(actor, definition_id),
        lambda: service.versions_of(actor, definition_id),
        lambda: service.current_version(actor, definition_id),
        lambda: service.diff_versions(actor, version_id, version_id),
        lambda: service.published_version(actor, version_id, kind="shares"),
        lambda: service.pinned_version(actor, version_id, kind="shares"),
    )


async def test_a_draft_or_a_version_of_another_kind_is_not_used(company: CompanyFixture) -> None:
    made = await draft(company.hr)
    error = await refused(company, company.hr, lambda: service.published_version(company.hr, made.id, kind="shares"))
    assert (error.code, error.text("en")) == ("VERSION_NOT_PUBLISHED", "This version is DRAFT, not PUBLISHED.")
    used = await published(company.hr, key="other")
    error = await refused(company, company.hr, lambda: service.published_version(company.hr, used.id, kind="decomposition"))
    assert isinstance(error, NotFound)


async def test_an_archived_version_makes_nothing_new_but_stays_readable_for_what_it_made(company: CompanyFixture) -> None:
    made = await published(company.hr)
    async with tenant_transaction(company.hr):
        archived = await service.archive_version(company.hr, made.id, version=2)
        assert (archived.state, archived.version, archived.body) == ("ARCHIVED", 3, made.body)
    error = await refused(company, company.hr, lambda: service.published_version(company.hr, made.id, kind="shares"))
    assert error.code == "VERSION_NOT_PUBLISHED"
    async with tenant_transaction(company.hr):
        pinned = await service.pinned_version(company.hr, made.id, kind="shares")
    assert (pinned.id, pinned.checksum, pinned.number, pinned.key) == (made.id, made.checksum, 1, "annual")


async def test_a_second_draft_is_refused_while_one_is_open(company: CompanyFixture) -> None:
    made = await draft(company.hr)
    error = await refused(company, company.hr, lambda: service.new_draft(company.hr, made.definition_id))
    assert (error.code, error.text("zh-CN")) == ("DRAFT_EXISTS", "第 1 版草稿尚未发布,请继续编辑该草稿。")


async def test_of_two_new_drafts_at_once_one_is_refused(company: CompanyFixture) -> None:
    made = await published(company.hr)

    async def again() -> int | str:
        try:
            async with tenant_transaction(company.hr):
                return (await service.new_draft(company.hr, made.definition_id)).number
        except Refused as error:
            return error.code

    assert sorted(map(str, await asyncio.gather(again(), again()))) == ["2", "DRAFT_EXISTS"]


async def test_of_two_publications_at_once_one_is_refused(company: CompanyFixture) -> None:
    made = await draft(company.hr)

    async def publish() -> str:
        try:
            async with tenant_transaction(company.hr):
                return (await service.publish_version(company.hr, made.id, version=1)).state
        except Conflict as error:
            return f"{error.code} {error.current_version}"

    assert sorted(await asyncio.gather(publish(), publish())) == ["CONFLICT 2", "PUBLISHED"]


async def test_versions_of_different_kinds_have_no_difference(company: CompanyFixture) -> None:
    one = await draft(company.hr)
    factors = [{"key": "potential", "name": "市场潜力", "weight": "100.00"}]
    given = {"metric": "销售额", "unit_of_measure": "元", "level": "units", "factors": factors}
    async with tenant_transaction(company.hr):
        two = await service.create_definition(company.hr, kind="decomposition", key="s", name="s", body=given)
    error = await refused(company, company.hr, lambda: service.diff_versions(company.hr, one.id, two.id))
    assert error.code == "DIFF_KINDS_DIFFER"


async def test_a_version_is_drafted_linted_published_and_read(company: CompanyFixture) -> None:
    made = await draft(company.hr, "60.00", "39.00")
    async with tenant_transaction(company.hr):
        findings = await service.lint_version(company.hr, made.id)
        assert [(finding.code, finding.path) for finding in findings] == [("TEST_SHARES_NOT_FULL", "shares")]
        changed = await service.update_draft(company.hr, made.id, body=body("60.00", "40"), version=1, note="补足")
        assert (changed.version, changed.note, changed.state) == (2, "补足", "DRAFT")
        assert await service.lint_version(company.hr, made.id) == []
        with clock_at(datetime(2026, 2, 28, 16, 30, tzinfo=UTC)):
            done = await service.publish_version(company.hr, made.id, version=2)
        assert (done.state, done.version, done.effective_from) == ("PUBLISHED", 3, date(2026, 3, 1))
    async with tenant_transaction(company.system):
        used = await service.published_version(company.system, made.id, kind="shares")
        actions = await fetch("select action from audit_entry where action like 'definition.%' order by number")
    assert (used.kind, used.key, used.name, used.number) == ("shares", "annual", "年度份额", 1)
    assert [str(share.weight) for share in used.body.shares] == ["60.00", "40"]
    assert [row["action"] for row in actions] == ["definition.draft", "definition.update", "definition.publish"]


async def test_the_newest_effective_version_is_the_current_one(company: CompanyFixture) -> None:
    hr = company.hr
    with clock_at(NOON):
        first = await published(hr)
        async with tenant_transaction(hr):
            second = await service.new_draft(hr, first.definition_id)
            assert (second.number, second.state, second.body) == (2, "DRAFT", first.body)
            await service.update_draft(hr, second.id, body=body("30.00", "70.00"), version=1)
            await service.publish_version(hr, second.id, version=2, effective_from=date(2026, 4, 1))
        error = await refused(company, hr, lambda: service.published_version(hr, second.id, kind="shares"))
        assert error.code == "VERSION_NOT_EFFECTIVE"
        async with tenant_transaction(hr):
            today = await service.current_version(hr, first.definition_id)
            later = await service.current_version(hr, first.definition_id, on=date(2026, 4, 1))
            before = await service.current_version(hr, first.definition_id, on=date(2026, 2, 28))
            found = await service.diff_versions(hr, first.id, second.id)
            states = [(row.number, row.state) for row in await service.versions_of(hr, first.definition_id)]
    assert (today and today.id, later and later.id, before) == (first.id, second.id, None)
    assert states == [(2, "PUBLISHED"), (1, "PUBLISHED")]
    assert [(d.path, d.old, d.new) for d in found] == [
        ("shares[a].weight", "60.00", "30.00"),
        ("shares[b].weight", "40.00", "70.00"),
    ]


async def test_editing_a_clone_never_changes_its_source(company: CompanyFixture) -> None:
    hr = company.hr
    source = await published(hr)
    async with tenant_transaction(hr):
        clone = await service.clone_definition(hr, source.id, key="support", name="客服")
        assert clone.id != source.id
        assert clone.definition_id != source.definition_id
        assert (clone.number, clone.state, clone.body, clone.checksum) == (1, "DRAFT", source.body, source.checksum)
        await service.update_draft(hr, clone.id, body=body("10.00", "90.00"), version=1)
        await service.publish_version(hr, clone.id, version=2)
        kept = await service.published_version(hr, source.id, kind="shares")
    assert (kept.checksum, [str(share.weight) for share in kept.body.shares]) == (source.checksum, ["60.00", "40.00"])


async def test_definitions_are_listed_by_kind_and_key_in_pages(company: CompanyFixture) -> None:
    for key in ("b", "a", "c"):
        await draft(company.hr, key=key)
    async with tenant_transaction(company.hr):
        first = await service.list_definitions(company.hr, limit=2)
        rest = await service.list_definitions(company.hr, limit=2, after=("shares", "b"))
        none = await service.list_definitions(company.hr, limit=2, kind="decomposition")
    assert [row.key for row in first] == ["a", "b"]
    assert [row.key for row in rest] == ["c"]
    assert none == []


async def test_one_key_serves_in_two_companies(company: CompanyFixture) -> None:
    other = await make_company("另一家公司")
    one, two = await draft(company.hr), await draft(other.hr)
    assert one.definition_id != two.definition_id
