"""Review before publishing, where the company says so (C40)."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from tortoise.exceptions import BaseORMException

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database, execute, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import Forbidden
from plumb_tenants.definitions import service
from plumb_tenants.definitions.kinds import Kind
from plumb_tenants.definitions.service import DefinitionVersion
from support.companies import CompanyFixture, add_person, add_unit, make_company, member
from support.matrices import grant, more
from support.matrices import published as published_matrix
from support.share_definitions import Act, body, draft, published, refused


@pytest.fixture
async def company(database: Database, shares_kind: Kind) -> CompanyFixture:
    """Make a company with a second HR member and two reviewers of finance."""
    company = await make_company()
    more_grants = [grant("definition:read"), grant("definition:review")]
    await published_matrix(company.admin, more("hr") | {"roles": [*more("hr")["roles"], role("finance", more_grants)]})
    return company


def role(key: str, grants: list[dict[str, Any]]) -> dict[str, Any]:
    return {"key": key, "name": key, "grants": grants}


async def rules(actor: Actor, *given: dict[str, Any]) -> DefinitionVersion:
    """Publish the first rules of the company."""
    async with tenant_transaction(actor):
        made = await service.create_definition(actor, kind="review", key="default", name="发布审核", body={"rules": list(given)})
        return await service.publish_version(actor, made.id, version=1)


async def submitted(actor: Actor, made: DefinitionVersion) -> DefinitionVersion:
    async with tenant_transaction(actor):
        return await service.submit_for_review(actor, made.id, version=made.version)


async def done(actor: Actor, act: Act) -> Any:
    async with tenant_transaction(actor):
        return await act()


async def test_a_version_is_published_only_with_the_approvals_of_all_configured_roles(company: CompanyFixture) -> None:
    hr, finance = company.hr, await member(company.tenant_id, "finance")
    others = [await member(company.tenant_id, each) for each in ("finance", "hr")]
    await rules(company.admin, {"kind": "shares", "roles": ["finance", "hr"]})
    made = await draft(hr)

    def publish(version: int) -> Act:
        return lambda: service.publish_version(hr, made.id, version=version)

    error = await refused(company, hr, publish(1))
    assert (error.code, error.text("zh-CN")) == ("REVIEW_REQUIRED", "发布前须经角色 finance, hr 审核，请先提交审核。")
    assert (await submitted(hr, made)).state == "IN_REVIEW"
    error = await refused(company, hr, publish(2))
    assert (error.code, error.text("en")) == (
        "APPROVALS_MISSING",
        "The approval of these roles is still missing: finance, hr.",
    )
    await done(finance, lambda: service.approve_version(finance, made.id))
    # A second approval in a role that was given adds nothing.
    await done(others[0], lambda: service.approve_version(others[0], made.id))
    assert "missing: hr." in (await refused(company, hr, publish(2))).text("en")
    await done(others[1], lambda: service.approve_version(others[1], made.id, comment="同意"))
    published = await done(hr, publish(2))
    assert (published.state, published.number, published.checksum) == ("PUBLISHED", 1, made.checksum)
    async with tenant_transaction(company.system):
        acts = await fetch("select act, round, roles::text, checksum from definition_review order by id")
        said = await fetch_value(
            "select after::text from audit_entry where action = 'definition.publish' and object_id = $1", made.id
        )
    assert [(act["act"], act["round"], act["roles"]) for act in acts] == [
        ("SUBMITTED", 1, "[]"),
        ("APPROVED", 1, '["finance"]'),
        ("APPROVED", 1, '["finance"]'),
        ("APPROVED", 1, '["hr"]'),
    ]
    assert {act["checksum"] for act in acts} == {made.checksum}
    assert "unreviewed" not in str(said)


@pytest.mark.parametrize("edits", ["made it", "changed it"])
async def test_an_editor_cannot_approve_their_own_change_if_the_rule_says_so(company: CompanyFixture, edits: str) -> None:
    editor, second = company.hr, await member(company.tenant_id, "hr")
    await rules(company.admin, {"kind": "*", "roles": ["hr"]})
    made = await draft(editor if edits == "made it" else second)
    if edits == "changed it":
        async with tenant_transaction(editor):
            made = await service.update_draft(editor, made.id, body=body("50.00", "50.00"), version=1)
    await submitted(editor, made)
    error = await refused(company, editor, lambda: service.approve_version(editor, made.id))
    assert error.code == "REVIEW_OWN_CHANGE"


async def test_where_the_rule_allows_it_an_editor_approves_their_own_change(company: CompanyFixture) -> None:
    await rules(company.admin, {"kind": "shares", "roles": ["hr"], "own_change": True})
    made = await submitted(company.hr, await draft(company.hr))
    async with tenant_transaction(company.hr):
        await service.approve_version(company.hr, made.id)
        assert (await service.publish_version(company.hr, made.id, version=2)).state == "PUBLISHED"


async def test_what_is_in_review_stays_as_it_is_for_everybody(company: CompanyFixture) -> None:
    made = await submitted(company.hr, await draft(company.hr))
    error = await refused(
        company, company.hr, lambda: service.update_draft(company.hr, made.id, body=body("50.00", "50.00"), version=2)
    )
    assert error.code == "VERSION_IN_REVIEW"
    error = await refused(company, company.hr, lambda: service.submit_for_review(company.hr, made.id, version=2))
    assert error.code == "VERSION_IN_REVIEW"
    for change in ("body = '{}'", "state = 'PUBLISHED', body = '{}'", "state = 'DRAFT', note = 'x'", "state = 'ARCHIVED'"):
        with pytest.raises(BaseORMException, match="never changes"):
            async with tenant_transaction(company.hr):
                await execute(f"update definition_version set {change} where id = $1", made.id)
    for table in ("definition_review", "definition_wave", "definition_milestone"):
        with pytest.raises(BaseORMException, match="permission denied"):
            async with tenant_transaction(company.hr):
                await execute(f"update {table} set tenant_id = tenant_id")


async def test_approvals_end_with_a_rejection_and_with_a_withdrawal(company: CompanyFixture) -> None:
    hr, finance = company.hr, await member(company.tenant_id, "finance")
    await member(company.tenant_id, "finance")
    await rules(company.admin, {"kind": "shares", "roles": ["finance"]})
    made = await submitted(hr, await draft(hr))
    error = await refused(company, finance, lambda: service.reject_version(finance, made.id, comment="  "))
    assert (error.code, error.field) == ("REVIEW_COMMENT_INVALID", "comment")
    await done(finance, lambda: service.approve_version(finance, made.id))
    assert (await refused(company, finance, lambda: service.approve_version(finance, made.id))).code == "REVIEWED_ALREADY"
    back = await done(finance, lambda: service.reject_version(finance, made.id, comment="权重偏高"))
    assert (back.state, back.version) == ("DRAFT", 3)
    again = await submitted(hr, back)
    assert (await refused(company, hr, lambda: service.publish_version(hr, made.id, version=4))).code == "APPROVALS_MISSING"
    await done(finance, lambda: service.approve_version(finance, again.id))
    await done(hr, lambda: service.withdraw_review(hr, made.id, version=4))
    assert (await refused(company, hr, lambda: service.publish_version(hr, made.id, version=5))).code == "REVIEW_REQUIRED"
    for actor, act in (
        (finance, lambda: service.approve_version(finance, made.id)),
        (finance, lambda: service.reject_version(finance, made.id, comment="x")),
        (hr, lambda: service.withdraw_review(hr, made.id, version=5)),
    ):
        assert (await refused(company, actor, act)).code == "VERSION_NOT_IN_REVIEW"


async def test_only_members_in_a_role_of_the_rule_review(company: CompanyFixture) -> None:
    await rules(company.admin, {"kind": "shares", "roles": ["hr"], "own_change": True})
    made = await submitted(company.hr, await draft(company.hr))
    finance = await member(company.tenant_id, "finance")
    for act in (
        lambda: service.approve_version(finance, made.id),
        lambda: service.reject_version(finance, made.id, comment="x"),
    ):
        error = await refused(company, finance, act)
        assert (error.code, error.text("zh-CN")) == ("REVIEW_ROLE_MISSING", "须由角色 hr 审核，您不具有其中任何角色。")
    for actor in (company.system, company.auditor):
        assert isinstance(await refused(company, actor, partial(service.approve_version, actor, made.id)), Forbidden)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"kind": "horoscope", "roles": ["hr"]}, "REVIEW_KIND_UNKNOWN", "rules[0].kind"),
        ({"kind": "shares", "roles": ["hr", "hr"]}, "REVIEW_ROLE_TWICE", "rules[0].roles[1]"),
        ({"kind": "shares", "roles": ["nobody"]}, "REVIEWERS_TOO_FEW", "rules[0].roles"),
        # The only member of HR could never publish a change of their own.
        ({"kind": "shares", "roles": ["hr"]}, "REVIEWERS_TOO_FEW", "rules[0].roles"),
        # Two roles of one member are no two members.
        (
            {"kind": "shares", "roles": ["hr", "company_admin", "finance"], "own_change": True},
            "REVIEWERS_TOO_FEW",
            "rules[0].roles",
        ),
    ],
)
async def test_rules_that_could_not_be_satisfied_are_refused(
    company: CompanyFixture, given: dict[str, Any], code: str, field: str
) -> None:
    async with tenant_transaction(company.admin):
        made = await service.create_definition(company.admin, kind="review", key="default", name="x", body={"rules": [given]})
    error = await refused(company, company.admin, lambda: service.publish_version(company.admin, made.id, version=1))
    assert (error.code, error.field) == (code, field)


async def test_rules_over_the_rules_lapse_for_an_administrator_once_no_reviewer_is_left(company: CompanyFixture) -> None:
    admin = company.admin
    reviewers = [await member(company.tenant_id, "finance") for _ in range(2)]
    first = await rules(admin, {"kind": "review", "roles": ["finance"]})
    async with tenant_transaction(admin):
        free = await service.new_draft(admin, first.definition_id)
        await service.update_draft(admin, free.id, body={"rules": []}, version=1)
    for actor in (admin, company.hr):
        error = await refused(company, actor, partial(service.publish_version, actor, free.id, version=2))
        assert error.code == "REVIEW_REQUIRED"
    async with tenant_transaction(company.system):
        await execute("update membership set active = false where id = any($1)", [each.membership_id for each in reviewers])
    error = await refused(company, company.hr, lambda: service.publish_version(company.hr, free.id, version=2))
    assert error.code == "REVIEW_REQUIRED"
    await done(admin, lambda: service.publish_version(admin, free.id, version=2))
    async with tenant_transaction(company.system):
        said = await fetch_value("select after::text from audit_entry where object_id = $1 order by number desc limit 1", free.id)
    assert "unreviewed" in str(said)


async def test_who_can_approve_is_told_once_of_each_round(company: CompanyFixture) -> None:
    unit = await add_unit(company, "HN", "华南")
    people = [await add_person(company, str(n), "财务", unit=unit, roles=("finance",)) for n in range(2)]
    editor = await add_person(company, "9", "财务兼人事", unit=unit, roles=("finance", "hr"))
    await rules(company.admin, {"kind": "shares", "roles": ["finance"]})
    made = await submitted(editor, await draft(editor))
    async with tenant_transaction(company.system):
        told = await fetch("select person_id, object_id, zh from message order by person_id")
    assert {row["person_id"] for row in told} == {each.person_id for each in people}
    assert [(row["object_id"], row["zh"]) for row in told] == [(made.id, "“年度份额”第 1 版等待您审核。")] * 2


async def test_what_is_calibrated_by_quarters_changes_with_the_next_one_only(company: CompanyFixture) -> None:
    hr = company.hr
    with clock_at(datetime(2026, 3, 30, 4, tzinfo=UTC)):
        await rules(company.admin, {"kind": "shares", "takes_effect": "NEXT_QUARTER"})
        first = await published(hr)
        assert first.effective_from == date(2026, 3, 30)
        async with tenant_transaction(hr):
            second = await service.new_draft(hr, first.definition_id)
            await service.update_draft(hr, second.id, body=body("40.00", "60.00"), version=1)
        early = partial(service.publish_version, hr, second.id, version=2, effective_from=date(2026, 3, 31))
        error = await refused(company, hr, early)
        assert (error.code, error.field) == ("EFFECT_TOO_EARLY", "effectiveFrom")
        assert "2026-04-01" in error.text("zh-CN")
        async with tenant_transaction(hr):
            made = await service.publish_version(hr, second.id, version=2)
        assert made.effective_from == date(2026, 4, 1)
    for month, day, number in ((3, 31, 1), (4, 1, 2)):
        async with tenant_transaction(hr):
            found = await service.effective_version(hr, kind="shares", key="annual", on=date(2026, month, day))
        assert found is not None
        assert found.number == number
    # What was made under the old weights keeps them.
    async with tenant_transaction(hr):
        pinned = await service.pinned_version(hr, first.id, kind="shares")
    assert [str(share.weight) for share in pinned.body.shares] == ["60.00", "40.00"]


async def test_quarters_are_those_of_the_companys_fiscal_year(company: CompanyFixture) -> None:
    hr = company.hr
    with clock_at(datetime(2026, 3, 30, 4, tzinfo=UTC)):
        await rules(company.admin, {"kind": "shares", "takes_effect": "NEXT_QUARTER"})
        first = await published(hr)
        async with tenant_transaction(hr):
            year = {"fiscal_year": {"first_month": 2}}
            calendar = await service.create_definition(hr, kind="calendar", key="default", name="工作日历", body=year)
            await service.publish_version(hr, calendar.id, version=1)
            second = await service.new_draft(hr, first.definition_id)
            await service.update_draft(hr, second.id, body=body("40.00", "60.00"), version=1)
            made = await service.publish_version(hr, second.id, version=2)
    assert made.effective_from == date(2026, 5, 1), "February to April is a quarter of a year that begins with February"
