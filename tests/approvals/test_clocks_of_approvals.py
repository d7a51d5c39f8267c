"""What clocks do to approvals: seven working days and one escalation, 48 hours, deputies by date, pauses (C71, C72, A17, N12)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, tenant_transaction
from plumb_tenants.approvals.service import (
    delegate_approvals,
    resubmit_approval,
    return_approval,
    revoke_approval_delegation,
)
from support.approvals_made import DUAL, MANAGER, Bureau, lines, person, refused, step, sweep

SHANGHAI = ZoneInfo("Asia/Shanghai")
SUBMITTED = datetime(2025, 9, 26, 10, tzinfo=SHANGHAI)
ONE = {"steps": [step("a", lines(MANAGER))]}


async def test_overdue_by_seven_working_days_it_goes_a_level_up_exactly_once(bureau: Bureau) -> None:
    await bureau.flow(DUAL)
    with clock_at(SUBMITTED):
        asked = await bureau.start()
    with clock_at(datetime(2025, 10, 13, 23, 59, 59, tzinfo=SHANGHAI)):
        await sweep(bureau)
        assert await bureau.tasks(asked) == ["M1 OPEN", "T1 OPEN"]
    for second in (0, 1, 2):
        with clock_at(datetime(2025, 10, 14, 0, 0, second, tzinfo=SHANGHAI)):
            await sweep(bureau)
    assert await bureau.tasks(asked) == ["M1 ESCALATED", "D1 OPEN", "T1 ESCALATED", "C1 OPEN"]
    assert await bureau.acts(asked) == ["SUBMIT S1", "OVERDUE", "ESCALATE", "ESCALATE"]
    await bureau.vote(asked, bureau.director)
    await bureau.vote(asked, bureau.chief)
    assert await bureau.state(asked) == "APPROVED - [APPROVED]"


@pytest.mark.parametrize(
    ("rule", "state", "tasks"),
    [
        ("PASS", "APPROVED - [APPROVED]", ["M1 PASSED"]),
        ("REJECT", "REJECTED - [REJECTED]", ["M1 REJECTED"]),
        ("REMIND", "RUNNING a", ["M1 OPEN"]),
        ("ESCALATE", "RUNNING a", ["M1 ESCALATED", "D1 OPEN"]),
    ],
)
async def test_a_step_of_48_clock_hours_times_out_by_its_rule(bureau: Bureau, rule: str, state: str, tasks: list[str]) -> None:
    term = {"clock": "CLOCK_HOURS", "amount": 48}
    await bureau.flow({"steps": [step("a", lines(MANAGER), term=term, on_timeout=rule)]})
    with clock_at(SUBMITTED):
        asked = await bureau.start()
    with clock_at(SUBMITTED + timedelta(hours=48)):
        await sweep(bureau)
        assert await bureau.tasks(asked) == ["M1 OPEN"]
    for seconds in (1, 2):
        with clock_at(SUBMITTED + timedelta(hours=48, seconds=seconds)):
            await sweep(bureau)
    assert (await bureau.state(asked), await bureau.tasks(asked)) == (state, tasks)
    assert len(await bureau.acts(asked)) == 2


async def test_an_approver_who_is_the_applicant_is_replaced_and_who_has_left_is_too(bureau: Bureau) -> None:
    await bureau.flow({"steps": [step("a", lines({"by": "UNIT_HEAD", "levels": 0}))]})
    asked = await bureau.start(bureau.manager)
    assert await bureau.tasks(asked) == ["D1 OPEN"]
    top = await bureau.start(bureau.chief)
    assert (await bureau.state(top), await bureau.acts(top)) == ("APPROVED - [APPROVED]", ["SUBMIT C1", "VACANT_PASS"])
    async with tenant_transaction(bureau.company.system):
        await execute("update person set active = false where id = $1", bureau.director.person_id)
    await sweep(bureau)
    assert await bureau.tasks(asked) == ["D1 ESCALATED", "C1 OPEN"]


async def test_a_delegate_acts_for_another_between_two_days_and_the_act_says_for_whom(bureau: Bureau) -> None:
    await bureau.flow(ONE)
    first, last = date(2025, 9, 28), date(2025, 9, 29)
    with clock_at(SUBMITTED):
        asked, other = await bureau.start(), await bureau.start()
        async with tenant_transaction(bureau.manager):
            made = await delegate_approvals(bureau.manager, person_id=person(bureau.analyst), starts_on=first, ends_on=last)
        assert await refused(bureau, bureau.vote(asked, bureau.analyst, assignee=bureau.manager)) == ("NOT_FOUND", "taskId")
    with clock_at(datetime(2025, 9, 29, 23, tzinfo=SHANGHAI)):
        await sweep(bureau)
        await bureau.vote(asked, bureau.analyst, assignee=bureau.manager)
        async with tenant_transaction(bureau.manager):
            await revoke_approval_delegation(bureau.manager, delegation_id=made)
        assert await refused(bureau, bureau.vote(other, bureau.analyst, assignee=bureau.manager)) == ("NOT_FOUND", "taskId")
    assert await bureau.acts(asked) == ["SUBMIT S1", "APPROVE T2 for M1"]
    shown = await bureau.rows("select count(delegate_id) as n from approval_task where state = 'OPEN'")
    assert shown == [{"n": 0}]


async def test_what_is_returned_to_its_applicant_pauses_and_is_submitted_anew_at_another_version(bureau: Bureau) -> None:
    second = step("b", lines({"by": "PERSON", "number": "T1"}), lines({"by": "PERSON", "number": "D1"}))
    await bureau.flow({"steps": [step("a", lines(MANAGER)), second], "term": {"amount": 7}})
    with clock_at(SUBMITTED):
        asked = await bureau.start()
        await bureau.vote(asked, bureau.manager)
        task = await bureau.task(asked, bureau.strategist)
        async with tenant_transaction(bureau.strategist):
            act = return_approval(bureau.strategist, task_id=task, to_step="b", object_version=3, comment="x")
            assert await refused(bureau, act) == ("APPROVAL_RETURN_UNKNOWN", "toStep")
            await return_approval(bureau.strategist, task_id=task, to_step=None, object_version=3, comment="请补充")
        assert (await bureau.state(asked), await bureau.tasks(asked)) == (
            "RETURNED - [RETURNED]",
            ["M1 APPROVED", "T1 CANCELLED", "D1 CANCELLED"],
        )
    with clock_at(datetime(2025, 10, 20, 10, tzinfo=SHANGHAI)):
        await sweep(bureau)
    with clock_at(datetime(2025, 9, 29, 10, tzinfo=SHANGHAI)):
        async with tenant_transaction(bureau.sales):
            await resubmit_approval(bureau.sales, approval_id=asked, object_version=4, fields={})
            again = resubmit_approval(bureau.sales, approval_id=asked, object_version=4, fields={})
            assert await refused(bureau, again) == ("APPROVAL_NOT_RETURNED", "approvalId")
        for actor in (bureau.manager, bureau.strategist, bureau.director):
            await bureau.vote(asked, actor, object_version=4)
    assert await bureau.acts(asked) == [
        *("SUBMIT S1", "APPROVE M1", "RETURN T1", "RESUBMIT S1", "APPROVE M1", "APPROVE T1", "APPROVE D1")
    ]
    (row,) = await bureau.rows("select due_at, clock_seconds from approval where id = $1", asked)
    # Sunday 28 and Monday 29 September were working days: two more, and nothing of them was spent.
    assert (row["due_at"], row["clock_seconds"]) == (datetime(2025, 10, 15, 23, 59, 59, tzinfo=SHANGHAI), 0)
