"""The life of definitions in PostgreSQL: drafted, published, cloned, listed (A1, C21)."""

from datetime import UTC, date, datetime

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import Database, fetch, tenant_transaction
from plumb_tenants.definitions import service
from plumb_tenants.definitions.kinds import Kind
from support.companies import CompanyFixture, make_company
from support.share_definitions import NOON, body, draft, published, refused


@pytest.fixture
async def company(database: Database, shares_kind: Kind) -> CompanyFixture:
    return await make_company()


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
        actions = await fetch("select action from audit_entry where object_id = $1 order by number", made.id)
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
            versions = (await service.versions_by_definition(hr, [first.definition_id]))[first.definition_id]
            found = await service.diff_versions(hr, first.id, second.id)
    days = (date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 1))
    effective = [[row.number for row in versions if service.is_effective(row, day)] for day in days]
    assert effective == [[], [1], [2, 1]]
    assert [(row.number, row.state) for row in versions] == [(2, "PUBLISHED"), (1, "PUBLISHED")]
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
        first = await service.list_definitions(company.hr, limit=2, after=("matrix", "default"))
        rest = await service.list_definitions(company.hr, limit=2, after=("shares", "b"))
        none = await service.list_definitions(company.hr, limit=2, kind="decomposition")
    assert [row.key for row in first] == ["a", "b"]
    assert [row.key for row in rest] == ["c"]
    assert none == []


async def test_one_key_serves_in_two_companies(company: CompanyFixture) -> None:
    other = await make_company("另一家公司")
    one, two = await draft(company.hr), await draft(other.hr)
    assert one.definition_id != two.definition_id
