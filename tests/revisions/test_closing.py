"""A goal that is withdrawn takes the revision on its way along: its approval ends, and who asked for it is told, once (C70)."""

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_tenants.approvals.service import return_approval, withdraw_approval
from plumb_tenants.goals.service import withdraw_goal
from plumb_tenants.revisions.service import Wanted, open_revision, submit_revision
from support.overtaking import overtaken
from support.revisions_made import OCTOBER_18, Reset

WANTED = Wanted(cause="市场变化", target=Decimal("95.00"), resources="顾问一名")
STANDS = "select state, version from revision where goal_id = $1"
TOLD = "select p.number as who, kind, zh, en from message m join person p on p.id = m.person_id where kind <> 'approval.task'"
CLOSED = {
    "kind": "revision.closed",
    "zh": "目标“续约”已被撤回，其修订申请随之关闭。原因：不再执行",
    "en": "The goal 续约 was withdrawn, and its revision was closed with it. Why: 不再执行",
}


async def opened(reset: Reset) -> UUID:
    manager = reset.bureau.manager
    async with tenant_transaction(manager):
        return await open_revision(manager, goal_id=reset.other)


async def sent(reset: Reset, revision_id: UUID, *, version: int = 1) -> Any:
    manager = reset.bureau.manager
    async with tenant_transaction(manager):
        await submit_revision(manager, revision_id=revision_id, version=version, wanted=WANTED)
        return await fetch_value("select approval_id from revision where id = $1", revision_id)


async def withdrawn(reset: Reset) -> None:
    hr = reset.bureau.company.hr
    async with tenant_transaction(hr):
        version = await fetch_value("select version from goal where id = $1", reset.other)
        await withdraw_goal(hr, goal_id=reset.other, version=version, reason="不再执行")


@pytest.mark.parametrize("is_sent", [False, True])
async def test_a_revision_on_its_way_ends_with_its_goal_and_its_proposer_is_told_once(reset: Reset, is_sent: bool) -> None:
    with clock_at(OCTOBER_18):
        revision_id = await opened(reset)
        approval = await sent(reset, revision_id) if is_sent else None
        await withdrawn(reset)
        assert await reset.bureau.rows(STANDS, reset.other) == [{"state": "WITHDRAWN", "version": 3 if is_sent else 2}]
        assert await reset.bureau.rows(TOLD) == [{"who": "M1", **CLOSED}]
        if approval:
            assert (await reset.bureau.state(approval)).startswith("WITHDRAWN ")
            assert (await reset.bureau.acts(approval))[-1].startswith("WITHDRAW")


async def test_what_ended_before_stays_as_it_ended(reset: Reset) -> None:
    with clock_at(OCTOBER_18):
        approval = await sent(reset, await opened(reset))
        async with tenant_transaction(reset.bureau.manager):
            await withdraw_approval(reset.bureau.manager, approval_id=approval)
        before = await reset.bureau.rows(STANDS, reset.other)
        await withdrawn(reset)
        assert await reset.bureau.rows(STANDS, reset.other) == before


async def test_a_goal_is_withdrawn_while_its_revision_is_taken_back_without_a_deadlock(reset: Reset) -> None:
    manager = reset.bureau.manager
    with clock_at(OCTOBER_18):
        approval = await sent(reset, await opened(reset))
        taken_back = partial(withdraw_approval, manager, approval_id=approval)
        assert await overtaken(manager, taken_back, partial(withdrawn, reset)) == ""
        assert await reset.bureau.rows(STANDS, reset.other) == [{"state": "WITHDRAWN", "version": 3}]
        assert [each["kind"] for each in await reset.bureau.rows(TOLD)] == ["approval.outcome"]


async def test_what_came_back_is_taken_back_while_it_is_sent_anew_without_a_deadlock(reset: Reset) -> None:
    manager, director = reset.bureau.manager, reset.bureau.director
    with clock_at(OCTOBER_18):
        revision_id = await opened(reset)
        approval = await sent(reset, revision_id)
        task = await reset.bureau.task(approval, director)
        async with tenant_transaction(director):
            await return_approval(director, task_id=task, object_version=1, comment="请补充测算", to_step=None)
        # The act on the approval holds it and is yet to come to its revision: who sends it anew holds nothing meanwhile.
        first = partial(withdraw_approval, manager, approval_id=approval)
        assert await overtaken(manager, first, partial(sent, reset, revision_id, version=3)) == "REVISION_SETTLED"
