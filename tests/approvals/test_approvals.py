"""Approvals over a company: two lines at once, foreseen approvers, every act, deputies, average time (A15, A17, C71, C72)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import execute, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.approvals.service import (
    add_signer,
    average_times,
    delegate_approvals,
    foresee,
    return_approval,
    transfer_task,
    undo_decision,
    urge_approval,
    withdraw_approval,
)
from support.approvals_made import DUAL, MANAGER, Bureau, lines, person, refused, step
from support.asking import Ask
from support.companies import add_person, add_unit

SHANGHAI = ZoneInfo("Asia/Shanghai")
SUBMITTED = datetime(2025, 9, 26, 10, tzinfo=SHANGHAI)
ONE = {"steps": [step("a", lines(MANAGER))]}


async def test_acting_twice_after_withdrawal_on_an_old_version_or_in_anothers_task_is_refused(bureau: Bureau) -> None:
    await bureau.flow(DUAL)
    asked = await bureau.start()
    assert await refused(bureau, bureau.vote(asked, bureau.manager, object_version=2)) == (
        "APPROVAL_VERSION_STALE",
        "objectVersion",
    )
    assert await refused(bureau, bureau.vote(asked, bureau.analyst, assignee=bureau.strategist)) == ("NOT_FOUND", "taskId")
    assert await refused(bureau, bureau.vote(asked, bureau.manager, "REJECT", comment=" ")) == (
        *("APPROVAL_COMMENT_INVALID", "comment"),
    )
    task = await bureau.task(asked, bureau.manager)
    await bureau.vote(asked, bureau.manager)
    twice = transfer_task(bureau.manager, task_id=task, person_id=person(bureau.analyst))
    async with tenant_transaction(bureau.manager):
        assert await refused(bureau, twice) == ("APPROVAL_TASK_CLOSED", "taskId")
    async with tenant_transaction(bureau.sales):
        await withdraw_approval(bureau.sales, approval_id=asked, comment="不需要了")
    with pytest.raises(IndexError):
        await bureau.task(asked, bureau.strategist)
    late = await bureau.task(asked, bureau.strategist, "CANCELLED")
    async with tenant_transaction(bureau.strategist):
        assert await refused(
            bureau, return_approval(bureau.strategist, task_id=late, to_step=None, object_version=3, comment="x")
        ) == (*("APPROVAL_OVER", "taskId"),)
    assert await bureau.state(asked) == "WITHDRAWN - [WITHDRAWN]"


async def test_without_a_flow_or_with_a_wrong_field_nothing_begins(bureau: Bureau) -> None:
    assert await refused(bureau, bureau.start()) == ("FLOW_MISSING", "flow")
    await bureau.flow(ONE | {"fields": [{"name": "金额"}]})
    assert await refused(bureau, bureau.start(金额="多")) == ("FLOW_FIELD_INVALID", "fields.金额")


async def test_a_flow_whose_term_ends_in_a_year_without_data_is_not_published_and_not_begun(bureau: Bureau) -> None:
    with clock_at(datetime(2026, 12, 28, tzinfo=UTC)):
        with pytest.raises(DomainError) as caught:
            await bureau.flow(DUAL)
        assert (caught.value.code, caught.value.field) == ("CALENDAR_YEAR_MISSING", "term")
    await bureau.flow(DUAL, key="trial2")
    await bureau.flow(DUAL)
    with clock_at(datetime(2026, 12, 28, tzinfo=UTC)):
        assert (await refused(bureau, bureau.start()))[0] == "CALENDAR_YEAR_MISSING"


async def test_both_lines_are_open_at_once_and_both_approve(bureau: Bureau) -> None:
    await bureau.flow(DUAL)
    with clock_at(SUBMITTED):
        asked = await bureau.start()
        assert await bureau.tasks(asked) == ["M1 OPEN", "T1 OPEN"]
        (row,) = await bureau.rows("select due_at from approval where id = $1", asked)
        assert row["due_at"] == datetime(2025, 10, 13, 23, 59, 59, tzinfo=SHANGHAI)
        await bureau.vote(asked, bureau.strategist)
    with clock_at(SUBMITTED + timedelta(hours=12)):
        await bureau.vote(asked, bureau.manager)
    assert await bureau.state(asked) == "APPROVED - [APPROVED]"
    assert await bureau.acts(asked) == ["SUBMIT S1", "APPROVE T1", "APPROVE M1"]
    async with tenant_transaction(bureau.company.hr):
        hr = bureau.company.hr
        found = await average_times(hr, flow_key="trial", since=SUBMITTED, until=SUBMITTED + timedelta(days=1))
    assert (found.ended, found.clock_seconds, found.working_seconds) == (1, Decimal(12 * 3600), Decimal(7 * 3600))


async def test_the_average_of_both_lines_is_shown_to_the_second_and_one_that_was_withdrawn_is_none_of_it(
    bureau: Bureau, ask: Ask
) -> None:
    """C71: case 003 wants 1.8 days; 1.2 and 2.4 days by the clock come to exactly that."""
    await bureau.flow(DUAL)
    with clock_at(SUBMITTED):
        first, second, third = [await bureau.start() for _ in range(3)]
    with clock_at(SUBMITTED + timedelta(hours=5)):
        await bureau.vote(first, bureau.manager)
        await bureau.vote(second, bureau.strategist)
        async with tenant_transaction(bureau.sales):
            await withdraw_approval(bureau.sales, approval_id=third)
    with clock_at(SUBMITTED + timedelta(days=1.2)):
        await bureau.vote(first, bureau.strategist)
    with clock_at(SUBMITTED + timedelta(days=2.4)):
        await bureau.vote(second, bureau.manager)
    asked = """query ($since: DateTime!, $until: DateTime!) {
      approvalTimes(flowKey: "trial", since: $since, until: $until) { ended clockSeconds } }"""

    async def shown(actor: Actor, days: float) -> Any:
        given = {"since": SUBMITTED.isoformat(), "until": (SUBMITTED + timedelta(days=days)).isoformat()}
        return await ask.body(actor, asked, **given)

    assert (await shown(bureau.sales, 3))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    hr = bureau.company.hr
    assert (await shown(hr, 1.2))["data"]["approvalTimes"] == {"ended": 0, "clockSeconds": None}
    assert (await shown(hr, 2.4))["data"]["approvalTimes"] == {"ended": 1, "clockSeconds": str(Decimal("1.2") * 86400)}
    assert (await shown(hr, 3))["data"]["approvalTimes"] == {"ended": 2, "clockSeconds": str(Decimal("1.8") * 86400)}


async def test_one_refusal_ends_it_and_cancels_the_other_line_and_the_applicant_is_told(bureau: Bureau) -> None:
    await bureau.flow(DUAL)
    asked = await bureau.start()
    await bureau.vote(asked, bureau.manager, "REJECT", comment="目标过低")
    assert (await bureau.state(asked), await bureau.tasks(asked)) == (
        "REJECTED - [REJECTED]",
        ["M1 REJECTED", "T1 CANCELLED"],
    )
    told = await bureau.rows(
        "select p.number || ' ' || m.zh as s from message m join person p on p.id = m.person_id order by m.id"
    )
    assert sorted(row["s"] for row in told) == ["M1 试验申请：待您审批", "S1 试验申请：已驳回", "T1 试验申请：待您审批"]


@pytest.mark.parametrize(
    ("approvers", "people"),
    [
        ([{"by": "MANAGER", "levels": 2}], ["D1"]),
        ([{"by": "MANAGER", "levels": 3, "through": True}], ["M1", "D1", "C1"]),
        ([{"by": "UNIT_HEAD", "levels": 1}], ["C1"]),
        ([{"by": "ROLE", "role": "manager", "unit": "STR"}], ["T1"]),
        ([{"by": "ROLE", "role": "manager"}], ["C1", "D1", "M1", "T1"]),
        ([{"by": "PERSON", "number": "T2"}], ["T2"]),
        ([{"by": "FIELD", "field": "会签人"}], ["T2", "S2"]),
        ([{"by": "FORMULA", "formula": 'IF(金额 > 100, "C1", "D1")'}], ["C1"]),
        ([{"by": "PERSON", "number": "X9"}], []),
    ],
)
async def test_approvers_are_foreseen_by_manager_head_role_person_field_and_formula(
    bureau: Bureau, approvers: list[dict[str, Any]], people: list[str]
) -> None:
    fields = [{"name": "会签人", "type": "TEXT"}, {"name": "金额"}]
    await bureau.flow({"steps": [step("a", lines(*approvers))], "fields": fields})
    hr = bureau.company.hr
    async with tenant_transaction(hr):
        given = {"会签人": "T2, S2", "金额": 101}
        (found,) = await foresee(hr, flow_key="trial", applicant_id=person(bureau.sales), fields=given)
    numbers = {row["id"]: row["number"] for row in await bureau.rows("select id, number from person")}
    assert [numbers[each] for each in found.lines[0].people] == people
    assert await bureau.rows("select id from approval") == []


async def test_who_is_alone_in_a_unit_heads_it_until_somebody_joins_who_reports_to_another(bureau: Bureau) -> None:
    unit = await add_unit(bureau.company, "LAW", "法务", parent=bureau.company.units["TOP"])
    counsel = await add_person(bureau.company, "L1", "孙法务", unit=unit, manager=bureau.chief)
    await bureau.flow({"steps": [step("a", lines({"by": "UNIT_HEAD", "unit": "LAW"}))]})

    async def heads() -> list[UUID]:
        async with tenant_transaction(bureau.company.hr):
            (found,) = await foresee(bureau.company.hr, flow_key="trial", applicant_id=person(bureau.sales), fields={})
        return list(found.lines[0].people)

    assert await heads() == [person(counsel)]
    await add_person(bureau.company, "L2", "吴法务", unit=unit, manager=bureau.chief)
    assert await heads() == []


async def test_nobody_decides_as_a_delegate_about_their_own_request(bureau: Bureau) -> None:
    await bureau.flow(ONE)
    with clock_at(SUBMITTED):
        asked = await bureau.start()
        async with tenant_transaction(bureau.manager):
            day = SUBMITTED.date()
            await delegate_approvals(bureau.manager, person_id=person(bureau.sales), starts_on=day, ends_on=day)
        assert await refused(bureau, bureau.vote(asked, bureau.sales, assignee=bureau.manager)) == ("APPROVAL_OWN", "taskId")


async def test_added_signers_transfers_undoing_and_urging_are_acts_of_their_own(bureau: Bureau) -> None:
    await bureau.flow({"steps": [step("a", lines(MANAGER, {"by": "PERSON", "number": "D1"}))]})
    with clock_at(SUBMITTED):
        asked = await bureau.start()
        task = await bureau.task(asked, bureau.manager)
        async with tenant_transaction(bureau.manager):
            for wrong in (bureau.sales, bureau.director):
                act = add_signer(bureau.manager, task_id=task, person_id=person(wrong))
                assert await refused(bureau, act) == ("APPROVAL_SIGNER_INVALID", "personId")
            await add_signer(bureau.manager, task_id=task, person_id=person(bureau.analyst))
            await transfer_task(bureau.manager, task_id=task, person_id=person(bureau.strategist))
        await bureau.vote(asked, bureau.strategist)
        mine = await bureau.task(asked, bureau.strategist, "APPROVED")
        async with tenant_transaction(bureau.strategist):
            await undo_decision(bureau.strategist, task_id=mine, comment="看错了")
        async with tenant_transaction(bureau.sales):
            await urge_approval(bureau.sales, approval_id=asked)
            assert await refused(bureau, urge_approval(bureau.sales, approval_id=asked)) == (
                *("APPROVAL_URGED_RECENTLY", "approvalId"),
            )
        for actor in (bureau.strategist, bureau.analyst, bureau.director):
            await bureau.vote(asked, actor)
        async with tenant_transaction(bureau.director):
            late = await bureau.task(asked, bureau.director, "APPROVED")
            assert await refused(bureau, undo_decision(bureau.director, task_id=late)) == ("APPROVAL_OVER", "taskId")
    assert await bureau.acts(asked) == [
        *("SUBMIT S1", "ADD_SIGNER M1", "TRANSFER M1", "APPROVE T1", "UNDO T1", "URGE S1"),
        *("APPROVE T1", "APPROVE T2", "APPROVE D1"),
    ]
    assert await bureau.state(asked) == "APPROVED - [APPROVED]"


async def test_an_approval_keeps_the_flow_that_it_began_with_and_its_acts_for_ever(bureau: Bureau) -> None:
    await bureau.flow(ONE)
    asked = await bureau.start()
    for sql in (
        "update approval_act set comment = 'x'",
        "delete from approval_act",
        """update approval set flow = '{"steps": []}'""",
    ):
        with pytest.raises(Exception, match=r"permission denied|never change"):
            async with tenant_transaction(bureau.company.system):
                await execute(sql)
    await bureau.vote(asked, bureau.manager)
    assert await bureau.state(asked) == "APPROVED - [APPROVED]"
