"""The shipped packs: each passes lint, stands in an empty company, and can be filled in (C21, C45)."""

import asyncio
from uuid import UUID

import pytest

from plumb_platform.database import Database, fetch, tenant_transaction
from plumb_platform.errors import Forbidden
from plumb_tenants.definitions.kinds import kind_of
from plumb_tenants.definitions.rules import check_body, lint
from plumb_tenants.forms import service
from plumb_tenants.forms.packs import Pack, contents_of
from support.companies import add_person, add_unit, make_company

SEEDS = {
    Pack.SALES: {"有效通话时长", "新增意向客户数", "试听转化率"},
    Pack.CUSTOMER_SERVICE: {"首次响应时长", "问题闭环率"},
    Pack.AFTER_SALES: {"首次修复率", "响应时长", "知识库更新贡献"},
    Pack.CONTENT_OPERATIONS: {"专题策划频率", "热点跟进速度", "UGC激励发放及时性"},
    Pack.PROFESSIONAL_SERVICES: {"工时记录准确率", "成本预警触发频次", "客户变更确认及时性"},
    Pack.MARKET_PORTRAIT: set(),
    Pack.GOAL_SURVEYS: set(),
}
LOWER = {"first_response_minutes", "service_response_hours", "trend_follow_up_hours", "cost_alerts"}


@pytest.mark.parametrize("pack", Pack)
def test_a_pack_passes_lint_and_holds_the_metrics_of_its_case_study(pack: Pack) -> None:
    shipped = contents_of(pack)
    assert SEEDS[pack] <= {each.name for each in shipped if each.kind == "metric"}
    for each in shipped:
        kind = kind_of(each.kind)
        assert [finding.en for finding in lint(kind, check_body(kind, each.body).model)] == []
    lower = {each.key for each in shipped if each.body.get("direction") == "LOWER"}
    assert lower == {each.key for each in shipped} & LOWER


async def test_a_pack_is_adopted_by_who_may_publish_alone_and_once_by_five_at_once(database: Database) -> None:
    company = await make_company()
    unit = await add_unit(company, "HD", "华东")
    seller = await add_person(company, "S1", "李销售", unit=unit)
    with pytest.raises(Forbidden):
        async with tenant_transaction(seller):
            await service.adopt_pack(seller, Pack.SALES)

    async def adopted() -> list[UUID]:
        async with tenant_transaction(company.hr):
            return await service.adopt_pack(company.hr, Pack.GOAL_SURVEYS)

    first, *others = await asyncio.gather(*(adopted() for _ in range(5)))
    assert others == [first] * 4


async def test_all_packs_stand_in_an_empty_company_twice_as_once_and_can_be_filled_in(database: Database) -> None:
    company = await make_company()
    unit = await add_unit(company, "HD", "华东")
    person = await add_person(company, "S1", "李销售", unit=unit)
    async with tenant_transaction(company.hr):
        first = {pack: await service.adopt_pack(company.hr, pack) for pack in Pack}
        assert {pack: await service.adopt_pack(company.hr, pack) for pack in Pack} == first
        sql = (
            "select count(*) as all, count(*) filter (where kind = 'form') as forms from definition where kind = any($1::text[])"
        )
        (counts,) = await fetch(sql, ["metric", "flow", "form"])
    assert (counts["all"], counts["forms"]) == (sum(map(len, first.values())), 11)
    answers = {"周期": "2026-Q3", "理由": "试点", "目标_first_response_minutes": "3", "目标_issue_closure_rate": "95"}
    async with tenant_transaction(person):
        forms = {form.key: form for form in await service.forms_in_effect(person)}
        assert len(forms) == 11
        await service.submit_form(person, version_id=forms["customer-service-proposal"].id, values=answers)
        found = await service.validate_submission(
            person, version_id=forms["sales-proposal"].id, values={"产品线": "AI课程", "区域": "华东", "周期": "2026-Q3"}
        )
    assert found.suggestions["目标_revenue"].stored() == {"value": None, "reasons": ["NO_HISTORY", "NO_BENCHMARK"]}
    assert [problem.field for problem in found.evaluation.problems] == ["目标_revenue", "新品说明", "理由"]
