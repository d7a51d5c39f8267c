"""Bodies that were published before a rule came: read for ever, drafted on, and published anew under the rules of today (A1)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
import pytest

from plumb_platform.database import tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.settings import Settings
from plumb_tenants.definitions import service
from support.companies import CompanyFixture, make_company
from support.forced import by_force

pytestmark = pytest.mark.usefixtures("database")
FACTORS = [{"key": "potential", "name": "市场潜力", "weight": "100.00"}]
GOOD: dict[str, Any] = {"metric": "销售额", "unit_of_measure": "元", "level": "units", "factors": FACTORS}
FORMER = GOOD | {"metric": " ", "unit_of_measure": "　", "factors": [FACTORS[0] | {"name": "  "}]}
BLANK = "配置内容有 3 处错误；body.metric：不能为空白；body.unitOfMeasure：不能为空白；body.factors[0].name：不能为空白"


async def former(settings: Settings, company: CompanyFixture, body: Mapping[str, Any]) -> UUID:
    """Publish a template whose body is what an earlier version of the product had let through."""
    async with tenant_transaction(company.hr):
        draft = await service.create_definition(company.hr, kind="decomposition", key="old", name="旧模板", body=GOOD)
        await service.publish_version(company.hr, draft.id, version=1)
    text = orjson.dumps(dict(body)).decode()
    await by_force(settings, "update definition_version set body = $2::text::jsonb where id = $1", draft.id, text)
    return draft.id


async def test_a_published_version_of_former_rules_is_read_drafted_on_and_archived(settings: Settings) -> None:
    company = await make_company()
    version_id = await former(settings, company, FORMER)
    hr = company.hr
    async with tenant_transaction(hr):
        pinned = await service.pinned_version(hr, version_id, kind="decomposition")
        in_effect = await service.effective_version(hr, kind="decomposition", key="old")
        assert in_effect is not None
        assert [pinned.body.metric, in_effect.body.unit_of_measure, pinned.body.factors[0].name] == [" ", "　", "  "]
        copy = await service.clone_definition(hr, version_id, key="copy", name="副本")
        draft = await service.new_draft(hr, pinned.definition_id)
        for each in (copy, draft):
            (finding, *_) = await service.lint_version(hr, each.id)
            assert (finding.code, finding.path, finding.zh) == ("DEFINITION_BODY_INVALID", "body.metric", BLANK)
    with pytest.raises(DomainError, match="must not be blank") as refused:
        async with tenant_transaction(hr):
            await service.publish_version(hr, draft.id, version=1)
    assert (refused.value.code, refused.value.field) == ("DEFINITION_BODY_INVALID", "body.metric")
    async with tenant_transaction(hr):
        mended = await service.update_draft(hr, draft.id, version=1, body=GOOD)
        assert (await service.publish_version(hr, draft.id, version=mended.version)).state == "PUBLISHED"
        archived = await service.archive_version(hr, version_id, version=2)
        assert archived.state == "ARCHIVED"


async def test_what_changed_since_a_version_of_former_rules_is_told(settings: Settings) -> None:
    company = await make_company()
    version_id = await former(settings, company, FORMER)
    hr = company.hr
    async with tenant_transaction(hr):
        pinned = await service.pinned_version(hr, version_id, kind="decomposition")
        draft = await service.new_draft(hr, pinned.definition_id)
        await service.update_draft(hr, draft.id, version=1, body=GOOD)
        found = await service.diff_versions(hr, version_id, draft.id)
    assert {each.path: (each.old, each.new) for each in found} == {
        "metric": (" ", "销售额"),
        "unitOfMeasure": ("　", "元"),
        "factors[potential].name": ("  ", "市场潜力"),
    }


async def test_a_new_body_follows_the_rules_of_today() -> None:
    company = await make_company()
    with pytest.raises(DomainError) as refused:
        async with tenant_transaction(company.hr):
            await service.create_definition(company.hr, kind="decomposition", key="new", name="新模板", body=FORMER)
    assert (refused.value.code, refused.value.text("zh-CN")) == ("DEFINITION_BODY_INVALID", BLANK)


async def test_a_body_that_fits_its_kind_under_no_rules_is_named_and_never_a_crash(settings: Settings) -> None:
    company = await make_company()
    version_id = await former(settings, company, GOOD | {"colour": "red"})
    with pytest.raises(DomainError) as refused:
        async with tenant_transaction(company.hr):
            await service.pinned_version(company.hr, version_id, kind="decomposition")
    assert (refused.value.code, refused.value.field) == ("DEFINITION_BODY_INVALID", "body.colour")
