"""What the life of a definition refuses, as the product's own role: what is published never changes (A1, A51)."""

import asyncio
from uuid import UUID, uuid4

import pytest
from tortoise.exceptions import BaseORMException

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, tenant_transaction
from plumb_platform.errors import Conflict, Forbidden, InvalidInput, NotFound, Refused
from plumb_tenants.definitions import service
from plumb_tenants.definitions.kinds import Kind
from plumb_tenants.definitions.service import DefinitionVersion
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.share_definitions import Act, body, draft, published, refused, state


@pytest.fixture
async def company(database: Database, shares_kind: Kind) -> CompanyFixture:
    return await make_company()


async def test_weights_that_do_not_total_a_hundred_keep_a_version_from_being_published(company: CompanyFixture) -> None:
    made = await draft(company.hr, "60.00", "39.99")
    error = await refused(company, company.hr, lambda: service.publish_version(company.hr, made.id, version=1))
    assert isinstance(error, InvalidInput)
    assert (error.code, error.field, error.text("en")) == ("TEST_SHARES_NOT_FULL", "shares", "total 99.99")


async def test_the_weights_of_a_decomposition_template_are_checked_when_it_is_published(company: CompanyFixture) -> None:
    factors = [{"key": "potential", "name": "市场潜力", "weight": "40.00"}, {"key": "staff", "name": "人员", "weight": "55.00"}]
    given = {"metric": "销售额", "unit_of_measure": "元", "level": "units", "factors": factors}
    async with tenant_transaction(company.hr):
        made = await service.create_definition(company.hr, kind="decomposition", key="sales", name="销售目标拆解", body=given)
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
        "update definition_version set editors = '[]' where id = $1",
        "update definition_version set state = 'PILOT' where id = $1",
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
            assert error.text("zh-CN") == "找不到该对象，或您无权查看。"
    async with tenant_transaction(other):
        assert [row.kind for row in await service.list_definitions(other, limit=10)] == ["matrix"]


def acts_on(actor: Actor, version_id: UUID, definition_id: UUID) -> tuple[Act, ...]:
    return (
        lambda: service.update_draft(actor, version_id, body=body("100.00"), version=1),
        lambda: service.lint_version(actor, version_id),
        lambda: service.publish_version(actor, version_id, version=1),
        lambda: service.archive_version(actor, version_id, version=2),
        lambda: service.clone_definition(actor, version_id, key="stolen", name="x"),
        lambda: service.new_draft(actor, definition_id),
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
    assert (error.code, error.text("zh-CN")) == (
        "DRAFT_EXISTS",
        "第 1 版草稿尚未发布，请继续编辑，或先放弃该草稿（discardDraft）。",
    )


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
